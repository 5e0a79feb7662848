import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { UserError } from '../../src/common/diagnostics.js';
import { FAULT_NAMES } from '../../src/ir/faults/catalogue.js';
import { metricOf, secondsOf } from '../../src/ir/trace/measures.js';
import { otherSamples, pairedAccuracy } from '../../src/report/diff/paired-accuracy.js';
import { readResultFile } from '../../src/report/result-file.js';

const read = async (value: unknown) =>
  readResultFile(JSON.stringify(value), 'old.json', async () =>
    Promise.resolve(CHIPS.flatMap(({ olderResults }) => (olderResults === undefined ? [] : [olderResults]))),
  );

const quantity = (value: number, unit: string) => ({ value, unit, source: 'a table', status: 'calibrated' });
const common = {
  kind: 'run-result',
  name: 'net',
  data: 'mnist',
  samples: 4,
  correct: 3,
  accuracy: 0.75,
  accuracyInterval: [0.3, 0.95],
  accuracyInteger: 0.75,
  mismatches: 0,
  seconds: 0.5,
  samplesPerSecond: 8,
  workers: 2,
  seed: 1,
  noise: Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])),
};
const neurons = {
  ...common,
  target: 'truenorth',
  chip: 'truenorth',
  engine: 'fast',
  cores: 2,
  ticksPerSample: 5,
  latencyTicks: 7,
  coreTicks: 40,
  spikes: 30,
  synapticOperations: 60,
  counters: { ticks: 20, coreTicks: 40, rows: 10_240, spikes: 30, inputSpikes: 8, synapticOperations: 60, hops: 12 },
  energyUj: {
    ...quantity(10, 'uJ'),
    parts: { leakage: 7, rows: 2, synapticOperations: 0.75, hops: 0.25 },
    voltage: 0.775,
    tickMs: 2,
  },
  coreSpikes: [10, 20],
  coreSynapticOperations: [60, 0],
};
const layer = { scheme: 'direct', fanIn: 9, nIn: 9, nOut: 2, cores: 2, partialCores: 0, splitterCores: 0, copies: 9 };
const neuronView = {
  kind: 'program-view',
  name: 'net',
  chip: 'truenorth',
  gridWidth: 64,
  gridHeight: 64,
  faultyCores: [],
  nClasses: 10,
  x: [5, 6],
  y: [4, 4],
  coreLayer: [0, 0],
  coreRole: ['layer', 'partial'],
  layers: [{ name: 'dense1', ...layer, window: 1, ticks: 1, axonUse: 0.5, neuronUse: 0.25, limitedBy: 'axons' }],
  periodTicks: 5,
  latencyTicks: 7,
};
const traffic = { bytes: 8, byteHops: 16 };
const matrices = {
  ...common,
  target: 'northpole',
  chip: 'northpole',
  engine: 'functional',
  batch: 2,
  cycles: 400,
  clockMhz: 400,
  framesPerSecond: 2e6,
  latencyUs: 1,
  utilisation: 0.1,
  cores: 52,
  counters: {
    frames: 2,
    cycles: 400,
    macs: { 8: 0, 4: 0, 2: 1000, 1: 0 },
    vmmCycles: { 8: 0, 4: 0, 2: 10, 1: 0 },
    memoryBytes: { activationRead: 1, weightRead: 2, dataRead: 3, dataWrite: 4 },
    networks: { model: traffic, partialSum: traffic, activation: traffic, instruction: traffic },
    vectorOperations: 20,
    packets: 3,
  },
  bytesMoved: { model: 4, partialSum: 4, activation: 4, instruction: 4, memory: 5 },
  energyUj: quantity(13, 'uJ'),
  energyParts: { 'static power': 12, networks: 1 },
  watts: quantity(44, 'W'),
};
const row = { kind: 'vmm', shape: [1, 1, 10], weightBits: 2, activationBits: 2, rows: 1, columns: 1, outGroups: 4 };
const bytes = { modelBytes: 0, partialSumBytes: 8, activationBytes: 8, instructionBytes: 0 };
const matrixView = {
  kind: 'northpole-view',
  name: 'net',
  chip: 'northpole',
  gridWidth: 16,
  gridHeight: 16,
  nClasses: 10,
  batch: 2,
  cycles: 400,
  clockMhz: 400,
  layers: [
    {
      name: 'dense1',
      ...row,
      cores: 52,
      inGroups: 13,
      macs: 500,
      cycles: 400,
      utilisation: 0.1,
      bound: 'latency',
      ...bytes,
    },
  ],
};
const file = {
  kind: 'lodestone-results',
  version: 3,
  results: [neurons, matrices],
  programs: [neuronView, matrixView],
  noise: [],
  commands: ['lodestone run net.lsn -o old.json'],
};

describe('result files of version 3', () => {
  it('read with all their numbers', async () => {
    const { version, results, programs, commands } = await read(file);
    expect([version, commands]).toEqual([4, file.commands]);
    const [first, second] = results;
    expect(first).toMatchObject({
      host: { seconds: 0.5, samplesPerSecond: 8, workers: 2 },
      cores: 2,
      energyUj: quantity(10, 'uJ'),
      accuracy: 0.75,
    });
    expect(first).not.toHaveProperty('seconds');
    expect(first!.energyParts.map(({ value, fixed }) => [value, fixed])).toEqual([
      [7, true],
      [2, false],
      [0.75, false],
      [0.25, false],
    ]);
    // Ticks of 2 ms.
    expect(secondsOf(first!.time)).toEqual({ perSample: 0.01, latency: 0.014 });
    expect(metricOf(first!, 'synapticOperations')).toBe(60);
    expect(first!.loads.map(({ values }) => values)).toEqual([
      [0.5, 1],
      [3, 0],
    ]);
    expect(second).toMatchObject({ watts: quantity(44, 'W'), time: { perSample: 200, latency: 400 } });
    expect(metricOf(second!, 'macs')).toBe(1000);
    expect(second!.energyParts.map(({ value, fixed }) => [value, fixed])).toEqual([
      [12, true],
      [1, false],
    ]);
    expect(programs.map(({ target, cores, layers }) => [target, cores, layers.rows.length])).toEqual([
      ['truenorth', 2, 1],
      ['northpole', 52, 1],
    ]);
    expect(programs[0]!.floorPlan).toMatchObject({ x: [5, 6], layer: [0, 0], role: [0, 1], layers: ['dense1'] });
  });

  it('compare with each other, without the pairs of samples, which they do not have', async () => {
    const { results } = await read({ ...file, results: [neurons, { ...neurons, name: 'other' }] });
    const [a, b] = results;
    expect(pairedAccuracy(a!, b!)).toBeUndefined();
    expect(otherSamples(a!, b!)).toBe('A and B do not say which samples are right');
    expect(otherSamples(a!, { ...b!, outcomes: 'Bw==' })).toBe('A does not say which samples are right');
  });

  it('are refused with every problem', async () => {
    const wrong = { ...file, results: [{ ...neurons, correct: 5 }, matrices] };
    await expect(read(wrong)).rejects.toThrow(/contradict each other/);
    const codes = await read({
      ...file,
      results: [{ ...neurons, counters: {} }],
      programs: [{ ...neuronView, gridWidth: 1e9 }],
    }).catch((error: unknown) => (error instanceof UserError ? error.diagnostics.map(({ place }) => place) : []));
    expect(codes).toEqual(['old.json: results.0', 'old.json: programs.0']);
    await expect(read({ ...file, version: 2 })).rejects.toThrow(/version 2.*versions 3 and 4/);
  });
});
