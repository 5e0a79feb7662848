/** Compiled networks and TrueNorth programs on RANC: the same potentials, spikes and class scores. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { compileTrueNorth } from '../../src/compiler/targets/truenorth/compile.js';
import { RancChip } from '../../src/hw-models/ranc/chip.js';
import { runRanc } from '../../src/hw-models/ranc/run.js';
import { TrueNorthChip } from '../../src/hw-models/truenorth/chip.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import { rancFromTrueNorth } from '../../src/ir/program/formats/ranc/from-truenorth.js';
import { printRancConfig, printRancInput } from '../../src/ir/program/formats/ranc/print.js';
import { readRancModel } from '../../src/ir/program/formats/ranc/read.js';
import {
  decodeScores,
  rancDecoding,
  rancPackets,
  readRancDecoding,
} from '../../src/ir/program/formats/ranc/samples.js';
import type { RancModel } from '../../src/ir/program/formats/ranc/types.js';
import { NEGATIVE, RESET, type TrueNorthProgram, type TrueNorthSpec } from '../../src/ir/program/truenorth.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import { encodeRaster } from '../../src/ir/network/input-code.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import { connect, emptyCores, programOf, setNeuron } from '../../src/chips/truenorth/kit/program-builder.js';
import { pruned } from '../support/pruned-network.js';
import { randomNetwork, randomPixels } from '../support/random-network.js';

const SAMPLES = 4;

/** The model as its two files say it: what RANC would read. */
function throughFiles(model: RancModel): RancModel {
  const { model: copy, warnings } = readRancModel(
    { text: printRancInput(model), place: 'input.json' },
    { text: printRancConfig(model.spec), place: 'config.json' },
  );
  expect(warnings).toEqual([]);
  return copy;
}

async function expectSameScores(graph: NetworkGraph, spec: TrueNorthSpec): Promise<void> {
  const integer = lowerToInteger(graph);
  const { program } = compileTrueNorth(integer, { spec });
  const nPixels = sizeOf(program.inputShape);
  const images = randomPixels(3, SAMPLES * nPixels);
  const { network } = rancFromTrueNorth(program);
  const packets = rancPackets(program, network, SAMPLES, (sample) =>
    encodeRaster(program.inputCode, images.subarray(sample * nPixels, (sample + 1) * nPixels), { sample, seed: 1 }),
  );
  const data = { name: 'random', images, labels: new Uint8Array(SAMPLES), shape: program.inputShape };
  const oracle = await evaluateNetwork(integer, data, { seed: 1 });
  const decoding = readRancDecoding(JSON.stringify(rancDecoding(program, data, oracle.scores)), 'decoding.json');
  const { output, events } = runRanc(throughFiles({ ...network, packets }), { ticks: decoding.ticks });
  expect(events).toMatchObject({ dropped: 0, vanished: 0, busDuplicates: 0 });
  expect(Array.from(decodeScores(decoding, output, 'output')), graph.name).toEqual(Array.from(oracle.scores));
}

describe('a compiled network', () => {
  test('without cores, because all weights are 0, gives its constant scores on RANC', async () => {
    await expectSameScores(pruned(), TRUENORTH);
  });

  test('gives the class scores of the integer network on RANC', async () => {
    const codes = ['threshold', 'thermometer', 'rate', 'bernoulli'] as const;
    const network = fc.nat(1_000_000).map((seed) => randomNetwork(seed, { averagePool: true, codes, maxSide: 3 }));
    await fc.assert(
      fc.asyncProperty(network, (graph) => expectSameScores(graph, TRUENORTH)),
      { numRuns: 15 },
    );
  });

  test('on small cores, where partial sums travel as spike counts through counters and gates', async () => {
    const spec = { ...TRUENORTH, axonsPerCore: 48, neuronsPerCore: 32 };
    const network = fc.nat(1_000_000).map((seed) => randomNetwork(seed, { codes: ['threshold'], maxSide: 2 }));
    await fc.assert(
      fc.asyncProperty(network, (graph) => expectSameScores(graph, spec)),
      { numRuns: 8 },
    );
  });
});

