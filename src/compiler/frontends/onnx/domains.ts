/** Domains of operators on tensors as they come; files of one tool name each of them. */
export const TENSOR_DOMAINS: readonly string[] = [
  '',
  'ai.onnx',
  'onnx.brevitas',
  'qonnx.custom_op.general',
  'finn.custom_op.general',
];

/** Domain of operators on images with channels last. */
export const CHANNELS_LAST_DOMAIN = 'qonnx.custom_op.channels_last';
