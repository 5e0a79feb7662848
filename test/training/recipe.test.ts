import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { parseRecipe } from '../../src/training/index.js';
import { buildModel } from '../../src/training/model.js';

const VALID = `
name: tiny
dataset: mnist
seed: 1
input: { kind: threshold, level: 128 }
layers:
  - { kind: flatten }
  - { kind: dense, outputs: 10 }
output: scores
training: { epochs: 1, learningRate: 0.003, logitScale: 0.1 }
`;

/** All findings of an action that must fail for the user. */
function findingsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`);
    throw error;
  }
  return [];
}

const findings = (text: string): readonly string[] => findingsOf(() => parseRecipe(text, 'r.yaml'));
const build = (text: string): unknown => buildModel(parseRecipe(text, 'r.yaml'), [28, 28, 1], 10);

describe('a recipe', () => {
  it('fills in what it leaves out', () => {
    const recipe = parseRecipe(VALID, 'r.yaml');
    expect(recipe.training).toEqual({
      epochs: 1,
      batchSize: 100,
      learningRate: 0.003,
      schedule: 'cosine',
      loss: 'crossEntropy',
      logitScale: 0.1,
      shift: 0,
      validationImages: 5000,
    });
    expect(recipe.layers[1]).toEqual({ kind: 'dense', outputs: 10, weights: 'binary' });
  });

  it('offers the nearest key for an unknown one, at its place', () => {
    expect(findings(VALID.replace('learningRate', 'learningrate'))).toContain(
      'unknown-key r.yaml: training: unknown key "learningrate" (did you mean "learningRate"?)',
    );
    expect(findings(VALID.replace('outputs: 10', 'outputs: 10, weihgts: binary'))).toEqual([
      'unknown-key r.yaml: layers.1: unknown key "weihgts" (did you mean "weights"?)',
    ]);
  });

  it('reports every problem at once', () => {
    const text = VALID.replace('seed: 1', 'seed: -1').replace('level: 128', 'level: 300').replace('scores', 'score');
    expect(findings(text).map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'bad-value r.yaml: seed',
      'bad-value r.yaml: input.level',
      'bad-value r.yaml: output',
    ]);
  });

  it('names an unknown kind of layer', () => {
    expect(findings(VALID.replace('kind: flatten', 'kind: lstm'))).toEqual([
      'unknown-kind r.yaml: layers.0.kind: unsupported kind "lstm"',
    ]);
  });

  it.each(['round', 'power', 'stochasticMultiplicative'])('says what weights of kind %s lack', (kind) => {
    const [line] = findings(VALID.replace('outputs: 10', `outputs: 10, weights: { kind: ${kind} }`));
    expect(line).toMatch(/^bad-value r\.yaml: layers\.1\.weights: must be .*gamma/);
  });

  it('gives projections a bound of 1', () => {
    const recipe = parseRecipe(VALID.replace('outputs: 10', 'outputs: 10, weights: { kind: clip }'), 'r.yaml');
    expect(recipe.layers[1]).toEqual({ kind: 'dense', outputs: 10, weights: { kind: 'clip', bound: 1 } });
  });

  it('refuses a rate that falls upwards', () => {
    const schedule = 'schedule: { kind: exponential, finalRate: 0.01 }';
    expect(findings(VALID.replace('epochs: 1', `epochs: 1, ${schedule}`))).toEqual([
      'bad-value r.yaml: training.schedule.finalRate: must not be above learningRate, from which the rate falls',
    ]);
  });

  it('points at the line of a YAML error', () => {
    expect(findings(VALID.replace('level: 128 }', 'level: 128')).join('\n')).toMatch(/^bad-yaml r\.yaml line \d+/);
  });

  it.each(['', 'null', '[]', '5'])('refuses "%s" in place of a mapping', (text) => {
    expect(findings(text)).toHaveLength(1);
  });
});

describe('a recipe whose layers do not fit together', () => {
  it('names the layer that needs a flat input', () => {
    expect(findingsOf(() => build(VALID.replace('  - { kind: flatten }\n', '')))[0]).toContain(
      'layer "dense1" (dense)',
    );
  });

  it('wants one score per class', () => {
    expect(findingsOf(() => build(VALID.replace('outputs: 10', 'outputs: 12')))).toEqual([
      'wrong-shape recipe "tiny": output: scores need one feature per class, 10, and get 12',
    ]);
  });

  it('refuses blocks larger than the image', () => {
    const text = VALID.replace('kind: flatten', 'kind: blockDense, window: 29, stride: 1, neurons: 4');
    expect(findingsOf(() => build(text))[0]).toContain('a window of 29 does not fit a grid of 28 x 28');
  });
});
