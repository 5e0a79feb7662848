/** The kernel of float networks on a memory of its own. */
import { loadKernel, startKernel } from '../../common/kernel-module.js';

/** Functions of the kernel; see kernel/ for what they take. Addresses are bytes. */
export type FloatKernel = ReturnType<typeof kernelOn>;

/** A kernel that is started, and its memory. Used by one thread, for one network after the other. */
export interface FloatMachine {
  readonly bytes: number;
  readonly kernel: FloatKernel;
  /** `n` elements from an address on. */
  readonly float64: (address: number, n: number) => Float64Array;
  readonly int32: (address: number, n: number) => Int32Array;
  readonly int16: (address: number, n: number) => Int16Array;
  readonly uint8: (address: number, n: number) => Uint8Array;
}

const PAGE = 65536;
const MAX_PAGES = 65536;

/** Most bytes a machine can have. */
export const MAX_MACHINE_BYTES = PAGE * (MAX_PAGES - 1);

/** A machine of at least `bytes` bytes: the one at hand if it is large enough. What is in its memory does not matter. */
export function machineOf(bytes: number, atHand: FloatMachine | undefined): FloatMachine {
  if (atHand !== undefined && atHand.bytes >= bytes) return atHand;
  const initial = Math.ceil(bytes / PAGE) + 1;
  const memory = new WebAssembly.Memory({ initial, maximum: MAX_PAGES, shared: true });
  return {
    bytes: initial * PAGE,
    kernel: kernelOn(memory),
    float64: (address, n) => new Float64Array(memory.buffer, address, n),
    int32: (address, n) => new Int32Array(memory.buffer, address, n),
    int16: (address, n) => new Int16Array(memory.buffer, address, n),
    uint8: (address, n) => new Uint8Array(memory.buffer, address, n),
  };
}

function kernelOn(memory: WebAssembly.Memory) {
  const named = startKernel(loadKernel('evaluation/float/kernel/float'), memory);
  return {
    loadCoded: named('loadCoded'),
    dense: named('dense'),
    denseBits: named('denseBits'),
    denseWords: named('denseWords'),
    convolveBits: named('convolveBits'),
    convolveWords: named('convolveWords'),
    convolve: named('convolve'),
    depthwise: named('depthwise'),
    toUnits: named('toUnits'),
    finish: named('finish'),
    maxPool: named('maxPool'),
    batchNorm: named('batchNorm'),
    requantise: named('requantise'),
    add: named('add'),
    addUnits: named('addUnits'),
    sign: named('sign'),
    step: named('step'),
    relu: named('relu'),
    quantise: named('quantise'),
    threshold: named('threshold'),
  };
}
