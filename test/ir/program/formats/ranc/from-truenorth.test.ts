import { describe, expect, it } from 'vitest';
import { TRUENORTH } from '../../../../../src/hw-models/truenorth/spec.js';
import { rancFromTrueNorth } from '../../../../../src/ir/program/formats/ranc/from-truenorth.js';
import { NEGATIVE, RESET, type TrueNorthSpec } from '../../../../../src/ir/program/truenorth.js';
import { connect, emptyCores, programOf, setNeuron } from '../../../../../src/chips/truenorth/kit/program-builder.js';

/** Cores at these places, each with a neuron 0 that drives a pin of its own. */
function placed(places: readonly (readonly [number, number])[], spec: TrueNorthSpec = TRUENORTH) {
  const cores = emptyCores(places.length, spec);
  places.forEach(([x, y], c) => {
    cores.x[c] = x;
    cores.y[c] = y;
    setNeuron(cores, c, 0, { threshold: 1, negativeMode: NEGATIVE.reset, to: { pin: c } });
  });
  return rancFromTrueNorth(programOf(cores, { spec, pinClass: places.map(() => 0) })).network;
}

describe('the place of the bus', () => {
  const check = (
    places: readonly (readonly [number, number])[],
    grid: readonly [number, number],
    bus: readonly [number, number],
    spec?: TrueNorthSpec,
  ): void => {
    const { spec: ranc, outputBus } = placed(places, spec);
    expect([[ranc.gridWidth, ranc.gridHeight], [outputBus.x, outputBus.y], outputBus.nOutputs]).toEqual([
      grid,
      bus,
      places.length,
    ]);
  };

  it('is the first free cell of the box around the cores, wherever that stands', () => {
    check([[5, 7], [6, 7], [6, 8]], [2, 2], [0, 1]); // prettier-ignore
    check([[5, 8], [6, 7], [6, 8]], [2, 2], [0, 0]); // prettier-ignore
    check([[0, 0], [2, 1]], [3, 2], [1, 0]); // prettier-ignore
  });

  it('is a new column beside a full box, a new row where the chip has no more columns', () => {
    check([[0, 0], [1, 0]], [3, 1], [2, 0]); // prettier-ignore
    const narrow = { ...TRUENORTH, gridWidth: 2, gridHeight: 2 };
    check([[0, 0], [1, 0]], [2, 2], [0, 1], narrow); // prettier-ignore
    // Neither is left: a column more than the chip has.
    const full = [[0, 0], [1, 0], [0, 1], [1, 1]] as const; // prettier-ignore
    check(full, [3, 2], [2, 0], narrow);
  });

  it('is where the neurons of its pins send, each to the line of its pin', () => {
    const { cores, outputBus } = placed([[5, 7], [6, 7], [6, 8]]); // prettier-ignore
    expect([[...cores.x], [...cores.y]]).toEqual([[0, 1, 1], [0, 0, 1]]); // prettier-ignore
    [0, 1, 2].forEach((c) => {
      expect([cores.x[c]! + cores.dx[c * 256]!, cores.y[c]! + cores.dy[c * 256]!]).toEqual([outputBus.x, outputBus.y]);
      expect(cores.targetAxon[c * 256]).toBe(c);
    });
  });
});

