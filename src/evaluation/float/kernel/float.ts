// The kernel of float networks: every layer on a tile of samples in float64, with the operations of the interpreter in its order.
// AssemblyScript, SIMD, raw pointers. Rows of values are `stride` bytes apart and have room for one element beyond the last.
export { add, addUnits, batchNorm, quantise, relu, requantise, sign, step, threshold } from './lib/elements';
export { convolve, depthwise, maxPool } from './lib/windows';
export { dense, finish, loadCoded, toUnits } from './lib/sums';
export { convolveBits, convolveWords, denseBits, denseWords } from './lib/exact';
