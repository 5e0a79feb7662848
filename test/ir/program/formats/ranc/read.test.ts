import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { readRancModel } from '../../../../../src/ir/program/formats/ranc/read.js';
import { CONFIG, inputJson, neuronJson } from '../../../../support/ranc-models.js';

/** A grid of 3 columns and 2 rows; the bus of five lines at (2, 1). */
const GRID = { ...CONFIG, num_cores_y: 2 };
const BUS = { coordinates: [2, 1], num_outputs: 5 };

const coreAt = (x: number, y: number, more: object = {}) => ({
  ...{ coordinates: [x, y], axons: [0], neurons: [], connections: [] },
  ...more,
});
const files = (cores: readonly unknown[], more: object = {}) => ({ ...inputJson([]), output_bus: BUS, cores, ...more });
const read = (input: unknown, config: unknown = GRID) =>
  readRancModel(
    { text: JSON.stringify(input), place: 'input.json' },
    { text: JSON.stringify(config), place: 'config.json' },
  );

/** Every finding, `code path: message`. */
function told(input: unknown, config: unknown = GRID): readonly string[] {
  const lines = (list: UserError['diagnostics']): string[] =>
    list.map(({ code, place, message }) => `${code} ${place.replace('input.json: ', '')}: ${message}`);
  try {
    return lines(read(input, config).warnings);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return lines(error.diagnostics);
  }
}

describe('a range of RANC', () => {
  const neuron = (settings: object) => ({ ...neuronJson(), destination_core_offset: [0, 0], ...settings });
  /** A core at (1, 1) with one neuron. */
  const one = (settings: object, more: object = {}) =>
    files([coreAt(1, 1, { neurons: [neuron(settings)], connections: [[0]], ...more })]);
  const packet = (place: readonly number[], axon: number, offset: number) =>
    files([], { packets: [[{ destination_core: place, destination_axon: axon, destination_tick: offset }]] });
  const zeros = (n: number) => Array.from({ length: n }, () => 0);

  it.each([
    ['the columns of cores', files([coreAt(2, 0)]), files([coreAt(3, 0)]), 'x 3 is not in 0..2'],
    ['the rows of cores', files([coreAt(0, 1)]), files([coreAt(0, 2)]), 'y 2 is not in 0..1'],
    [
      'the columns of neurons',
      one({ destination_core_offset: [1, 0] }),
      one({ destination_core_offset: [2, 0] }),
      'x 3 is not in 0..2',
    ],
    [
      'the columns west',
      one({ destination_core_offset: [-1, 0] }),
      one({ destination_core_offset: [-2, 0] }),
      'x -1 is not in 0..2',
    ],
    [
      'the rows of neurons',
      one({ destination_core_offset: [0, -1] }),
      one({ destination_core_offset: [0, -2] }),
      'y -1 is not in 0..1',
    ],
    ['the axons of a core', one({ destination_axon: 7 }), one({ destination_axon: 8 }), 'axon 8 is not in 0..7'],
    [
      'the lines of the bus',
      one({ destination_core_offset: [1, 0], destination_axon: 4 }),
      one({ destination_core_offset: [1, 0], destination_axon: 5 }),
      'axon 5 is not in 0..4',
    ],
    [
      'the axons right above the bus',
      one({ destination_core_offset: [1, -1], destination_axon: 7 }),
      one({ destination_core_offset: [1, -1], destination_axon: 8 }),
      'axon 8 is not in 0..7',
    ],
    [
      'the axons left of the bus',
      one({ destination_core_offset: [0, 0], destination_axon: 5 }),
      one({ destination_core_offset: [0, 0], destination_axon: 8 }),
      'axon 8 is not in 0..7',
    ],
    ['offsets of neurons', one({ destination_tick: 3 }), one({ destination_tick: 4 }), 'offset 4 is not in 0..3'],
    ['weights', one({ weights: zeros(4) }), one({ weights: zeros(5) }), 'length 5 is not in 0..4'],
    ['axon types', one({}, { axons: [3] }), one({}, { axons: [4] }), 'type 4 is not in 0..3'],
    ['axons that are listed', one({}, { axons: zeros(8) }), one({}, { axons: zeros(9) }), 'length 9 is not in 0..8'],
    [
      'a row of connections',
      one({}, { connections: [zeros(8)] }),
      one({}, { connections: [zeros(9)] }),
      'length 9 is not in 0..8',
    ],
    [
      'rows of connections',
      one({}, { connections: Array.from({ length: 8 }, () => [0]) }),
      one({}, { connections: Array.from({ length: 9 }, () => [0]) }),
      'length 9 is not in 1..8',
    ],
    ['axons of packets', packet([1, 0], 7, 0), packet([1, 0], 8, 0), 'axon 8 is not in 0..7'],
    ['packets to the bus', packet([2, 1], 4, 0), packet([2, 1], 5, 0), 'axon 5 is not in 0..4'],
    ['offsets of packets', packet([1, 1], 0, 3), packet([1, 1], 0, 4), 'offset 4 is not in 0..3'],
    ['rows of packets', packet([0, 1], 0, 0), packet([0, 2], 0, 0), 'y 2 is not in 0..1'],
    ['columns of the bus', files([]), files([], { output_bus: { ...BUS, coordinates: [3, 1] } }), 'x 3 is not in 0..2'],
  ])('ends where the sizes end: %s', (_, last, beyond, message) => {
    expect(told(last)).toEqual([]);
    expect(told(beyond)).toEqual([expect.stringMatching(/^out-of-range/)]);
    expect(told(beyond)[0]?.endsWith(`: ${message}`)).toBe(true);
  });

  it('of packets to a wide bus ends with the axons of a core', () => {
    const wide = (axon: number) => ({ ...packet([2, 1], axon, 0), output_bus: { ...BUS, num_outputs: 20 } });
    expect(told(wide(7))).toEqual([]);
    expect(told(wide(8))).toEqual([expect.stringContaining('axon 8 is not in 0..7')]);
  });

  it('names both coordinates where both are outside', () => {
    expect(told(files([coreAt(7, 8)]))).toEqual([
      'out-of-range cores.0.coordinates: x 7 is not in 0..2',
      'out-of-range cores.0.coordinates: y 8 is not in 0..1',
    ]);
  });
});

