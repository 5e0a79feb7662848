/**
 * Counter-based randomness: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * A draw is a pure function of (seed, purpose, three coordinates), so results cannot depend on the number of workers,
 * on the order of work or on restarts. Tested against the known-answer vectors of the Random123 distribution.
 */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** What a draw is for. Each purpose is an independent stream of the same seed. */
export const PURPOSE = {
  /** Permanent crossbar bit errors: (core, axon, neuron / 4). */
  synapseBitError: 1,
  /** Transient spike faults: (core * padded neurons + neuron, tick, first sample of the run); word 0 dropped, word 1 late. */
  spikeDrop: 2,
  /** Weight noise before deployment: (layer, index / 4, 0). */
  weightNoise: 3,
  /** Bernoulli input code: (element, sample, tick / 4). */
  bernoulliInput: 4,
  /** Placement annealing: (step, 0, 0). */
  placement: 5,
  /** Training: initial weights (layer, index / 4, 0). */
  initialWeights: 6,
  /** Training: order of samples (epoch, index / 4, 0). */
  shuffle: 7,
  /** Random programs and networks of tests and benchmarks. */
  test: 8,
  /** Stochastic synapses: (core * padded neurons + neuron, tick, first sample of the run * padded axons / 16 + axon / 16), one byte per axon. */
  stochasticSynapse: 9,
  /** Stochastic leak (word 0) and random threshold (word 1): (core * padded neurons + neuron, tick, first sample of the run). */
  stochasticNeuron: 10,
  /** Cores that fail unknown to the compiler: (x, y, 0). */
  deadCore: 11,
  /** Sequence data: operands of problem (index, attempt, split) and the split of a problem (first operand, second, 15). */
  sequenceData: 12,
  /** Sequence training: initial parameters (parameter, index / 4, 0). */
  sequenceTraining: 13,
  /** Permanent flips of stored weight bits: (layer, (weight * weightBits + bit) / 4, 0). */
  weightBitFlip: 20,
  /** Stuck stored weight bits: (layer, (weight * weightBits + bit) / 4, 0). */
  weightStuckBit: 21,
  /** Stuck crossbar bits: (core, axon, neuron / 4). */
  synapseStuckBit: 22,
  /** Dead and saturated neurons: (core, neuron, 0). */
  neuronFault: 23,
  /** Threshold mismatch: (core, neuron, 0..2). */
  thresholdMismatch: 24,
  /** Leak mismatch: (core, neuron, 0..2). */
  leakMismatch: 25,
  /** Deviation of the weights of a neuron at programming: (core, neuron, type * 4 + 0..2). */
  neuronWeightError: 26,
  /** Flips of stored thresholds: (core, neuron, field * 8 + bit / 4), fields alpha and beta. */
  thresholdBitFlip: 27,
  /** Stuck bits of stored thresholds: likewise. */
  thresholdStuckBit: 28,
  /** Flips of stored destinations: (core, neuron, bit / 4). */
  destinationBitFlip: 29,
  /** Stuck bits of stored destinations: likewise. */
  destinationStuckBit: 30,
  /** Upsets of potentials: (core * 4 + neuron / 64, tick, first sample), one word per 16 neurons. */
  potentialUpset: 31,
  /** Which bit of the 16 neurons: (core * 16 + neuron / 16, tick, first sample). */
  potentialUpsetBit: 32,
  /** Links that are down: (x, y, 0), one word per direction. */
  downLink: 33,
  /** Chips that are down: (column, row, 0). */
  downChip: 34,
  /** Training with weights projected at random: (layer * 65536 + group, index / 4 or index / 2, step of the optimiser). */
  weightProjection: 40,
  /** Distortions of the weights of a float network: (node, index / 2, 0), two words per weight. */
  weightDistortion: 41,
  /** Noise in training, additive: (layer * 65536 + group, index / 8, step of the optimiser), half a word per weight. */
  trainingAdditive: 42,
  /** Noise in training, multiplicative: as additive. */
  trainingMultiplicative: 43,
  /** Noise in training, bit errors: (layer * 65536 + group, number of the error / 4, step of the optimiser). */
  trainingBitError: 44,
  /** Noise in training, dropped spikes: (layer, number of the dropped spike / 4, step of the optimiser). */
  trainingSpikeDrop: 45,
  /** Permanent flips of stored parameters: (layer, (value * bits + bit) / 4, parameter array of the layer). */
  parameterBitFlip: 50,
  /** Stuck bits of stored parameters: the same coordinates. */
  parameterStuckBit: 51,
  /** Deviation of a weight at programming: (layer, weight * 3 + 0..2, 0). */
  programmingError: 52,
  /** Transient flips of stored activations: (tensor, (value * bits + bit) / 4, sample or token). */
  activationBitFlip: 53,
  /** Noise of a sum at a read: (layer, element of the output * 3 + 0..2, sample or token). */
  readNoise: 54,
  /** Searches over designs: a sequence, (index / 4, which of the searches, 0). */
  search: 60,
} as const;

/** One of the values of {@link PURPOSE}. */
export type Purpose = (typeof PURPOSE)[keyof typeof PURPOSE];