describe('a core of a program on RANC', () => {
  const settings = {
    ...{ weights: [3, -2, 1, 0], leak: -1, threshold: 9, negativeThreshold: 4, resetMode: RESET.linear },
    ...{ negativeMode: NEGATIVE.reset, resetPotential: 5, initialPotential: -3, to: { core: 1, axon: 77 }, delay: 15 },
  };
  const cores = emptyCores(2);
  cores.x.set([1, 4]);
  cores.y.set([3, 1]);
  setNeuron(cores, 0, 40, settings);
  setNeuron(cores, 0, 3, { ...settings, resetMode: RESET.normal, delay: 1 });
  setNeuron(cores, 1, 0, { threshold: 1, negativeMode: NEGATIVE.reset, to: { pin: 0 } });
  for (const [axon, neuron] of [[0, 40], [0, 41], [1, 41], [2, 3], [255, 40]] as const) connect(cores, 0, axon, neuron); // prettier-ignore
  cores.axonType.set([1, 2, 3], 0);
  cores.axonType[255] = 2;
  const of = (spec: Partial<TrueNorthSpec> = {}) =>
    rancFromTrueNorth(programOf(cores, { spec: { ...TRUENORTH, ...spec } })).network;

  it('has every parameter in its place, delays as offsets, targets as steps', () => {
    const { cores: ranc, spec } = of();
    expect(Array.from(ranc.weights.subarray(160, 164))).toEqual([3, -2, 1, 0]);
    expect([ranc.leak[40], ranc.positiveThreshold[40], ranc.negativeThreshold[40]]).toEqual([-1, 9, -4]);
    expect([ranc.resetPotential[40], ranc.initialPotential[40], ranc.resetMode[40], ranc.resetMode[3]]).toEqual([
      5, -3, 1, 0,
    ]);
    expect([ranc.dx[40], ranc.dy[40], ranc.targetAxon[40], ranc.tickOffset[40], ranc.tickOffset[3]]).toEqual([
      3, -2, 77, 14, 0,
    ]);
    expect(Object.is(ranc.negativeThreshold[256], -0)).toBe(false);
    expect(spec).toMatchObject({
      neuronsPerCore: 256,
      axonsPerCore: 256,
      nWeights: 4,
      maxTickOffset: 16,
      resetType: 0,
    });
  });

  it('lists neurons up to the last with a target; the others stay silent', () => {
    const { cores: ranc } = of();
    expect([...ranc.listedNeurons]).toEqual([41, 1]);
    expect([ranc.positiveThreshold[41], ranc.leak[41], ranc.positiveThreshold[5]]).toEqual([1, 0, 1]);
  });

  it('has synapses of neurons with a target only, and types of axons that feed one', () => {
    const { cores: ranc } = of();
    const words = (axon: number) => Array.from(ranc.synapses.subarray(8 * axon, 8 * axon + 2));
    expect([words(0), words(1), words(2), words(255)]).toEqual([[0, 256], [0, 0], [8, 0], [0, 256]]); // prettier-ignore
    expect([0, 1, 2, 255].map((axon) => ranc.axonType[axon])).toEqual([1, 0, 3, 2]);
  });

  it('fires one above the threshold where the chip does, and compares below as the chip does', () => {
    const normal = emptyCores(1);
    setNeuron(normal, 0, 0, { threshold: 9, negativeMode: NEGATIVE.reset, to: { pin: 0 } });
    const threshold = (spec: Partial<TrueNorthSpec>) => {
      const { network } = rancFromTrueNorth(programOf(normal, { spec: { ...TRUENORTH, ...spec } }));
      return [network.cores.positiveThreshold[0], network.spec.resetType];
    };
    expect(threshold({})).toEqual([9, 0]);
    expect(threshold({ positiveComparison: 'above', negativeComparison: 'atMost' })).toEqual([10, 1]);
  });

  it('counts the most negative input of a tick by leak and weights of its own axons', () => {
    /** A saturating neuron maps only if nothing takes it down. */
    const maps = (change: (of: ReturnType<typeof emptyCores>) => void): boolean => {
      const one = emptyCores(1);
      setNeuron(one, 0, 70, { weights: [1, -1, 1, 1], threshold: 3, negativeThreshold: 2, to: { pin: 0 } });
      change(one);
      try {
        return rancFromTrueNorth(programOf(one)).network.cores.nCores === 1;
      } catch {
        return false;
      }
    };
    expect(maps((one) => connect(one, 0, 255, 70))).toBe(true);
    expect(maps((one) => (one.leak[70] = 2))).toBe(true);
    expect(maps((one) => (one.leak[70] = -1))).toBe(false);
    expect(maps((one) => [connect(one, 0, 255, 70), (one.axonType[255] = 1)])).toBe(false);
    // The neuron beside it and an axon that feeds nobody do not matter.
    expect(maps((one) => [connect(one, 0, 255, 71), (one.axonType[255] = 1)])).toBe(true);
    expect(maps((one) => (one.axonType[255] = 1))).toBe(true);
    // A leak upwards does not make up for a weight downwards.
    expect(maps((one) => [connect(one, 0, 0, 70), (one.axonType[0] = 1), (one.leak[70] = 1)])).toBe(false);
  });
});

describe('pins of a program on RANC', () => {
  it('are lines of one bus; more than a core has axons are a warning', () => {
    const cores = emptyCores(2);
    const nPins = 257;
    for (let pin = 0; pin < nPins; pin++)
      setNeuron(cores, pin >> 8, pin & 255, { threshold: 1, negativeMode: NEGATIVE.reset, to: { pin } });
    const warnings = (n: number) =>
      rancFromTrueNorth(programOf(cores, { pinClass: Array.from({ length: n }, () => 0) })).warnings;
    expect(warnings(257).map(({ code, message }) => `${code}: ${message.slice(0, 11)}`)).toEqual([
      'ranc-wide-bus: 257 outputs',
    ]);
    for (let pin = 256; pin < nPins; pin++) cores.target[pin] = 0;
    expect(warnings(256)).toEqual([]);
  });

  it('are told with the first place and how many more', () => {
    const cores = emptyCores(2);
    const place = (n: number): string => {
      for (let i = 0; i < n; i++) setNeuron(cores, 1, 7 + i, { resetMode: RESET.none, to: { core: 0, axon: 0 } });
      try {
        rancFromTrueNorth(programOf(cores));
        return '';
      } catch (error) {
        return String(error).split('\n')[0] ?? '';
      }
    };
    expect(place(1)).toMatch(/hand-made: core 1 neuron 7: keeps/);
    expect(place(2)).toMatch(/hand-made: core 1 neuron 7 and 1 more: keeps/);
  });
});
