/** ONNX: models of PyTorch, Brevitas (QONNX), TensorFlow and others, operator sets 7 to 27. */
import type { Frontend } from '../frontend.js';
import { ONNX } from './entry.js';
import { parseModel } from './model.js';
import { importModel } from './own-export.js';

export const onnx: Frontend = {
  ...ONNX,
  read: async (file, options) => importModel(parseModel(file.bytes, file.place), file, options),
};