/** Three cores of twelve neurons that feed each other and pins, of every kind that RANC has. */
function mappableProgram(seed: number, negativeComparison: TrueNorthSpec['negativeComparison']): TrueNorthProgram {
  const random = sequence(seed, PURPOSE.test);
  const between = (low: number, high: number): number => low + random.below(high - low + 1);
  const cores = emptyCores(3);
  let pin = 0;
  for (let core = 0; core < 3; core++) {
    for (let a = 0; a < 16; a++) cores.axonType[core * 256 + a] = random.below(4);
    for (let j = 0; j < 12; j++) {
      const saturates = random.below(3) === 0;
      const beta = random.below(6);
      setNeuron(cores, core, j, {
        weights: [between(-6, 6), between(-6, 6), between(1, 6), between(-6, -1)],
        leak: between(-2, 2),
        threshold: between(1, 12),
        negativeThreshold: beta,
        resetMode: saturates ? RESET.normal : random.below(2),
        negativeMode: saturates ? NEGATIVE.saturate : NEGATIVE.reset,
        resetPotential: saturates ? beta : between(-3, 3),
        initialPotential: between(-3, 3),
        delay: between(1, 15),
        to: random.below(4) === 0 ? { pin: pin++ } : { core: random.below(3), axon: random.below(16) },
      });
      for (let a = 0; a < 16; a++) if (random.below(2) === 0) connect(cores, core, a, j);
    }
  }
  const pinClass = new Array<number>(pin + 1).fill(0);
  return programOf(cores, { pinClass, spec: { ...TRUENORTH, negativeComparison } });
}

test('every neuron that can be exported keeps its potential tick by tick', () => {
  const check = (seed: number, comparison: 'below' | 'atMost'): void => {
    const program = mappableProgram(seed, comparison);
    const { network } = rancFromTrueNorth(program);
    const random = sequence(seed, PURPOSE.test, 1);
    const nTicks = 60;
    const events = Array.from({ length: nTicks }, () =>
      Array.from({ length: random.below(6) }, () => ({ core: random.below(3), axon: random.below(16) })),
    );
    const flat = events.flat();
    const tickStart = new Int32Array(nTicks + 1);
    events.forEach((list, t) => (tickStart[t + 1] = tickStart[t]! + list.length));
    const packets = {
      tickStart,
      x: Int32Array.from(flat, ({ core }) => network.cores.x[core]!),
      y: Int32Array.from(flat, ({ core }) => network.cores.y[core]!),
      axon: Int32Array.from(flat, ({ axon }) => axon),
      tickOffset: new Int32Array(flat.length),
    };
    const ranc = new RancChip(throughFiles({ ...network, packets }));
    const nPins = program.outputs.pinClass.length;
    const chip = new TrueNorthChip({ spec: program.spec, cores: program.cores, nPins });
    ranc.tick();
    for (let t = 0; t < nTicks; t++) {
      for (const { core, axon } of events[t]!) chip.inject(core, axon, t);
      chip.pinCounts.fill(0);
      chip.tick();
      const [ours, theirs] = [chip.potentials(), ranc.potentials()];
      for (let core = 0; core < 3; core++) {
        const [first, end] = [core * 256, core * 256 + 12];
        expect(theirs.slice(first, end), `seed ${seed} tick ${t}`).toEqual(ours.slice(first, end));
      }
      // The row of this tick is shown at the beginning of the next one.
      expect(ranc.tick(), `seed ${seed} row ${t + 1}`).toEqual(Uint8Array.from(chip.pinCounts));
    }
  };
  fc.assert(fc.property(fc.nat(1_000_000), fc.constantFrom('below' as const, 'atMost' as const), check), {
    numRuns: 25,
  });
});

