/** Programs that do something with small images, and the images. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { RESET, type TrueNorthProgram } from '../../src/ir/program/truenorth.js';
import type { LabelledImages } from '../../src/evaluation/tasks/samples.js';
import { connect, emptyCores, programOf, setNeuron } from '../../src/chips/truenorth/kit/program-builder.js';

/** `n` random images of 4 x 4 pixels. */
export function randomImages(n: number, seed = 1): LabelledImages {
  const random = sequence(seed, PURPOSE.test);
  return {
    name: 'random-4x4',
    shape: [4, 4, 1],
    images: Uint8Array.from({ length: n * 16 }, () => random.below(256)),
    labels: Uint8Array.from({ length: n }, () => random.below(2)),
    nClasses: 2,
  };
}

/**
 * One frame a tick through three cores: core 0 thresholds pixel sums into 8 bits and sends each to core 1 or 2, which
 * drive two pins of class 0 and 1. Delays 3 and 2: outputs three ticks after inputs.
 */
export function pipelinedProgram(): TrueNorthProgram {
  const cores = emptyCores(3);
  cores.y[2] = 4;
  for (let pixel = 0; pixel < 16; pixel++) cores.axonType[pixel] = pixel % 4;
  for (let feature = 0; feature < 8; feature++) {
    for (let pixel = 0; pixel < 16; pixel++) if ((pixel * 7 + feature * 3) % 5 < 3) connect(cores, 0, pixel, feature);
    const target = 1 + (feature % 2);
    setNeuron(cores, 0, feature, {
      weights: [1, -1, 2, feature % 3],
      // Threshold 1 and the rest of it as leak: no potential outlives the tick, so frames do not see each other.
      leak: -(feature % 4),
      threshold: 1,
      negativeThreshold: 0,
      to: { core: target, axon: feature },
      delay: 3,
    });
    connect(cores, target, feature, 0);
    connect(cores, target, feature, 1);
  }
  for (const core of [1, 2]) {
    const any = { weights: [1, 0, 0, 0], threshold: 1, negativeThreshold: 0 };
    setNeuron(cores, core, 0, { ...any, to: { pin: core - 1 } });
    setNeuron(cores, core, 1, { ...any, leak: -2, to: { pin: core + 1 } });
  }
  return programOf(cores, {
    inputShape: [4, 4, 1],
    inputs: Array.from({ length: 16 }, (_, pixel) => [0, pixel] as const),
    timing: { period: 1, inputStart: 0, inputTicks: 1, outputStart: 3, outputTicks: 1 },
    pinClass: [0, 1, 0, 1],
  });
}

/** A rate window of 7 ticks a frame; a counting neuron per image half drains into a pin over 60 ticks. */
export function countingProgram(): TrueNorthProgram {
  const cores = emptyCores(1);
  for (const half of [0, 1]) {
    for (let pixel = half * 8; pixel < half * 8 + 8; pixel++) connect(cores, 0, pixel, half);
    setNeuron(cores, 0, half, { weights: [1, 0, 0, 0], threshold: 1, resetMode: RESET.linear, to: { pin: half } });
  }
  return programOf(cores, {
    inputShape: [4, 4, 1],
    inputCode: { kind: 'rate', bits: 3 },
    inputs: Array.from({ length: 16 }, (_, pixel) => [0, pixel] as const),
    timing: { period: 60, inputStart: 0, inputTicks: 7, outputStart: 0, outputTicks: 60 },
    pinClass: [0, 1],
  });
}

/** `pipelinedProgram` with stochastic weights, leaks and thresholds: its scores depend on the seed. */
export function stochasticProgram(): TrueNorthProgram {
  const program = pipelinedProgram();
  const { cores } = program;
  cores.stochastic.fill(0b10101, 0, 256);
  cores.thresholdBits.fill(1, 0, 256);
  for (let i = 0; i < 256; i++) cores.weights[i * 4] = 100;
  for (let i = 0; i < 256; i++) cores.leak[i] = i % 2 === 0 ? -90 : 0;
  return program;
}
