/** ONNX: models of PyTorch, Brevitas (QONNX), TensorFlow and others, operator sets 7 to 27. */
import type { Frontend } from '../frontend.js';
import { ONNX } from './entry.js';
import { importGraph } from './import-graph.js';
import { parseModel } from './model.js';

export const onnx: Frontend = {
  ...ONNX,
  read: async (file, options) => importGraph(parseModel(file.bytes, file.place), file, options),
};
