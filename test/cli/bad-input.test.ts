import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeContainer } from '../../src/common/container.js';
import { encodeNetwork } from '../../src/ir/network/file.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { cli, modelPath, type Outcome, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const model = modelPath('mnist-5core');

/** A small float network on images of `side` x `side` pixels; `gamma` of its batch norm. */
function tinyNetwork(side: number, gamma: number): NetworkGraph {
  const nOut = 10;
  const filled = (value: number): Float64Array => new Float64Array(nOut).fill(value);
  return {
    name: 'tiny',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [side, side, 1] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'threshold', level: 128 } },
      { kind: 'flatten', id: 'flat', input: 'code' },
      { kind: 'dense', id: 'sum', input: 'flat', nOut, weights: new Int8Array(nOut * side * side).fill(1) },
      {
        kind: 'batchNorm',
        id: 'norm',
        input: 'sum',
        gamma: filled(gamma),
        beta: filled(0),
        mean: filled(5),
        variance: filled(1),
        epsilon: 0.001,
      },
      { kind: 'step', id: 'fire', input: 'norm' },
      { kind: 'votes', id: 'votes', input: 'fire', nClasses: 10 },
    ],
  };
}

/** Bytes of a good program file, changed at one place. */
function damaged(name: string, change: (bytes: Uint8Array) => Uint8Array): string {
  const path = folder.at(name);
  writeFileSync(path, change(new Uint8Array(readFileSync(folder.at('good.prog')))));
  return path;
}

const errorsOf = z.strictObject({
  kind: z.literal('lodestone-error'),
  version: z.literal(1),
  errors: z
    .array(
      z.strictObject({
        code: z.string().min(1),
        severity: z.enum(['error', 'warning']),
        place: z.string().min(1),
        message: z.string().min(1),
        remedy: z.string().min(1),
      }),
    )
    .min(1),
});

/** The command fails with exit code 1, names code and place, gives a remedy, and shows no stack trace. */
async function refuses(args: readonly string[], code: string, place: string | RegExp): Promise<void> {
  const before = folder.list();
  const asText = await cli(args);
  expect(asText.code, asText.err).toBe(1);
  expect(asText.out).toBe('');
  expect(asText.err).toContain(`error[${code}]`);
  expect(asText.err).toMatch(place);
  expect(asText.err).toContain('remedy: ');
  expect(asText.err).not.toMatch(/^\s+at /m);
  const asJson = await cli([...args, '--json']);
  expect(asJson.code).toBe(1);
  expect(asJson.err).toBe('');
  const { errors } = errorsOf.parse(JSON.parse(asJson.out));
  expect(errors.map((error) => error.code)).toContain(code);
  expect(folder.list()).toEqual(before);
}

beforeAll(async () => {
  const outcome: Outcome = await cli(['compile', model, '--chip', 'truenorth', '-o', folder.at('good.prog')]);
  expect(outcome.code, outcome.err).toBe(0);
});

describe('bad models', () => {
  it('a missing file', () => refuses(['inspect', folder.at('none.lsn')], 'file-missing', /none\.lsn/));

  it('a truncated file', async () => {
    const bytes = readFileSync(model);
    writeFileSync(folder.at('short.lsn'), bytes.subarray(0, bytes.length - 100));
    await refuses(['inspect', folder.at('short.lsn')], 'file-truncated', /short\.lsn/);
    writeFileSync(folder.at('stub.lsn'), bytes.subarray(0, 20));
    await refuses(['compile', folder.at('stub.lsn'), '-o', folder.at('x')], 'file-truncated', /stub\.lsn/);
  });

  it('a file of another kind', async () => {
    writeFileSync(folder.at('text.lsn'), 'not a model at all, but long enough to have a header');
    await refuses(['inspect', folder.at('text.lsn')], 'not-a-lodestone-file', /text\.lsn/);
    await refuses(['inspect', folder.at('good.prog')], 'wrong-file-kind', /good\.prog/);
  });

  it('an unsupported layer', async () => {
    const { nodes, ...rest } = tinyNetwork(28, 1);
    const changed = nodes.map((node) => (node.kind === 'step' ? { ...node, kind: 'softmax' } : node));
    writeFileSync(folder.at('layer.lsn'), encodeContainer('network', { ...rest, nodes: changed }));
    await refuses(['compile', folder.at('layer.lsn')], 'unknown-kind', /layer\.lsn: layer ".*" \(softmax\).*"softmax"/);
  });

  it('NaN weights', async () => {
    writeFileSync(folder.at('nan.lsn'), encodeNetwork(tinyNetwork(28, Number.NaN)));
    await refuses(['compile', folder.at('nan.lsn')], 'bad-value', /nan\.lsn: layer "norm" \(batchNorm\): gamma.*NaN/);
  });

  it('weights that do not fit the shape of their input', async () => {
    const graph = tinyNetwork(28, 1);
    const nodes = graph.nodes.map((node) => (node.kind === 'dense' ? { ...node, weights: new Int8Array(30) } : node));
    writeFileSync(folder.at('shape.lsn'), encodeNetwork({ ...graph, nodes }));
    const outcome = await cli(['inspect', folder.at('shape.lsn')]);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toMatch(/^error\[[\w-]+\] .*sum/);
  });

  it('an input that does not fit the data set', async () => {
    writeFileSync(folder.at('small.lsn'), encodeNetwork(tinyNetwork(14, 1)));
    const outcome = await cli(['run', folder.at('small.lsn'), '--data', 'mnist', '--limit', '10']);
    expect(outcome.code, outcome.err).toBe(1);
    expect(outcome.err).toMatch(/^error\[[\w-]+\] .*mnist.*\[28, 28, 1\].*\[14, 14, 1\]\n *remedy: /);
    expect(outcome.out).toBe('');
  });
});

