// The NorthPole kernel: the parts of a layer, each on a panel of output positions. AssemblyScript, SIMD, raw pointers into one shared
// memory; ../README.md says how the parts make a layer and which bytes may be touched beyond an array.
export { faultActivations } from './lib/activation-faults';
export { average } from './lib/average';
export { depthwise } from './lib/depthwise';
export { copyChannels, gather, packBits } from './lib/gather';
export { multiply } from './lib/multiply';
export { multiplyBits, rowSums } from './lib/multiply-bits';
export { pool16, pool32 } from './lib/pool';
export { depthwiseReadNoise, readNoise, squares, squaresOfBits } from './lib/read-noise';
export { doublingHighProduct, requantise } from './lib/requantise';
export { addRows, load16, load32, lookup, store16, store32, threshold } from './lib/steps';
