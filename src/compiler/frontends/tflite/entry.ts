import type { FrontendEntry } from '../frontend.js';

/** The mark of TensorFlow Lite files at byte 4. */
const IDENTIFIER = [0x54, 0x46, 0x4c, 0x33];

/** What is known of TensorFlow Lite files before their reader is loaded. */
export const TFLITE: FrontendEntry = {
  name: 'tflite',
  title: 'TensorFlow Lite',
  extensions: ['.tflite'],
  recognises: (bytes) => bytes.length >= 8 && IDENTIFIER.every((byte, i) => bytes[4 + i] === byte),
  reads: () => ['inputRange', 'inputMean', 'inputStd', 'inputShape', 'inputName', 'outputName'],
  load: async () => (await import('./index.js')).tflite,
};