describe('bad programs', () => {
  it('another version', async () => {
    const path = damaged('version.prog', (bytes) => bytes.with(8, 99));
    await refuses(['run', path, '--data', 'mnist', '--limit', '1'], 'file-version', /version\.prog/);
  });

  it('a flipped byte, wherever it is', async () => {
    const { length } = readFileSync(folder.at('good.prog'));
    for (const at of [25, 60, Math.floor(length / 2), length - 1]) {
      const path = damaged('flipped.prog', (bytes) => bytes.with(at, bytes[at]! ^ 1));
      await refuses(['run', path, '--limit', '1'], 'file-checksum', /flipped\.prog/);
    }
  });

  it('a truncated file', async () => {
    const path = damaged('short.prog', (bytes) => bytes.subarray(0, bytes.length - 1));
    await refuses(['run', path, '--limit', '1'], 'file-truncated', /short\.prog/);
  });
});

describe('bad options', () => {
  it('a chip too small for the network', async () => {
    const outcome = await cli(['compile', model, '--grid', '2x2', '-o', folder.at('tiny.prog')]);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toMatch(/error\[[\w-]+\][^]*5[^]*4[^]*remedy: /);
    expect(folder.list()).not.toContain('tiny.prog');
  });

  it('no samples', () => refuses(['run', folder.at('good.prog'), '--limit', '0'], 'no-samples', /--limit 0/));

  it('an unknown noise', () =>
    refuses(
      ['run', folder.at('good.prog'), '--noise', 'brr=0.1'],
      'unknown-noise',
      /--noise brr=0\.1.*did you mean "ber"/,
    ));

  it('an unknown data set', () =>
    refuses(['run', folder.at('good.prog'), '--data', 'mnits'], 'unknown-dataset', /mnits.*did you mean "mnist"/));

  it('an unknown chip', () =>
    refuses(['compile', model, '--chip', 'truenroth'], 'unknown-chip', /--chip truenroth.*did you mean "truenorth"/));

  it('an output that cannot be written, before the work begins', async () => {
    const place = folder.at('no/such/folder/file');
    await refuses(['compile', model, '-o', place], 'unwritable-output', /no\/such\/folder/);
    await refuses(['run', folder.at('good.prog'), '-o', place], 'unwritable-output', /no\/such\/folder/);
    await refuses(['train', recipe, '-o', place], 'unwritable-output', /no\/such\/folder/);
    await refuses(['report', folder.at('good.json'), '-o', place], 'unwritable-output', /no\/such\/folder/);
    const sweep = ['sweep', model, '--distortion', 'ber', '--levels', '0', '-o', place];
    await refuses(sweep, 'unwritable-output', /no\/such\/folder/);
  });

  it('a broken recipe', async () => {
    writeFileSync(folder.at('bad.yaml'), readFileSync(recipe, 'utf8').replace('epochs:', 'epohcs:'));
    await refuses(['train', folder.at('bad.yaml'), '-o', folder.at('m.lsn')], 'unknown-key', /did you mean "epochs"/);
  });

  it('a result file that is none', async () => {
    writeFileSync(folder.at('bad.json'), '{"kind": "lodestone-res');
    await refuses(['report', folder.at('bad.json'), '-o', folder.at('r.html')], 'not-json', /bad\.json/);
  });
});

const recipe = modelPath('mnist-5core').replace(/\.lsn$/, '.yaml');
