import { describe, expect, it } from 'vitest';
import { verifyProgram } from '../../../src/compiler/targets/truenorth/verify.js';
import { connect, emptyCores, programOf, setNeuron } from '../../../src/chips/truenorth/kit/program-builder.js';
import type { CoreArrays, TrueNorthProgram, TrueNorthSpec } from '../../../src/ir/program/truenorth.js';

/** Two cores next to each other: neuron 3 of core 1 sends to axon 5 of core 0, whose neuron 2 drives pin 0. */
function programWith(
  change: (cores: CoreArrays) => void = () => undefined,
  spec: Partial<TrueNorthSpec> = {},
): TrueNorthProgram {
  const cores = emptyCores(2);
  setNeuron(cores, 0, 2, { weights: [3, -4, 0, 1], threshold: 7, to: { pin: 0 } });
  connect(cores, 0, 5, 2);
  setNeuron(cores, 1, 3, { weights: [1, 0, 0, 0], threshold: 1, to: { core: 0, axon: 5 } });
  change(cores);
  const program = programOf(cores, {
    inputShape: [1],
    inputs: [[1, 7]],
    timing: { period: 1, inputStart: 0, inputTicks: 1, outputStart: 3, outputTicks: 1 },
    pinClass: [0, 1],
  });
  return { ...program, name: 'two', spec: { ...program.spec, ...spec } };
}

/** Findings as `code place: message`. */
const findings = (program: TrueNorthProgram): readonly string[] =>
  verifyProgram(program).map(({ code, place, message }) => `${code} ${place}: ${message}`);

type Field = Exclude<keyof CoreArrays, 'nCores' | 'extraHops'>;

/** Neuron 3 of core 1. */
const NEURON = 256 + 3;

describe('every field of a neuron may take all values of the chip and no other', () => {
  it.each<readonly [Field, number, number, string, string]>([
    ['weights', -255, 255, 'weight-range', 'weight'],
    ['leak', -255, 255, 'leak-range', 'leak'],
    ['threshold', 0, 262_143, 'threshold-range', 'threshold'],
    ['negativeThreshold', 0, 262_143, 'threshold-range', 'negative threshold'],
    ['delay', 1, 15, 'delay-range', 'delay'],
    ['resetPotential', -393_216, 393_216, 'reset-potential', 'reset potential'],
    ['initialPotential', -393_216, 393_216, 'initial-potential', 'initial potential'],
    ['thresholdBits', 0, 17, 'threshold-bits', 'random threshold bits'],
  ])('%s: %i..%i', (field, low, high, code, what) => {
    const found = (value: number): readonly string[] =>
      findings(
        programWith((cores) => {
          const index = field === 'weights' ? NEURON * 4 + 3 : NEURON;
          cores[field][index] = value;
        }),
      ).filter((text) => text.startsWith(code));
    expect([...found(low), ...found(high)]).toEqual([]);
    for (const value of [low - 1, high + 1]) {
      // Arrays of unsigned numbers hold no -1.
      if (value < 0 && low === 0 && !(programWith().cores[field] instanceof Int32Array)) continue;
      expect(found(value)).toEqual([
        `${code} two: layer "${layerOf(1)}", core 1 neuron 3: ${what} ${value} exceeds ${low}..${high} of chip "truenorth"`,
      ]);
    }
  });

  const layerOf = (core: number): string => {
    const { layers, coreLayer } = programWith();
    return layers[coreLayer[core] ?? -1]?.name ?? 'timer';
  };
});

