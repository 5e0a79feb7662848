/** The formats of other tools: one line each. */
import { BNN_PYNQ } from './bnn-pynq/entry.js';
import type { FrontendEntry } from './frontend.js';
import { KERAS } from './keras/entry.js';
import { NIR } from './nir/entry.js';
import { ONNX } from './onnx/entry.js';
import { TFLITE } from './tflite/entry.js';

/** Every format that is read, in the order in which files are tried. */
export const FRONTENDS: readonly FrontendEntry[] = [BNN_PYNQ, KERAS, NIR, ONNX, TFLITE];
