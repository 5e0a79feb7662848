import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { readQuantizeOptions } from '../../src/cli/commands/quantize-options.js';
import { UserError } from '../../src/common/diagnostics.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const FLOAT = modelPath('mnist-resnet-float');
const LAYERS = ['conv1', 'block1/conv1', 'fc'];
const TEXTS = { bits: '8', method: 'mse', search: false };

const codesOf = (action: () => unknown): readonly string[] => {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code, place }) => `${code} ${place}`);
    throw error;
  }
  return [];
};

describe('the options of quantize', () => {
  it('give weights and inputs the same bits unless both are written', () => {
    const request = readQuantizeOptions({ ...TEXTS, bits: '4/8', layerBits: 'conv1=2, fc=8/4' }, LAYERS);
    expect(request.bits).toEqual({ weights: 4, inputs: 8 });
    expect([...request.layerBits]).toEqual([
      ['conv1', { weights: 2, inputs: 2 }],
      ['fc', { weights: 8, inputs: 4 }],
    ]);
    expect(readQuantizeOptions({ ...TEXTS, search: true, budget: '0.25%' }, LAYERS).budget).toBeCloseTo(0.0025, 12);
    const percentile = readQuantizeOptions({ ...TEXTS, method: 'percentile', percentile: '99' }, LAYERS).method;
    expect(percentile).toEqual({ kind: 'percentile', percent: 99 });
  });

  it('are refused with every problem at once', () => {
    const texts = {
      bits: '9',
      layerBits: 'fc=4,fc=4,conv2=1',
      method: 'mse',
      percentile: '20',
      budget: '3',
      search: false,
    };
    expect(codesOf(() => readQuantizeOptions(texts, LAYERS))).toEqual([
      'bad-bits --bits 9',
      'duplicate-layer --layer-bits fc=4',
      'unknown-layer --layer-bits conv2=1',
      'unused-option --percentile',
      'unused-option --budget',
      'bad-percentile --percentile',
      'bad-budget --budget',
    ]);
    const both = { ...TEXTS, search: true, layerBits: 'fc=4' };
    expect(codesOf(() => readQuantizeOptions(both, LAYERS))).toEqual(['layer-bits-with-search --layer-bits']);
  });
});

describe('lodestone quantize', () => {
  it('writes a network of the asked widths and prints both accuracies', async () => {
    const output = folder.at('q.lsn');
    const args = ['--bits', '8', '--layer-bits', 'block1/conv2=4/4', '--images', '50', '--limit', '50'];
    const { code, out } = await cli(['quantize', FLOAT, ...args, '-o', output]);
    expect(code).toBe(0);
    expect(out).toMatch(/block1\/conv2 +4 +4 +254,016/);
    expect(out).toMatch(/conv1 +8 +8 +78,400/);
    expect(out).toMatch(/mnist-resnet-float: \d+\.\d\d % -> \d+\.\d\d % of 50 test images/);
    const network = decodeNetwork(new Uint8Array(readFileSync(output)), output);
    const widths = network.nodes.flatMap((node) => (node.kind === 'conv2d' ? [[node.id, node.weightBits]] : []));
    expect(widths).toContainEqual(['block1/conv2', 4]);
    expect(widths).toContainEqual(['conv1', 8]);
  });

  it('searches within the budget', async () => {
    const args = ['--search', '--budget', '5%', '--search-images', '20', '--images', '20', '--limit', '20', '--json'];
    const { code, out } = await cli(['quantize', FLOAT, ...args, '-o', folder.at('s.lsn')]);
    expect(code).toBe(0);
    const { search, layers } = JSON.parse(out);
    expect(search.table).toHaveLength(24);
    const lowered = new Map(layers.map(({ id }: { id: string }) => [id, 8]));
    for (const { layer, to, kept, quality } of search.steps) {
      expect(quality.accuracy >= search.floor).toBe(kept);
      if (kept) lowered.set(layer, to);
    }
    expect(layers.map(({ id, weights }: { id: string; weights: number }) => [id, weights])).toEqual([...lowered]);
  });

  it('refuses a network that is quantised already, and writes nothing', async () => {
    const output = folder.at('twice.lsn');
    const { code, err } = await cli(['quantize', modelPath('mnist-conv'), '-o', output]);
    expect(code).toBe(1);
    expect(err).toContain('error[already-quantised]');
    expect(folder.list()).not.toContain('twice.lsn');
  });

  it('refuses more images than there are', async () => {
    const { code, err } = await cli(['quantize', FLOAT, '--images', '70000', '-o', folder.at('many.lsn')]);
    expect(code).toBe(1);
    expect(err).toContain('error[bad-images]');
  });
});