test('what RANC does not have is refused, every rule at once with its count', () => {
  const cores = emptyCores(1);
  const to = { core: 0, axon: 0 };
  setNeuron(cores, 0, 0, { resetMode: RESET.none, to });
  setNeuron(cores, 0, 1, { resetMode: RESET.none, to });
  setNeuron(cores, 0, 2, { leak: 1, leakReversal: true, to });
  setNeuron(cores, 0, 3, { leak: -1, negativeThreshold: 5, negativeMode: NEGATIVE.saturate, to });
  setNeuron(cores, 0, 4, { negativeMode: NEGATIVE.reset, to: { pin: 0 } });
  setNeuron(cores, 0, 5, { negativeMode: NEGATIVE.reset, to: { pin: 0 } });
  setNeuron(cores, 0, 6, { negativeMode: NEGATIVE.reset, to });
  cores.stochastic[6] = 1;
  const convert = () => rancFromTrueNorth(programOf(cores));
  for (const text of [
    /ranc-no-reset\] hand-made: core 0 neuron 0 and 1 more/,
    /ranc-leak-reversal\] hand-made: core 0 neuron 2/,
    /ranc-saturation\] hand-made: core 0 neuron 3/,
    /ranc-shared-pin\] hand-made: core 0 neuron 5/,
    /ranc-stochastic\] hand-made: core 0 neuron 6/,
  ]) {
    expect(convert).toThrow(text);
  }
});

test('a neuron that saturates where its inputs never take it is exported', () => {
  const cores = emptyCores(1);
  setNeuron(cores, 0, 0, {
    weights: [1, -9, 0, 0],
    threshold: 1,
    negativeThreshold: 0,
    resetMode: RESET.linear,
    to: { pin: 0 },
  });
  connect(cores, 0, 0, 0);
  expect(rancFromTrueNorth(programOf(cores)).network.outputBus).toEqual({ x: 1, y: 0, nOutputs: 1 });
  // One axon of the negative type is enough to refuse it.
  cores.axonType[1] = 1;
  connect(cores, 0, 1, 0);
  expect(() => rancFromTrueNorth(programOf(cores))).toThrow(/ranc-saturation/);
});

test.each([
  // A start at -beta: "below" does nothing there, "at most" resets where TrueNorth stays.
  ['below', RESET.normal, -4, 2, true],
  ['atMost', RESET.normal, -4, 2, false],
  ['atMost', RESET.normal, -3, 2, true],
  ['below', RESET.normal, -5, 2, false],
  // What firing leaves is a start too.
  ['below', RESET.normal, 0, -4, true],
  ['atMost', RESET.normal, 0, -4, false],
  ['below', RESET.normal, 0, -5, false],
  ['below', RESET.linear, -4, -9, true],
  ['atMost', RESET.linear, -3, -9, true],
  ['atMost', RESET.linear, -4, -9, false],
] as const)(
  'a neuron that saturates at -4, compares "%s", resets by rule %d, starts at %d and resets to %d maps: %s',
  (negativeComparison, resetMode, initialPotential, resetPotential, maps) => {
    const cores = emptyCores(1);
    const neuron = { resetMode, initialPotential, resetPotential, negativeMode: NEGATIVE.saturate, to: { pin: 0 } };
    setNeuron(cores, 0, 0, { ...neuron, threshold: 20, negativeThreshold: 4 });
    const convert = () => rancFromTrueNorth(programOf(cores, { spec: { ...TRUENORTH, negativeComparison } }));
    if (maps) expect(convert().network.outputBus.nOutputs).toBe(1);
    else expect(convert).toThrow(/ranc-saturation/);
  },
);

test('a neuron that saturates at 0 and subtracts its threshold maps, whichever way it compares', () => {
  for (const negativeComparison of ['below', 'atMost'] as const) {
    const cores = emptyCores(1);
    setNeuron(cores, 0, 0, { threshold: 20, negativeThreshold: 0, resetMode: RESET.linear, to: { pin: 0 } });
    const program = programOf(cores, { spec: { ...TRUENORTH, negativeComparison } });
    expect(rancFromTrueNorth(program).network.outputBus.nOutputs).toBe(1);
  }
});
