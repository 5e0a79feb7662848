import type { FrontendEntry } from '../frontend.js';

/**
 * ONNX has no signature: a protobuf message whose first field is a small version number (ModelProto.ir_version), followed by a producer (2), its
 * version (3), a domain (4), a model version (5), a graph (7) or an operator set (8).
 */
const isOnnx = ([first, version = 0, next = 0]: Uint8Array): boolean =>
  first === 0x08 && version >= 3 && version <= 20 && [0x12, 0x1a, 0x22, 0x28, 0x3a, 0x42].includes(next);

/** What is known of the format before it is loaded. */
export const ONNX: FrontendEntry = {
  name: 'onnx',
  title: 'ONNX',
  extensions: ['.onnx'],
  recognises: isOnnx,
  reads: () => ['inputRange', 'inputMean', 'inputStd', 'inputShape', 'inputLayout', 'inputName', 'outputName'],
  load: async () => (await import('./index.js')).onnx,
};
