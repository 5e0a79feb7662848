/**
 * Data sets on float networks: the interpreter against the batch engine, on one thread and on all.
 *
 *   npm run bench -- float-network [--samples 2000] [--workers 2] [--repetitions 5] [--json]
 *
 * Images per second, median of the repetitions (best): of CPU time on one thread, of wall-clock time with workers; both alternate in one process.
 * Class scores must be the same bits. The weights are real: additive noise of 0.1 on those of the network. Drawing that noise is measured by itself.
 */
import { integer } from '../src/common/format.js';
import { parseArgs } from 'node:util';
import { loadExample } from '../examples/networks.js';
import { PURPOSE, sequence } from '../src/common/rng.js';
import { distortWeights } from '../src/compiler/passes/distort-weights.js';
import { loadDataset } from '../src/index.js';
import type { NetworkGraph, NetworkNode } from '../src/ir/network/types.js';
import { byDefault, COMMON_OPTIONS, cpuSeconds, finish, machineText, median, say } from './harness.js';
import { createFloatRunner, type FloatRunner } from '../src/evaluation/float/runner.js';

const { values: options } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    samples: { type: 'string', default: byDefault('2000', '50') },
    workers: { type: 'string', default: byDefault('2', '1') },
    repetitions: { type: 'string', default: byDefault('5', '1') },
  },
});
const samples = Number(options.samples);
const workers = Number(options.workers);
const repetitions = Number(options.repetitions);
const data = await loadDataset('mnist', 'test');

/** 16c3-32c3-128-10 with max pools, or 784-128-128-10: random real weights, batch norm and sign. */
function studyNetwork(kind: 'mlp' | 'conv'): NetworkGraph {
  const r = sequence(1, PURPOSE.test);
  const normals = (n: number): Float32Array => Float32Array.from({ length: n }, () => r.normal());
  const nodes: NetworkNode[] = [
    { kind: 'input', id: 'image', shape: [28, 28, 1] },
    { kind: 'encode', id: 'code', input: 'image', code: { kind: 'threshold', level: 128 } },
  ];
  const last = (): string => nodes.at(-1)?.id ?? '';
  const activate = (c: number): void => {
    const filled = (value: number): Float64Array => new Float64Array(c).fill(value);
    const norm = { gamma: filled(1), beta: filled(0.1), mean: filled(0.2), variance: filled(c), epsilon: 1e-3 };
    nodes.push({ kind: 'batchNorm', id: `norm${nodes.length}`, input: last(), ...norm });
    nodes.push({ kind: 'sign', id: `sign${nodes.length}`, input: last() });
  };
  let nIn = 784;
  if (kind === 'conv') {
    for (const [channels, nOut] of [
      [1, 16],
      [16, 32],
    ] as const) {
      const geometry = { window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
      const weights = normals(nOut * 9 * channels);
      const id = `conv${nodes.length}`;
      nodes.push({ kind: 'conv2d', id, input: last(), nOut, weights, groups: 1, padValue: 0, ...geometry });
      const pool = { window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;
      nodes.push({ kind: 'maxPool', id: `pool${nodes.length}`, input: last(), ...pool });
      activate(nOut);
    }
    nIn = 7 * 7 * 32;
  }
  nodes.push({ kind: 'flatten', id: 'flat', input: last() });
  for (const nOut of kind === 'mlp' ? [128, 128] : [128]) {
    nodes.push({ kind: 'dense', id: `dense${nodes.length}`, input: last(), nOut, weights: normals(nOut * nIn) });
    activate(nOut);
    nIn = nOut;
  }
  nodes.push({ kind: 'dense', id: 'last', input: last(), nOut: 10, weights: normals(10 * nIn) });
  nodes.push({ kind: 'scores', id: 'scores', input: 'last' });
  return { name: kind === 'mlp' ? '784-128-128-10' : '16c3-32c3-128-10', dialect: 'float', nodes };
}

const distortion = { kind: 'additive', sigma: 0.1 } as const;
say(machineText);
say(`images/s, median (best) of ${repetitions}, ${samples} images; ${workers} workers by the clock`);
const rows: object[] = [];
const ratios: Record<string, number> = {};
say(
  'network             interpreter         batch engine           ratio   interpreter, workers   engine, workers        ratio   noise, ms',
);
const networks = [await loadExample('mnist-mlp'), studyNetwork('mlp'), studyNetwork('conv')];
for (const base of networks.slice(0, byDefault(3, 1))) {
  const network = distortWeights(base, distortion, 1);
  const one = createFloatRunner(data, 1);
  const all = createFloatRunner(data, workers);
  try {
    await compare(one, network);
    const [plain, engine] = await alternate(one, network, cpuSeconds);
    const [plainAll, engineAll] = await alternate(all, network, clockSeconds);
    const noise = [0, 1, 2, 3, 4].map((chip) => timed(() => distortWeights(base, distortion, chip)));
    rows.push({ network: base.name, cpu: { plain, engine }, wall: { plain: plainAll, engine: engineAll }, noise });
    ratios[`${base.name}: engine / interpreter, one thread`] = median(plain) / median(engine);
    ratios[`${base.name}: engine / interpreter, ${workers} workers`] = median(plainAll) / median(engineAll);
    say(
      [
        base.name.padEnd(20),
        rates(plain).padEnd(20),
        rates(engine).padEnd(20),
        ratio(plain, engine),
        rates(plainAll).padStart(24),
        rates(engineAll).padStart(22),
        ratio(plainAll, engineAll),
        (median(noise) * 1e3).toFixed(1).padStart(8),
      ].join(''),
    );
  } finally {
    await one.close();
    await all.close();
  }
}

finish({ bench: 'float-network', rows, ratios, notes: { unit: 's', samples, workers } });

async function compare(runner: FloatRunner, network: NetworkGraph): Promise<void> {
  const [expected, found] = await Promise.all([
    runner.evaluate(network, { seed: 1, limit: 200, interpreter: true }),
    runner.evaluate(network, { seed: 1, limit: 200 }),
  ]);
  if (!expected.scores.every((score, i) => Object.is(score, found.scores[i]))) {
    throw new Error(`${network.name}: the engine gives other scores than the interpreter`);
  }
}

/** Seconds of every repetition: interpreter, engine. */
async function alternate(
  runner: FloatRunner,
  network: NetworkGraph,
  seconds: () => number,
): Promise<readonly [readonly number[], readonly number[]]> {
  const found: [number[], number[]] = [[], []];
  for (let repetition = -1; repetition < repetitions; repetition++) {
    for (const interpreter of [true, false]) {
      const started = seconds();
      await runner.correctOf(network, { seed: 1, limit: samples, interpreter });
      // The first round runs on code that is not optimised yet.
      if (repetition >= 0) found[interpreter ? 0 : 1].push(seconds() - started);
    }
  }
  return found;
}

function timed(call: () => unknown): number {
  const started = cpuSeconds();
  call();
  return cpuSeconds() - started;
}

function rates(seconds: readonly number[]): string {
  const rate = (s: number): string => integer(samples / s);
  return `${rate(median(seconds))} (${rate(Math.min(...seconds))})`;
}

function ratio(before: readonly number[], after: readonly number[]): string {
  return (median(before) / median(after)).toFixed(1).padStart(8);
}

function clockSeconds(): number {
  return performance.now() / 1e3;
}
