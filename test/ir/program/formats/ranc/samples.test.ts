import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { decodeRancOutput, encodeRancOutput } from '../../../../../src/ir/program/formats/ranc/output.js';
import { printRancConfig, printRancInput } from '../../../../../src/ir/program/formats/ranc/print.js';
import { readRancModel } from '../../../../../src/ir/program/formats/ranc/read.js';
import {
  decodeScores,
  rancDecoding,
  rancPackets,
  rancReadout,
  readRancDecoding,
} from '../../../../../src/ir/program/formats/ranc/samples.js';
import { type RancModel, silentCores } from '../../../../../src/ir/program/formats/ranc/types.js';
import { sequence, PURPOSE } from '../../../../../src/common/rng.js';

const told = (act: () => unknown): readonly string[] => {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof UserError)
      return error.diagnostics.map(({ code, place, message }) => `${code} ${place}: ${message}`);
    throw error;
  }
};
const timing = { period: 5, inputStart: 2, inputTicks: 2, outputStart: 3, outputTicks: 2 };

describe('packets of samples', () => {
  /** Element 0 goes to one axon, element 1 to two, element 2 to none. */
  const inputs = {
    ...{ nElements: 3, rowStart: Int32Array.of(0, 1, 3, 3), core: Int32Array.of(0, 1, 0), maxCount: 2 },
    axon: Uint16Array.of(10, 11, 12),
  };
  const cores = {
    ...silentCores(2, {
      neuronsPerCore: 1,
      axonsPerCore: 1,
      gridWidth: 9,
      gridHeight: 9,
      nWeights: 1,
      maxTickOffset: 2,
      resetType: 0,
    }),
    x: Int32Array.of(3, 4),
    y: Int32Array.of(5, 6),
  };

  it('enter in the ticks of their samples, to the place of their core, in the order of the elements', () => {
    const rasters = [Uint8Array.of(1, 0, 0, 1, 1, 1), Uint8Array.of(0, 1, 0, 0, 0, 0)];
    const packets = rancPackets({ inputs, timing }, { cores }, 2, (sample) => rasters[sample]!);
    // Sample 0 in ticks 2 and 3, sample 1 in 7 and 8: one packet, three, two, none.
    expect([...packets.tickStart]).toEqual([0, 0, 0, 1, 4, 4, 4, 4, 6, 6]);
    expect([...packets.axon]).toEqual([10, 10, 11, 12, 11, 12]);
    expect([...packets.x]).toEqual([3, 3, 4, 3, 4, 3]);
    expect([...packets.y]).toEqual([5, 5, 6, 5, 6, 5]);
    expect([...packets.tickOffset]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

/** Two samples of two classes; lines 0 and 2 are class 0 and 1, line 1 takes from class 0. */
const program = {
  ...{ name: 'net', timing },
  outputs: {
    ...{
      nClasses: 2,
      pinClass: Int32Array.of(0, 0, 1),
      pinCoefficient: Int32Array.of(2, -1, 3),
      constant: Int32Array.of(10, 20),
    },
    ...{ scale: Float64Array.of(0.5, 1), offset: Float64Array.of(0, 1) },
  },
};
const data = { name: 'mnist', labels: Uint8Array.of(1, 0, 9) };
const decoding = rancDecoding(program, data, [1, 2, 3, 4]);

describe('the meaning of rows', () => {
  it('has every sample in its own rows, one after its ticks', () => {
    expect(decoding).toMatchObject({
      ...{ network: 'net', data: 'mnist', nSamples: 2, nClasses: 2, firstRow: 4, period: 5, rows: 2, ticks: 11 },
      ...{ lineClass: [0, 0, 1], lineCoefficient: [2, -1, 3], constant: [10, 20], scale: [0.5, 1], offset: [0, 1] },
      ...{ labels: [1, 0], expectedScores: [[1, 2], [3, 4]] },
    }); // prettier-ignore
    expect(decoding).not.toHaveProperty('steps');
  });

  it('gives scores: the constant and the ones of its rows times their coefficients', () => {
    const values = new Uint8Array(11 * 3);
    // Rows 4 and 5 are those of sample 0, 9 and 10 those of sample 1; row 3, 6 and 8 those of nobody.
    for (const [row, line] of [[3, 0], [4, 0], [5, 0], [5, 1], [6, 2], [8, 2], [9, 2], [10, 2], [10, 1]] as const) values[row * 3 + line] = 1; // prettier-ignore
    const output = { nRows: 11, nOutputs: 3, values };
    expect([...decodeScores(decoding, output, 'out')]).toEqual([10 + 2 * 2 - 1, 20, 10 - 1, 20 + 2 * 3]);
    expect(told(() => decodeScores(decoding, { ...output, nRows: 10 }, 'out'))).toEqual([
      'wrong-output out: 10 rows, 2 samples need 11',
    ]);
    expect(told(() => decodeScores(decoding, { ...output, nOutputs: 4 }, 'out'))).toEqual([
      'wrong-output out: 4 outputs per row, the network has 3',
    ]);
  });

  it('comes back from its file, with steps where there are some', () => {
    const steps = [{ kind: 'add', by: Float64Array.of(1, 2) } as const];
    const stepped = rancDecoding({ ...program, outputs: { ...program.outputs, steps } }, data, [1, 2, 3, 4]);
    for (const one of [decoding, stepped]) expect(readRancDecoding(JSON.stringify(one), 'd')).toEqual(one);
    expect(rancReadout(stepped)).toEqual({ steps, scale: Float64Array.of(0.5, 1), offset: Float64Array.of(0, 1) });
    expect(rancReadout(decoding)).not.toHaveProperty('steps');
  });

  it('is refused where lengths or classes contradict each other, all at once', () => {
    const read = (more: object): readonly string[] =>
      told(() => readRancDecoding(JSON.stringify({ ...decoding, ...more }), 'd'));
    expect(
      read({
        lineCoefficient: [1],
        constant: [1],
        scale: [],
        offset: [1, 2, 3],
        labels: [1],
        expectedScores: [[1, 2]],
      }),
    ).toEqual([
      'wrong-length d: lineCoefficient: 1, expected 3',
      'wrong-length d: constant: 1, expected 2',
      'wrong-length d: scale: 0, expected 2',
      'wrong-length d: offset: 3, expected 2',
      'wrong-length d: labels: 1, expected 2',
      'wrong-length d: expectedScores: 1, expected 2',
    ]);
    expect(read({ steps: [{ kind: 'add', by: [1] }] })).toEqual(['wrong-length d: steps.0.by: 1, expected 2']);
    expect(read({ ticks: 12 })).toEqual(['wrong-length d: ticks: 12, expected 11']);
    expect(read({ expectedScores: [[1, 2], [3]] })).toEqual(['wrong-length d: expectedScores.1: 1, expected 2']);
    expect(read({ lineClass: [0, 1, 1] })).toEqual([]);
    expect(read({ lineClass: [0, 2, 1] })).toEqual(['bad-value d: lineClass: names a class that does not exist']);
  });

  it.each([
    ['nClasses', 0],
    ['nClasses', 65_537],
    ['period', -1],
    ['period', 2 ** 31],
    ['rows', 0.5],
    ['constant', [2 ** 31, 0]],
    ['constant', [-(2 ** 31) - 1, 0]],
    ['labels', [-1, 0]],
    ['network', 'x'.repeat(401)],
    ['kind', 'other'],
  ])('has no %s of %j', (key, value) => {
    expect(told(() => readRancDecoding(JSON.stringify({ ...decoding, [key]: value }), 'd'))[0]).toMatch(
      new RegExp(`^bad-value d: ${key}`),
    );
  });

  it('may have numbers up to both ends', () => {
    const read = (more: object) => told(() => readRancDecoding(JSON.stringify({ ...decoding, ...more }), 'd'));
    expect(read({ constant: [2 ** 31 - 1, -(2 ** 31)], network: 'x'.repeat(400) })).toEqual([]);
    const one = { nSamples: 1, period: 2 ** 31 - 1, labels: [1], expectedScores: [[1, 2]], ticks: 6 };
    expect(read(one)).toEqual([]);
  });
});

describe('a model that is printed', () => {
  /** Two cores of 40 neurons and 40 axons with random numbers in every array. */
  function randomModel(seed: number): RancModel {
    const spec = {
      neuronsPerCore: 40,
      axonsPerCore: 40,
      gridWidth: 3,
      gridHeight: 2,
      nWeights: 3,
      maxTickOffset: 7,
      resetType: 1,
    };
    const random = sequence(seed, PURPOSE.test);
    const cores = silentCores(2, spec);
    cores.x.set([0, 2]);
    cores.y.set([1, 0]);
    [40, 33].forEach((listed, c) => {
      cores.listedNeurons[c] = listed;
      for (let a = 0; a < 30; a++) {
        cores.axonType[c * 40 + a] = random.below(3);
        for (let j = 0; j < listed; j++)
          if (random.below(3) === 0) cores.synapses[(c * 40 + a) * 2 + (j >> 5)]! |= 1 << (j & 31);
      }
      for (let j = 0; j < listed; j++) {
        const n = c * 40 + j;
        for (let w = 0; w < 3; w++) cores.weights[n * 3 + w] = random.below(9) - 4;
        for (const key of [
          'leak',
          'positiveThreshold',
          'negativeThreshold',
          'resetPotential',
          'initialPotential',
        ] as const)
          cores[key][n] = random.below(100) - 50;
        cores.resetMode[n] = random.below(2);
        cores.dx[n] = random.below(3) - cores.x[c]!;
        cores.dy[n] = random.below(2) - cores.y[c]!;
        cores.targetAxon[n] = random.below(40);
        cores.tickOffset[n] = random.below(7);
      }
    });
    const packets = {
      tickStart: Int32Array.of(0, 2, 2, 3),
      x: Int32Array.of(0, 2, 1),
      y: Int32Array.of(1, 0, 1),
      axon: Int32Array.of(39, 0, 7),
      tickOffset: Int32Array.of(6, 0, 1),
    };
    return { spec, cores, outputBus: { x: 1, y: 1, nOutputs: 40 }, packets };
  }
  const copyOf = (model: RancModel) =>
    readRancModel({ text: printRancInput(model), place: 'i' }, { text: printRancConfig(model.spec), place: 'c' });

  it('is the same when it is read, every number of it', () => {
    for (const seed of [1, 2, 3]) {
      const model = randomModel(seed);
      expect(copyOf(model)).toEqual({ model, warnings: [] });
    }
  });

  it('has a line per tick and core, without what nobody uses', () => {
    const model = randomModel(4);
    const lines = printRancInput(model).split('\n');
    expect(lines).toHaveLength(1 + 3 + 2 + 2 + 2);
    expect(lines[2]).toBe('[],');
    const core: { axons: unknown[]; connections: unknown[][] } = JSON.parse(lines[6]!.replace(/,$/, ''));
    expect([core.axons.length <= 30, core.connections.length, core.connections[0]?.length]).toEqual([
      true,
      40,
      core.axons.length,
    ]);
    // The last axon that is printed is used.
    const last = core.axons.length - 1;
    expect(core.axons[last] !== 0 || core.connections.some((row) => row[last] === 1)).toBe(true);
  });

  it('may have no packets and no cores', () => {
    const { spec, outputBus } = randomModel(5);
    const empty = {
      tickStart: Int32Array.of(0),
      x: new Int32Array(0),
      y: new Int32Array(0),
      axon: new Int32Array(0),
      tickOffset: new Int32Array(0),
    };
    const model = { spec, outputBus, packets: empty, cores: silentCores(0, spec) };
    expect(copyOf(model).model).toEqual(model);
  });
});

describe('rows of an output', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it('are written one per tick, the mark first', () => {
    const output = { nRows: 3, nOutputs: 2, values: Uint8Array.of(1, 0, 0, 1, 1, 1) };
    const file = encodeRancOutput(output);
    expect([...file.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder().decode(file)).toBe('1 0 \n0 1 \n1 1 \n');
    expect(decodeRancOutput(file, 'x')).toEqual(output);
  });

  it('at the end may be empty, between others not', () => {
    expect(decodeRancOutput(bytes('1 0\n0 1\n\n\n'), 'x').nRows).toBe(2);
    expect(told(() => decodeRancOutput(bytes('1 0\n\n0 1\n'), 'x'))).toEqual([
      'bad-output-row x line 2: 0 outputs, the first row has 2',
    ]);
    expect(told(() => decodeRancOutput(bytes(''), 'x'))).toEqual(['no-output-rows x: the file holds no row']);
    expect(told(() => decodeRancOutput(bytes('1 0\nx\n'), 'x'))).toEqual([
      'bad-output-row x line 2: byte 120 is neither 0, 1 nor a space',
    ]);
    expect(told(() => decodeRancOutput(bytes('1 0\nx'), 'x'))).toHaveLength(1);
  });

  it('that are none are listed, twenty at most, each with its first wrong byte', () => {
    const many = (n: number): readonly string[] => told(() => decodeRancOutput(bytes(`1\n${'2 /\n'.repeat(n)}`), 'x'));
    expect(many(1)).toEqual(['bad-output-row x line 2: byte 50 is neither 0, 1 nor a space']);
    expect([many(20).length, many(25).length]).toEqual([20, 20]);
  });
});
