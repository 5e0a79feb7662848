import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { optionFlag } from '../../../src/common/option-flag.js';
import {
  DATA_OPTIONS,
  type ForeignFile,
  IMPORT_OPTIONS,
  type ImportOptions,
} from '../../../src/compiler/frontends/frontend.js';
import { openNetwork } from '../../../src/compiler/frontends/open-network.js';
import { FRONTENDS } from '../../../src/compiler/frontends/registry.js';
import { IMPORT_KEYS } from '../../../src/data/model-file.js';
import { asFolder, madeNetwork } from '../../support/bnn-pynq.js';
import { kerasH5, sequential, type TestLayer } from '../../support/keras-files.js';
import { nirFile } from '../../support/nir-files.js';
import { madeModel } from '../../support/onnx-writer.js';
import { smallNetwork } from '../../support/tflite-models.js';
import { writeTflite } from '../../support/write-tflite.js';

const inMemory = (bytes: Uint8Array): ForeignFile => ({
  bytes,
  place: 'net',
  beside: () => Promise.resolve(undefined),
});

/** Options about data are read with every format. */
const FORMAT_OPTIONS = IMPORT_OPTIONS.filter((name) => !DATA_OPTIONS.some((option) => option === name));

const EVERY: Required<Omit<ImportOptions, (typeof DATA_OPTIONS)[number]>> = {
  inputRange: [0, 1],
  inputMean: [0],
  inputStd: [1],
  inputShape: [1],
  inputLayout: 'channels-last',
  inputName: 'x',
  outputName: 'y',
  weights: inMemory(new Uint8Array(1)),
  neuronReset: 'value',
  timeStep: 1,
};

const LAYERS: readonly TestLayer[] = [{ class_name: 'Flatten', config: { name: 'flat' } }];
const MODEL = sequential([2, 2, 1], LAYERS);
const text = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));
const VECTOR = [{ name: 'x', dims: [1, 4] }];
const relu = madeModel({
  nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
  inputs: VECTOR,
  outputs: [{ name: 'y', dims: [1, 4] }],
});

/** The options that a file is refused for, with nothing else said. */
async function refused(file: ForeignFile, options: ImportOptions = EVERY): Promise<readonly string[]> {
  const error: unknown = await openNetwork(file, options).catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) return [];
  expect(error.diagnostics.every(({ code, message }) => code === 'unread-option' && message.length > 10)).toBe(true);
  return error.diagnostics.map(({ place }) => place.split(': ').at(-1) ?? '');
}

describe('options of imports', () => {
  const made = madeNetwork([{ nIn: 832, nOut: 8, simd: 64, pe: 8 }], { seed: 1, nClasses: 5, lastThresholds: true });
  const ours = readFileSync('examples/models/mnist-5core.lsn');
  it.each<readonly [string, () => Promise<ForeignFile> | ForeignFile, readonly string[]]>([
    ['a file of ours', () => inMemory(ours), FORMAT_OPTIONS.map(optionFlag)],
    ['BNN-PYNQ', () => asFolder(made.files), FORMAT_OPTIONS.map(optionFlag)],
    [
      'a Keras model',
      async () => inMemory(await kerasH5(MODEL, LAYERS)),
      ['--input-layout', '--weights', '--time-step', '--neuron-reset'],
    ],
    ['an architecture alone', () => inMemory(text(MODEL)), ['--input-layout', '--time-step', '--neuron-reset']],
    [
      'a tfjs model',
      () => inMemory(text({ modelTopology: MODEL, weightsManifest: [] })),
      ['--input-layout', '--weights', '--time-step', '--neuron-reset'],
    ],
    ['NIR', () => nirFile({ nodes: { a: ['Input'], b: ['Output'] }, edges: ['a b'] }), ['--input-layout', '--weights']],
    ['ONNX', () => inMemory(relu), ['--weights', '--time-step', '--neuron-reset']],
    [
      'TensorFlow Lite',
      () => inMemory(writeTflite(smallNetwork())),
      ['--input-layout', '--weights', '--time-step', '--neuron-reset'],
    ],
  ])(
    'of %s are refused where it does not read them, one finding each, before it is read',
    async (_, make, expected) => {
      expect(await refused(await make())).toEqual(expected);
    },
  );

  it('are, in every format, options that there are', () => {
    for (const { name, reads } of FRONTENDS) {
      const read = reads(new Uint8Array(0));
      expect(new Set(read).size, name).toBe(read.length);
      expect(IMPORT_OPTIONS, name).toEqual(expect.arrayContaining([...read]));
    }
    expect(Object.keys(EVERY).toSorted()).toEqual([...FORMAT_OPTIONS].toSorted());
  });

  it('are the same in files that name models', () => {
    expect([...IMPORT_KEYS].toSorted()).toEqual([...IMPORT_OPTIONS].toSorted());
  });

  it('say what the numbers of data are, with every format, ours too, and only together with their range', async () => {
    const options = { dataRange: [-1, 3], dataOutside: 'clip', dataLayout: 'channels-first' } as const;
    for (const file of [inMemory(ours), asFolder(made.files)]) {
      const { graph } = await openNetwork(file, options);
      expect(graph.preprocessing).toEqual([
        { kind: 'reals', low: -1, high: 3, outside: 'clip', layout: 'channels-first' },
      ]);
      await expect(openNetwork(file, { dataOutside: 'clip' })).rejects.toThrow(
        /missing-data-range.*--data-outside[^]*--data-range/,
      );
    }
  });

  it('are refused in ONNX where its input has no channels to order, or needs more to be said', async () => {
    expect(await refused(inMemory(relu), { inputRange: [0, 1], inputLayout: 'channels-last' })).toEqual([
      '--input-layout',
    ]);
    const quantised = madeModel({
      nodes: [
        { op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['q'] },
        { op: 'DequantizeLinear', inputs: ['q', 's', 'z'], outputs: ['y'] },
      ],
      inputs: VECTOR,
      outputs: [{ name: 'y', dims: [1, 4] }],
      initialisers: { s: { dims: [], type: 1, values: [0.5] }, z: { dims: [], type: 2, values: [3] } },
    });
    const silent = await openNetwork(inMemory(quantised));
    expect(silent.graph.nodes[1]).toMatchObject({ code: { zeroPoint: 3, step: 0.5 } });
    await expect(openNetwork(inMemory(quantised), { inputMean: [1] })).rejects.toThrow(/--input-range/);
  });
});
