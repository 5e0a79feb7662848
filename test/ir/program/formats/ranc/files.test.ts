import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { runRanc } from '../../../../../src/hw-models/ranc/run.js';
import {
  decodeRancOutput,
  encodeRancOutput,
  firstDifference,
} from '../../../../../src/ir/program/formats/ranc/output.js';
import { printRancConfig, printRancInput } from '../../../../../src/ir/program/formats/ranc/print.js';
import { readRancModel } from '../../../../../src/ir/program/formats/ranc/read.js';
import { CONFIG, inputJson, neuronJson, packetJson, readModel } from '../../../../support/ranc-models.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Codes and places of what is wrong with the files. */
function findings(input: unknown, config: unknown = CONFIG): readonly string[] {
  try {
    readModel(input, config);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ code, place, message }) => `${code} ${place}: ${message}`);
  }
}

describe('input.json and config.json', () => {
  test('read back as the same model', () => {
    const neurons = [{ weights: [3, -2], leak: -1, reset_mode: 1, current_potential: 7 }, { destination_axon: 7 }];
    const model = readModel(inputJson(neurons, [[packetJson(0, 1, 2)], [], [packetJson(2, 0), packetJson(1, 3)]]));
    const copy = readRancModel(
      { text: printRancInput(model), place: 'input.json' },
      { text: printRancConfig(model.spec), place: 'config.json' },
    );
    expect(copy).toEqual({ model, warnings: [] });
  });

  test("may hold RANC's verbosity keys and nothing else unknown, with the nearest name", () => {
    const input = inputJson([{}]);
    expect(findings(input, { ...CONFIG, neuron_block_trace_verbosity: 2, trace_verbosity: 0 })).toEqual([]);
    expect(findings({ ...input, packet: [] }, { ...CONFIG, num_neuron: 3 })).toEqual([
      'unknown-key config.json: unknown key "num_neuron" (did you mean "num_neurons"?)',
      'unknown-key input.json: unknown key "packet" (did you mean "packets"?)',
    ]);
  });

  test('are checked against each other, every range at once', () => {
    const input = inputJson([
      { destination_core_offset: [3, 0] },
      { destination_axon: 8 },
      { weights: [1, 2, 3, 4, 5] },
    ]);
    const packets = [[packetJson(0, 8), packetJson(3, 0), packetJson(0, 0, 4)]];
    expect(findings({ ...input, packets })).toEqual([
      'out-of-range input.json: packets.0.0.destination_axon: axon 8 is not in 0..7',
      'out-of-range input.json: packets.0.1.destination_core: x 3 is not in 0..2',
      'out-of-range input.json: packets.0.2.destination_tick: offset 4 is not in 0..3',
      'out-of-range input.json: cores.0.neurons.0.destination_core_offset: x 3 is not in 0..2',
      'out-of-range input.json: cores.0.neurons.1.destination_axon: axon 8 is not in 0..7',
      'out-of-range input.json: cores.0.neurons.2.weights: length 5 is not in 0..4',
    ]);
  });

  test('need every key of a neuron, whole numbers, bits and as many rows of connections as neurons', () => {
    const incomplete = { ...neuronJson(), leak: undefined };
    const core = { coordinates: [0, 0], axons: [], neurons: [incomplete], connections: [[0, 2]] };
    const found = findings({ ...inputJson([]), cores: [core] });
    expect(found.map((line) => line.split(':')[1])).toEqual([' cores.0.neurons.0.leak', ' cores.0.connections.0']);
    const short = { ...core, neurons: [neuronJson({ reset_potential: 1 })], connections: [] };
    expect(findings({ ...inputJson([]), cores: [short] })).toEqual([
      'out-of-range input.json: cores.0.connections: length 0 is not in 1..8',
    ]);
    expect(findings(inputJson([{ leak: 0.5 }]))).toHaveLength(1);
    expect(findings(inputJson([{ reset_mode: 2 }]))).toHaveLength(1);
  });

  test('list no more than fifty findings and count the rest', () => {
    const found = findings(inputJson([], [Array.from({ length: 80 }, () => packetJson(0, 9))]));
    expect(found).toHaveLength(51);
    expect(found.at(-1)).toContain('30 more findings');
  });

  test('of a model that would fill the memory are refused before it is built', () => {
    const huge = { ...CONFIG, num_neurons: 65_536, num_axons: 65_536, num_weights: 65_536 };
    expect(findings(inputJson([{}]), huge)).toEqual([expect.stringContaining('model-too-large')]);
  });

  test('that are no JSON are refused with their name', () => {
    const read = () => readRancModel({ text: '{', place: 'a.json' }, { text: JSON.stringify(CONFIG), place: 'b.json' });
    expect(read).toThrow(/bad-json\] a\.json/);
  });

  test('may place two cores or a core and the bus together: what would be replaced is left out with a warning', () => {
    const [core] = inputJson([{}]).cores;
    const [last] = inputJson([{ leak: 5 }]).cores;
    const input = { ...inputJson([]), cores: [core, last, { ...inputJson([]).cores[0], coordinates: [2, 0] }] };
    const { model, warnings } = readRancModel(
      { text: JSON.stringify(input), place: 'input.json' },
      { text: JSON.stringify(CONFIG), place: 'config.json' },
    );
    expect(warnings.map(({ code }) => code)).toEqual(['core-replaced', 'core-replaced']);
    expect(model.cores.nCores).toBe(1);
    expect(model.cores.leak[0]).toBe(5);
  });
});