describe('cores in one place', () => {
  it('are told by the place, whatever its coordinates, with the core that is replaced', () => {
    expect(told(files([coreAt(1, 0), coreAt(0, 1), coreAt(1, 1), coreAt(0, 0)]))).toEqual([]);
    expect(told(files([coreAt(0, 0), coreAt(1, 1), coreAt(1, 1)]))).toEqual([
      'core-replaced cores.2: stands on (1, 1) like core 1, which it replaces',
    ]);
    expect(told(files([coreAt(1, 1), coreAt(1, 1), coreAt(1, 1)]))).toEqual([
      'core-replaced cores.1: stands on (1, 1) like core 0, which it replaces',
      'core-replaced cores.2: stands on (1, 1) like core 1, which it replaces',
    ]);
  });

  it('give way to the bus, and only in its own place', () => {
    expect(told(files([coreAt(2, 0), coreAt(1, 1)]))).toEqual([]);
    const { model, warnings } = read(files([coreAt(2, 1), coreAt(1, 0), coreAt(0, 1)]));
    expect(warnings.map(({ message }) => message)).toEqual(['stands on (2, 1) like the output bus, which replaces it']);
    expect([[...model.cores.x], [...model.cores.y]]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe('a list of findings', () => {
  const cores = (n: number) => Array.from({ length: n }, () => coreAt(0, 0));
  const bad = (n: number) => Array.from({ length: n }, () => coreAt(3, 0));

  it('has up to fifty of them, and counts the rest; warnings alone stop nobody', () => {
    expect(told(files(cores(51)))).toHaveLength(50);
    const { model, warnings } = read(files(cores(53)));
    expect(warnings).toHaveLength(51);
    expect(warnings.at(-1)).toMatchObject({ severity: 'warning', message: '2 more findings' });
    expect(model.cores.nCores).toBe(1);
  });

  it('has the errors before the warnings, and is an error where an error is not listed', () => {
    const mixed = told(files([...cores(60), coreAt(4, 0)]));
    expect(mixed[0]).toBe('out-of-range cores.60.coordinates: x 4 is not in 0..2');
    expect(mixed).toHaveLength(51);
    expect(() => read(files(bad(30)))).toThrow(UserError);
    // 55 errors and 54 warnings, as all of these cores stand in one place.
    expect(told(files(bad(55))).at(-1)).toContain('59 more findings');
  });
});

describe('the memory of a model', () => {
  it('is counted before it is taken: crossbar, weights twice, ten more numbers per neuron, scheduler', () => {
    const config = { ...GRID, num_neurons: 65_536, num_weights: 4096 };
    // 8 * 65,536 / 8 bits, 65,536 neurons of 8 * 4,096 + 48 bytes, 8 axons of 4 + 4 / 8.
    expect(told(files([coreAt(0, 0)]), config)).toEqual([
      `model-too-large input.json: 1 cores of these sizes need ${65_536 + 65_536 * 32_816 + 36} bytes, more than ${2 ** 31}`,
    ]);
    // A third of it each, and three cores.
    const third = { ...GRID, num_neurons: 65_536, num_weights: 1400 };
    const each = 65_536 + 65_536 * 11_248 + 36;
    expect(told(files([coreAt(0, 0), coreAt(1, 0), coreAt(0, 1)]), third)[0]).toContain(`need ${3 * each} bytes`);
  });
});

describe('a model of the two files', () => {
  it('has every number in its own array', () => {
    const neurons = Array.from({ length: 40 }, (_, j) => ({
      ...{ reset_potential: j + 1, weights: [j, -j, 2 * j], leak: 100 + j, positive_threshold: 200 + j },
      ...{ negative_threshold: -300 - j, destination_core_offset: [j % 2, -1], destination_axon: j % 8 },
      ...{ destination_tick: j % 4, current_potential: 400 + j, reset_mode: j % 2 },
    }));
    const connections = neurons.map((_, j) => [j === 1 || j === 33 ? 1 : 0, j === 32 ? 1 : 0]);
    const { model } = read(files([coreAt(0, 0), coreAt(1, 1, { axons: [3, 2], neurons, connections })]), {
      ...GRID,
      num_neurons: 40,
    });
    const { cores, spec } = model;
    expect(spec).toEqual({
      ...{ neuronsPerCore: 40, axonsPerCore: 8, gridWidth: 3, gridHeight: 2, nWeights: 4, maxTickOffset: 4 },
      resetType: 0,
    });
    expect([...cores.listedNeurons]).toEqual([0, 40]);
    const last = 40 + 39;
    expect(Array.from(cores.weights.subarray(4 * last))).toEqual([39, -39, 78, 0]);
    expect([cores.resetPotential[last], cores.leak[last], cores.positiveThreshold[last]]).toEqual([40, 139, 239]);
    expect([cores.negativeThreshold[last], cores.dx[last], cores.dy[last]]).toEqual([-339, 1, -1]);
    expect([cores.targetAxon[last], cores.tickOffset[last], cores.resetMode[last]]).toEqual([7, 3, 1]);
    expect(cores.initialPotential[last]).toBe(439);
    expect(Array.from(cores.axonType.subarray(8))).toEqual([3, 2, 0, 0, 0, 0, 0, 0]);
    // Two words per axon: neurons 1 and 33 on axon 0, neuron 32 on axon 1.
    expect(Array.from(cores.synapses.subarray(16, 20))).toEqual([0b10, 0b10, 0, 0b1]);
    expect(cores.synapses.subarray(20).every((word) => word === 0)).toBe(true);
    // Neurons that are not listed never fire: threshold 1, everything else 0.
    expect([cores.positiveThreshold[3], cores.leak[3], cores.weights[12]]).toEqual([1, 0, 0]);
  });

  it('has its packets tick by tick', () => {
    const packet = (x: number, axon: number) => ({
      destination_core: [x, 1],
      destination_axon: axon,
      destination_tick: x,
    });
    const { packets } = read(files([], { packets: [[packet(0, 5), packet(1, 6)], [], [packet(1, 7)]] })).model; // prettier-ignore
    expect([[...packets.tickStart], [...packets.x], [...packets.y]]).toEqual([
      [0, 2, 2, 3],
      [0, 1, 1],
      [1, 1, 1],
    ]);
    expect([[...packets.axon], [...packets.tickOffset]]).toEqual([
      [5, 6, 7],
      [0, 1, 1],
    ]);
  });
});

describe('a number of the two files', () => {
  const isWrong = (input: unknown, config: unknown = GRID): boolean =>
    told(input, config).some((line) => line.startsWith('bad-value'));

  it.each([
    ['num_neurons', 1, 65_536],
    ['num_axons', 1, 65_536],
    ['num_cores_x', 1, 4096],
    ['num_cores_y', 1, 4096],
    ['num_weights', 1, 65_536],
    ['max_tick_offset', 1, 65_536],
    ['neuron_reset_type', 0, 1],
  ])('of the config, %s, is %d..%d', (key, low, high) => {
    for (const value of [low, high]) expect(isWrong(files([]), { ...GRID, [key]: value })).toBe(false);
    for (const value of [low - 1, high + 1, low + 0.5])
      expect(isWrong(files([]), { ...GRID, [key]: value })).toBe(true);
  });

  it.each(['leak', 'reset_potential', 'positive_threshold', 'negative_threshold', 'current_potential'])(
    'of a neuron, %s, has 32 bits',
    (key) => {
      const one = (value: number) =>
        files([
          coreAt(0, 0, {
            neurons: [{ ...neuronJson(), destination_core_offset: [0, 0], [key]: value }],
            connections: [[]],
          }),
        ]);
      for (const value of [2 ** 31 - 1, -(2 ** 31)]) expect(told(one(value))).toEqual([]);
      for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5]) expect(isWrong(one(value))).toBe(true);
    },
  );

  it('of a place, an axon or an offset is below 2^20 before it is compared with the sizes', () => {
    const packet = (axon: number) =>
      files([], { packets: [[{ destination_core: [0, 0], destination_axon: axon, destination_tick: 0 }]] });
    expect([isWrong(packet(2 ** 20 - 1)), isWrong(packet(2 ** 20)), isWrong(packet(-1))]).toEqual([false, true, true]);
    const bus = (lines: number) => files([], { output_bus: { ...BUS, num_outputs: lines } });
    expect([1, 2 ** 20, 0, 2 ** 20 + 1].map((lines) => isWrong(bus(lines)))).toEqual([false, false, true, true]);
  });
});
