/**
 * Random recurrent networks whose activity sustains itself: every neuron leaks upwards and fires at the wanted rate, synapses add
 * noise around it, and every axon has exactly one sender (a random permutation, delays 1..15).
 */
import { TRUENORTH } from '../src/hw-models/truenorth/spec.js';
import { NEGATIVE, RESET, type CoreArrays, type TrueNorthProgram } from '../src/ir/program/truenorth.js';

/** What to build. */
export interface NetworkShape {
  readonly nCores: number;
  /** Share of crossbar bits that are set, in steps of 1/256. */
  readonly density: number;
  /** Share of neurons that fire per tick, 0.001..0.2. */
  readonly activity: number;
  /** All neurons have the same weights, or each its own. */
  readonly parameters: 'shared' | 'own';
  readonly seed?: number;
}

/** A network on a square mesh; chips lie side by side. */
export function randomNetwork({ nCores, density, activity, parameters, seed = 1 }: NetworkShape): TrueNorthProgram {
  const n = nCores * 256;
  const random = generator(seed);
  // The leak carries V to the threshold in 1 / activity ticks.
  const leak = Math.max(1, Math.round(100 * activity));
  const threshold = Math.round(leak / activity);
  const width = Math.ceil(Math.sqrt(nCores));
  const target = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const swapped = target[i]!;
    target[i] = target[j]!;
    target[j] = swapped;
  }
  const targetAxon = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    targetAxon[i] = target[i]! & 255;
    target[i]! >>>= 8;
  }
  const cores: CoreArrays = {
    nCores,
    x: Int16Array.from({ length: nCores }, (_, core) => core % width),
    y: Int16Array.from({ length: nCores }, (_, core) => Math.floor(core / width)),
    axonType: filled(new Uint8Array(n), () => random.word() & 3),
    synapses: filled(new Uint32Array(n * 8), () => randomBits(density, random.word)),
    weights: randomWeights(n, parameters, random.word),
    leak: new Int16Array(n).fill(leak),
    leakReversal: new Uint8Array(n),
    threshold: new Int32Array(n).fill(threshold),
    negativeThreshold: new Int32Array(n).fill(threshold),
    resetMode: new Uint8Array(n).fill(RESET.linear),
    negativeMode: new Uint8Array(n).fill(NEGATIVE.saturate),
    resetPotential: new Int32Array(n),
    initialPotential: filled(new Int32Array(n), () => random.below(threshold)),
    stochastic: new Uint32Array(n),
    thresholdBits: new Uint8Array(n),
    target,
    targetAxon,
    delay: filled(new Uint8Array(n), () => 1 + random.below(15)),
  };
  return programOf(cores, width);
}

interface Filled {
  readonly length: number;
  [index: number]: number;
}

function filled<T extends Filled>(array: T, value: () => number): T {
  for (let i = 0; i < array.length; i++) array[i] = value();
  return array;
}

/** Weights of magnitude 1..8 that add up to 0 over the four axon types. */
function randomWeights(n: number, parameters: NetworkShape['parameters'], word: () => number): Int16Array {
  const weights = new Int16Array(n * 4);
  for (let i = 0; i < n; i++) {
    const bits = parameters === 'shared' ? 0b10_100 : word();
    const a = (bits & 7) + 1;
    const b = ((bits >>> 3) & 7) + 1;
    weights.set([a, -b, b, -a], i * 4);
  }
  return weights;
}

/** Bits that are 1 with probability round(256 density) / 256: the binary digits of the density, lowest first. */
function randomBits(density: number, word: () => number): number {
  const digits = Math.round(density * 256);
  if (digits >= 256) return 0xffffffff;
  let bits = 0;
  for (let digit = Math.log2(digits & -digits); digit < 8; digit++) {
    bits = (digits >>> digit) & 1 ? bits | word() : bits & word();
  }
  return bits >>> 0;
}

/** sfc32 (Chris Doty-Humphrey): quick, and good enough for networks of 134 million crossbar words. */
function generator(seed: number): { word(): number; below(n: number): number } {
  let a = seed | 0;
  let b = 0x9e3779b9 | 0;
  let c = 0x243f6a88 | 0;
  let counter = 1;
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  return { word, below: (n) => Math.floor((word() / 4294967296) * n) };
}

function programOf(cores: CoreArrays, width: number): TrueNorthProgram {
  return {
    kind: 'truenorth',
    name: `random-${cores.nCores}`,
    spec: { ...TRUENORTH, gridWidth: width, gridHeight: width },
    cores,
    coreLayer: new Int32Array(cores.nCores),
    coreRole: Array.from({ length: cores.nCores }, () => 'layer' as const),
    layers: [],
    inputShape: [1],
    inputCode: { kind: 'threshold', level: 128 },
    inputs: {
      nElements: 0,
      rowStart: new Int32Array(1),
      core: new Int32Array(0),
      axon: new Uint16Array(0),
      maxCount: 1,
    },
    mergedAxons: new Int32Array(0),
    timing: { period: 1, inputStart: 0, inputTicks: 1, outputStart: 0, outputTicks: 1 },
    outputs: {
      nClasses: 1,
      pinClass: new Int32Array(0),
      pinCoefficient: new Int32Array(0),
      constant: new Int32Array(1),
      scale: new Float64Array(1).fill(1),
      offset: new Float64Array(1),
    },
  };
}