/** The value with the node at `path` (one child index per level, modulo the number of children) replaced. */
function replaced(value: unknown, path: readonly number[], junk: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null || Object.keys(value).length === 0) return junk;
  const index = step % Object.keys(value).length;
  const entries = Object.entries(value).map(([key, child], i): [string, unknown] => [
    key,
    i === index ? replaced(child, rest, junk) : child,
  ]);
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

test('damaged files give findings or a model that runs, never an internal error', () => {
  const input = inputJson([{}, { leak: 1 }], [[packetJson(0, 0), packetJson(2, 1)], [packetJson(1, 1, 3)]]);
  const junk = fc.oneof(
    fc.constantFrom<unknown>(null, undefined, '', [], {}, true, -1, 0.5, 2 ** 31, -(2 ** 31), 1e300, 7, 2, 1, 0),
    fc.jsonValue(),
  );
  let refused = 0;
  const damage = (inConfig: boolean, path: readonly number[], value: unknown): void => {
    const damaged = inConfig ? input : replaced(input, path, value);
    const config = inConfig ? replaced(CONFIG, path, value) : CONFIG;
    if (JSON.stringify(damaged) === undefined || JSON.stringify(config) === undefined) return;
    const found = findings(damaged, config);
    if (found.length > 0) refused++;
    else runRanc(readModel(damaged, config), { ticks: 5 });
  };
  const path = fc.array(fc.nat(20), { maxLength: 6 });
  fc.assert(fc.property(fc.boolean(), path, junk, damage), { numRuns: 400 });
  expect(refused).toBeGreaterThan(0);
});

describe('output', () => {
  const output = { nRows: 2, nOutputs: 3, values: Uint8Array.of(0, 1, 0, 1, 1, 1) };

  test('is written as RANC writes it: byte order mark, a space after each value, one row per line', () => {
    expect(Buffer.from(encodeRancOutput(output)).toString('latin1')).toBe('\xef\xbb\xbf0 1 0 \n1 1 1 \n');
    expect(decodeRancOutput(encodeRancOutput(output), 'x')).toEqual(output);
  });

  test('is read with or without mark, carriage returns and a last line feed', () => {
    expect(decodeRancOutput(bytes('0 1 0\r\n1 1 1'), 'x')).toEqual(output);
  });

  test('is refused with the lines that are no rows', () => {
    expect(() => decodeRancOutput(bytes('0 1 0\n1 1\n0 2 0\n'), 'x')).toThrow(
      /x line 2: 2 outputs[^]*x line 3: byte 50/,
    );
    expect(() => decodeRancOutput(bytes('\n'), 'x')).toThrow(/no row/);
  });

  test('differs first in a row and column, also where one of two is longer', () => {
    expect(firstDifference(output, output)).toBeUndefined();
    const other = { ...output, values: Uint8Array.of(0, 1, 0, 1, 0, 0) };
    expect(firstDifference(output, other)).toEqual({ row: 1, column: 1, expected: 0, actual: 1 });
    const shorter = { nRows: 1, nOutputs: 3, values: Uint8Array.of(0, 1, 0) };
    expect(firstDifference(output, shorter)).toEqual({ row: 1, column: 0, expected: undefined, actual: 1 });
    expect(firstDifference(shorter, output)).toEqual({ row: 1, column: 0, expected: 1, actual: undefined });
  });
});