/** The unsigned high and low 32 bits of a 32 x 32 bit product. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle1 = aHigh * bLow + (low >>> 16);
  const middle2 = aLow * bHigh + (middle1 & 0xffff);
  return (aHigh * bHigh + Math.floor(middle1 / 65536) + Math.floor(middle2 / 65536)) >>> 0;
}

/** Philox4x32-10: writes four words for the 128-bit counter and the 64-bit key. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = mulHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Splits a seed (a safe integer >= 0) into the two key words. */
export function seedKey(seed: number): readonly [number, number] {
  return [seed >>> 0, Math.floor(seed / 4294967296) >>> 0];
}

/** Four 32-bit words of the stream (seed, purpose) at the coordinates (a, b, c), each an unsigned 32-bit integer. */
export function draw4(seed: number, purpose: Purpose, a: number, b: number, c: number, out: Uint32Array): void {
  philox4x32([a >>> 0, b >>> 0, c >>> 0, purpose], seedKey(seed), out);
}

/**
 * Fills `out` with a whole stretch of a stream: word i is word i mod 4 of {@link draw4} at (a, floor(i / 4), c). For many numbers
 * at once: the arithmetic stays within 32-bit integers, which takes a fifth of the time of a draw4 per four words. The length of
 * `out` is a multiple of 4.
 */
export function fillWords(seed: number, purpose: Purpose, a: number, c: number, out: Uint32Array): void {
  const [key0, key1] = seedKey(seed);
  // Halves of the multipliers, as constants of the function: those of a module are read anew from memory.
  const M0_LOW = 0x1f53;
  const M0_HIGH = 0xd251;
  const M1_LOW = 0x8d57;
  const M1_HIGH = 0xcd9e;
  for (let b = 0; 4 * b < out.length; b++) {
    let c0 = a | 0;
    let c1 = b;
    let c2 = c | 0;
    let c3: number = purpose;
    let k0 = key0 | 0;
    let k1 = key1 | 0;
    for (let round = 0; round < 10; round++) {
      // Unsigned 32 x 32 -> high 32 bits, in halves of 16 bits, as mulHigh does.
      const low0 = c0 & 0xffff;
      const high0 = c0 >>> 16;
      const middle0 = (Math.imul(high0, M0_LOW) + (Math.imul(low0, M0_LOW) >>> 16)) | 0;
      const carry0 = (Math.imul(low0, M0_HIGH) + (middle0 & 0xffff)) | 0;
      const product0 = (Math.imul(high0, M0_HIGH) + (middle0 >>> 16) + (carry0 >>> 16)) | 0;
      const low2 = c2 & 0xffff;
      const high2 = c2 >>> 16;
      const middle2 = (Math.imul(high2, M1_LOW) + (Math.imul(low2, M1_LOW) >>> 16)) | 0;
      const carry2 = (Math.imul(low2, M1_HIGH) + (middle2 & 0xffff)) | 0;
      const product2 = (Math.imul(high2, M1_HIGH) + (middle2 >>> 16) + (carry2 >>> 16)) | 0;
      const next1 = Math.imul(0xcd9e8d57, c2);
      const next3 = Math.imul(0xd2511f53, c0);
      c0 = product2 ^ c1 ^ k0;
      c1 = next1;
      c2 = product0 ^ c3 ^ k1;
      c3 = next3;
      k0 = (k0 + 0x9e3779b9) | 0;
      k1 = (k1 + 0xbb67ae85) | 0;
    }
    out[4 * b] = c0;
    out[4 * b + 1] = c1;
    out[4 * b + 2] = c2;
    out[4 * b + 3] = c3;
  }
}

/** A standard normal number from two random words (Box-Muller); not for bit-exact code: it uses Math.log and Math.cos. */
export function normalOf(u: number, v: number): number {
  return Math.sqrt(-2 * Math.log((u + 1) / 4294967297)) * Math.cos((2 * Math.PI * v) / 4294967296);
}

const single = new Uint32Array(4);

/** One 32-bit word of the stream at (a, b, c). */
export function draw(seed: number, purpose: Purpose, a: number, b: number, c: number): number {
  draw4(seed, purpose, a, b, c, single);
  return single[0]!;
}

/**
 * A sequential reader of one stream for code that wants "the next number": index counts up, nothing else is state.
 * `uniform` is in [0, 1) with 32 bits; `below(n)` is an integer in [0, n); `normal` is a standard normal by Box-Muller
 * (not for bit-exact code: it uses Math.log and Math.cos).
 */
export interface Sequence {
  /** 32 bits. */
  word(): number;
  /** 0 to 1, without 1. */
  uniform(): number;
  /** 0 to n - 1. */
  below(n: number): number;
  /** Standard normal. */
  normal(): number;
}

/** Opens the stream (seed, purpose, b, c) at index 0. */
export function sequence(seed: number, purpose: Purpose, b = 0, c = 0): Sequence {
  const words = new Uint32Array(4);
  let block = 0;
  let next = 4;
  const word = (): number => {
    if (next === 4) {
      draw4(seed, purpose, block++, b, c, words);
      next = 0;
    }
    return words[next++]!;
  };
  const uniform = (): number => word() / 4294967296;
  return {
    word,
    uniform,
    below: (n) => Math.floor(uniform() * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