describe('findings of a program', () => {
  it('are none of one within all limits', () => {
    expect(findings(programWith())).toEqual([]);
  });

  it('name the first place, how many more there are, and the worst amount', () => {
    const found = findings(
      programWith((cores) => {
        cores.leak[NEURON] = 256;
        cores.leak[NEURON + 1] = -300;
        cores.leak[NEURON + 2] = 299;
      }),
    ).filter((text) => text.startsWith('leak-range'));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('core 1 neuron 3 and 2 more: leak -300 exceeds -255..255');
  });

  it('are about places off the grid, faulty, or taken', () => {
    const at = (x: number, y: number, spec: Partial<TrueNorthSpec> = {}) =>
      findings(
        programWith(
          (cores) => {
            cores.x[1] = x;
            cores.y[1] = y;
          },
          { maxHop: 1000, ...spec },
        ),
      ).map((text) => text.split(' ')[0]);
    expect([at(63, 0), at(0, 63)]).toEqual([[], []]);
    expect([at(64, 0), at(0, 64), at(-1, 0), at(0, -1)]).toEqual(Array(4).fill(['core-off-grid']));
    expect(at(0, 0)).toEqual(['core-overlap']);
    expect(at(5, 7, { faultyCores: [[7, 5]] })).toEqual([]);
    expect(at(5, 7, { faultyCores: [[5, 7]] })).toEqual(['core-faulty']);
  });

  it('are about packets that go too far in either direction', () => {
    const hop = (x: number, y: number) =>
      findings(
        programWith(
          (cores) => {
            cores.x.set([10, 10 + x]);
            cores.y.set([10, 10 + y]);
          },
          { maxHop: 4 },
        ),
      );
    expect([hop(4, 0), hop(0, 4), hop(-4, 4), hop(4, -4)]).toEqual([[], [], [], []]);
    for (const way of [hop(5, 0), hop(0, 5), hop(-5, 1), hop(1, -5)])
      expect(way).toEqual([expect.stringContaining('hops to the target 5 exceeds 0..4')]);
  });

  it('are about targets that do not exist', () => {
    const to = (target: number, axon = 5) =>
      findings(
        programWith((cores) => {
          cores.target[NEURON] = target;
          cores.targetAxon[NEURON] = axon;
        }),
      );
    expect([to(0), to(0, 255), to(1, 8)]).toEqual([[], [], []]);
    expect(to(2)).toEqual([expect.stringContaining('target core 2 exceeds 0..1')]);
    expect(to(0, 256)).toEqual([expect.stringContaining('target axon 256 exceeds 0..255')]);
    const pin = programWith().cores.target[2]!;
    expect(to(pin - 1)).toEqual([]);
    expect(to(pin - 2)).toEqual([expect.stringContaining('output pin 2 exceeds 0..1')]);
  });

  it('are about types of axons', () => {
    const type = (value: number) => findings(programWith((cores) => void (cores.axonType[256 + 9] = value)));
    expect(type(3)).toEqual([]);
    expect(type(4)).toEqual([expect.stringMatching(/core 1 axon 9: axon type 4 exceeds 0\.\.3/)]);
  });

  it('are about inputs of no core or axon, and about axons with two drivers', () => {
    const { inputs, ...rest } = programWith();
    const input = (core: number, axon: number, mergedAxons: readonly number[] = []) =>
      findings({
        ...rest,
        inputs: { ...inputs, core: Int32Array.of(core), axon: Uint16Array.of(axon) },
        mergedAxons: Int32Array.from(mergedAxons),
      });
    expect([input(1, 255), input(0, 6)]).toEqual([[], []]);
    for (const [core, axon, wrong] of [
      [-1, 0, 'core of an input -1 exceeds 0..1 '],
      [2, 0, 'core of an input 2 exceeds 0..1 '],
      [1, 256, 'axon of an input 256 exceeds 0..255 '],
    ] as const)
      expect(input(core, axon)).toEqual([expect.stringMatching(`^input-axon .* input 0: ${wrong}`)]);
    expect(input(0, 5)).toEqual([
      expect.stringMatching(/core 0 axon 5: undeclared drivers of one axon .* 2 exceeds 1/),
    ]);
    expect(input(0, 5, [5])).toEqual([]);
  });

  it('are about draws that the chip does not make', () => {
    const drawn = (flags: number, spec: Partial<TrueNorthSpec>) =>
      findings(programWith((cores) => void (cores.stochastic[NEURON] = flags), spec)).map(
        (text) => text.split(': ')[2],
      );
    expect(drawn(31, {})).toEqual([]);
    expect(drawn(32, {})).toEqual(['stochastic flags 32 exceeds 0..31 of chip "truenorth"']);
    expect(drawn(16, { stochasticWeights: false })).toEqual([]);
    expect(drawn(8, { stochasticWeights: false })).toEqual([
      'a weight by chance 1 exceeds the modes of chip "truenorth"',
    ]);
    expect(drawn(15, { stochasticLeak: false })).toEqual([]);
    expect(drawn(16, { stochasticLeak: false })).toEqual(['a leak by chance 1 exceeds the modes of chip "truenorth"']);
  });

  it('are about potentials that could leave their register within a tick', () => {
    // Neuron 2 of core 0: threshold 7, leak -9, axons of types 0, 1, 1 and 3 with weights 3, -4 and 1.
    const reach = 7 + 9 + 3 + 4 + 4 + 1;
    const change = (cores: CoreArrays): void => {
      cores.threshold.fill(1);
      cores.negativeThreshold.fill(1);
      cores.threshold[2] = 7;
      cores.leak[2] = -9;
      cores.axonType.set([0, 1, 1, 3], 5);
      for (const axon of [6, 7, 8]) connect(cores, 0, axon, 2);
    };
    expect(findings(programWith(change, { potentialMax: reach }))).toEqual([]);
    expect(findings(programWith(change, { potentialMax: reach - 1 }))).toEqual([
      expect.stringMatching(/core 0 neuron 2: reach of the potential 28 exceeds 27/),
    ]);
    const deep = (cores: CoreArrays): void => {
      change(cores);
      cores.negativeThreshold[2] = 10;
      cores.initialPotential[2] = -12;
    };
    expect(findings(programWith(deep, { potentialMax: reach + 5 }))).toEqual([]);
    expect(findings(programWith(deep, { potentialMax: reach + 4 }))).toHaveLength(1);
  });
});
