/**
 * A point, from its request to its measures:
 *
 *   network -> integer network -> what a constraint forbids already -> program -> likewise -> run -> scores compared -> measures
 *
 * What only the price is different of is run once. Results are a function of the request.
 */
import type { Chip, ChipOutput } from '../../chips/chip.js';
import { type Diagnostic, formatDiagnostics, UserError } from '../../common/diagnostics.js';
import { bandOf, hasBand, type Quantity, type Unknown } from '../../common/quantity.js';
import { mean, studentInterval, wilsonInterval } from '../../common/statistics.js';
import { digestOf } from '../../experiments/points/digest.js';
import { chipSeedOf } from '../../experiments/noise-sweep.js';
import { deployOn } from '../../flow/deploy.js';
import type { Compilation } from '../../flow/runnable.js';
import { measuresAt } from '../../flow/voltage.js';
import { decisions } from '../../flow.js';
import { NO_NOISE, type NoiseSpec } from '../../ir/faults/levels.js';
import { type ChipMeasures, secondsOf } from '../../ir/trace/measures.js';
import { valueAt } from '../../common/parameters/value-tree.js';
import type { Metrics } from '../metrics.js';
import { specText } from '../space/candidate.js';
import { type Comparison, excessOf, parseComparison, valueOf } from '../space/expression.js';
import { type Bench, type NetworkAtHand } from './bench.js';
import { type PointRequest, runKeyOf } from './request.js';
import type { PointMeasured } from './result.js';

/** Seconds of the parts of a point. */
export interface PointSeconds {
  compileSeconds?: number;
  runSeconds?: number;
}

/** What was measured, and how long its parts took. */
export interface MeasuredPoint {
  readonly measured: PointMeasured;
  readonly seconds: PointSeconds;
}

type Intervals = Record<string, [number, number]>;
type Reasons = Record<string, string>;

/** Measures a point. Rejects for what is neither the network's nor the chip's fault. */
export async function measurePoint(
  request: PointRequest,
  bench: Bench,
  constraints: readonly string[],
): Promise<MeasuredPoint> {
  const seconds: PointSeconds = {};
  const refused = (error: unknown): MeasuredPoint => {
    if (!(error instanceof UserError)) throw error;
    return { measured: ended('refused', formatDiagnostics(error.diagnostics)), seconds };
  };
  const chip = bench.chip(request);
  const tests = constraints.flatMap((text) => {
    const comparison = parseComparison(text, 'constraint');
    return 'code' in comparison ? [] : [comparison];
  });
  let at: NetworkAtHand;
  try {
    at = await bench.network(request);
  } catch (error) {
    return refused(error);
  }
  const forbidden = (metrics: Metrics): string | undefined => failing(tests, metrics, request, chip);
  const early = forbidden(at.metrics);
  if (early !== undefined) return { measured: { ...ended('dropped', early), metrics: at.metrics }, seconds };

  const { spec } = chip.specs.parse(specText(request.base, request.parameters), request.chip);
  const bounds = chip.bounds?.(at.integer, spec);
  if (bounds !== undefined && bounds.problems.length > 0) return refused(new UserError(bounds.problems));
  const hopeless =
    bounds === undefined ? undefined : beyond(tests, { latency: bounds.latencySeconds, cores: bounds.cores });
  if (hopeless !== undefined) return { measured: { ...ended('dropped', hopeless), metrics: at.metrics }, seconds };

  let compilation: Compilation;
  const began = performance.now();
  try {
    compilation = bench.program(request, at);
  } catch (error) {
    return refused(error);
  }
  seconds.compileSeconds = (performance.now() - began) / 1000;
  const { program } = compilation;
  const extent = chip.extent?.(program);
  const intervals: Intervals = {};
  const unknown: Reasons = {};
  const priced = (output: Pick<ChipOutput, 'measures' | 'nSamples'>): ChipMeasures => {
    const own = chip.reprice?.(program, output, spec) ?? output.measures;
    return request.supply === undefined ? own : measuresAt(own, { ...request.supply, table: 'of the experiment' });
  };
  const still = chip.measure(program);
  const known: Metrics = {
    ...at.metrics,
    ...timeMetrics(withSpecTime(still, chip, program, spec)),
    cores: still.cores,
    ...(extent === undefined
      ? {}
      : { area: extent.areaMm2.value, memory: extent.memoryBits, utilisation: extent.utilisation }),
  };
  if (extent !== undefined && hasBand(extent.areaMm2)) intervals['area'] = pairOf(extent.areaMm2);
  const late = forbidden({ ...known, ...ownMetrics(still) });
  if (late !== undefined) return { measured: { ...ended('dropped', late), metrics: known, intervals }, seconds };

  const started = performance.now();
  const outputs = await bench.runs.get(runKeyOf(request, chip.costParameters ?? []), () =>
    runChips(compilation, request, at),
  );
  seconds.runSeconds = (performance.now() - started) / 1000;
  const [first] = outputs;
  if (first === undefined) throw new Error('a point without a run');
  if (isClean(request)) compareScores(first, await bench.reference(request, at, compilation));

  const decided = outputs.map((output) => correctOf(compilation, output, at));
  const n = first.nSamples;
  const measures = outputs.map(priced);
  const metrics: Record<string, number> = {
    ...known,
    ...timeMetrics(measures[0] ?? still),
    ...ownMetrics(measures[0] ?? still),
  };
  accuracyInto('accuracy', decided, n, metrics, intervals);
  energyInto(measures, metrics, intervals, unknown);
  if (request.robust !== undefined) {
    const { faults, chips } = request.robust;
    const hit = await runChips(compilation, { ...request, faults, chips }, at);
    accuracyInto(
      'robustAccuracy',
      hit.map((output) => correctOf(compilation, output, at)),
      n,
      metrics,
      intervals,
    );
  }
  return {
    measured: {
      status: 'measured',
      ...{ metrics, intervals, unknown, samples: n, correct: decided.reduce((sum, one) => sum + one, 0) },
      scores: outputs.map(({ scores }) =>
        digestOf(new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength)),
      ),
    },
    seconds,
  };
}

const ended = (status: 'refused' | 'dropped', reason: string): PointMeasured => ({
  ...{ status, metrics: {}, intervals: {}, unknown: {}, reason },
});

/** The first constraint that fails, by what is known so far. */
function failing(
  tests: readonly Comparison[],
  metrics: Metrics,
  request: PointRequest,
  { specs }: Chip,
): string | undefined {
  const { spec } = specs.parse(specText(request.base, request.parameters), request.chip);
  const named = (name: string): number | undefined => {
    if (metrics[name] !== undefined) return metrics[name];
    if (name === 'images') return request.images;
    if (name === 'volts') return request.supply?.volts;
    const [group, ...rest] = name.split('.');
    const part: Readonly<Record<string, unknown>> | undefined =
      group === 'faults' ? request.faults : group === 'compile' ? request.compile : undefined;
    const value = part === undefined ? valueAt(spec, name) : part[rest.join('.')];
    return typeof value === 'number' ? value : undefined;
  };
  const test = tests.find((one) => (excessOf(one, named) ?? 0) > 0);
  if (test === undefined) return undefined;
  const names = Object.keys(metrics).filter((name) => test.text.includes(name));
  return `"${test.text}" does not hold${names.map((name) => `, ${name} is ${metrics[name]}`).join('')}`;
}

/** A ceiling that no program of the network can keep; `least` is what a measure cannot be below. */
function beyond(tests: readonly Comparison[], least: Metrics): string | undefined {
  for (const { left, operator, right, text } of tests) {
    if (left.kind !== 'name' || (operator !== '<=' && operator !== '<')) continue;
    const most = valueOf(right, () => undefined);
    const atLeast = least[left.name];
    if (most === undefined || atLeast === undefined || atLeast <= most) continue;
    return `"${text}" does not hold, ${left.name} is at least ${atLeast} by the network alone`;
  }
  return undefined;
}

/** Time of another price: what is known without a run has no counts to price. */
function withSpecTime(
  still: ChipMeasures,
  chip: Chip,
  program: Compilation['program'],
  spec: Compilation['program']['spec'],
): ChipMeasures {
  const isOther = (chip.costParameters ?? []).some((path) => valueAt(program.spec, path) !== valueAt(spec, path));
  return isOther ? chip.measure({ ...program, spec }) : still;
}

const timeMetrics = (measures: Pick<ChipMeasures, 'time'>): Metrics => {
  const { perSample, latency } = secondsOf(measures.time);
  return { latency, throughput: 1 / perSample };
};

const ownMetrics = ({ metrics }: ChipMeasures): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([key, { value }]) => [`metrics.${key}`, value]));

const noiseOfRequest = ({ faults, supply }: PointRequest): NoiseSpec => ({
  ...NO_NOISE,
  ...faults,
  ...(supply === undefined ? {} : { ber: supply.ber }),
});

/** Without any fault every chip is the same, and gives the scores of the integer network. */
const isClean = (request: PointRequest): boolean =>
  Object.values(noiseOfRequest(request)).every((level) => level === 0);

/** Runs the chips of a request one after the other on this thread. */
async function runChips(
  compilation: Compilation,
  request: PointRequest,
  { network, data }: NetworkAtHand,
): Promise<readonly ChipOutput[]> {
  const noise = noiseOfRequest(request);
  const n = isClean(request) ? 1 : request.chips;
  const outputs: ChipOutput[] = [];
  const { chip } = compilation;
  for (let i = 0; i < n; i++) {
    const chipSeed = chipSeedOf(request.seed, i);
    const faults = { noise, chipSeed };
    const program = deployOn({ ...compilation, float: network }, faults);
    const runner = chip.open(program, { workers: 1 });
    try {
      outputs.push(await runner.run(data, { ...faults, seed: chipSeed, limit: request.images }));
    } finally {
      await runner.close();
    }
  }
  return outputs;
}

/** A point whose chip does not compute its network is a bug, not a result. */
function compareScores({ scores, nSamples, nClasses }: ChipOutput, wanted: Int32Array): void {
  for (let i = 0; i < nSamples * nClasses; i++) {
    if (scores[i] !== wanted[i]) {
      throw new Error(`sample ${Math.floor(i / nClasses)}: the chip's scores are not those of the integer network`);
    }
  }
}

function correctOf({ program }: Compilation, { scores, nSamples }: ChipOutput, { data }: NetworkAtHand): number {
  return decisions(program, scores, nSamples).reduce(
    (sum, decided, s) => sum + (decided === data.labels[s] ? 1 : 0),
    0,
  );
}

function accuracyInto(
  name: string,
  decided: readonly number[],
  n: number,
  metrics: Record<string, number>,
  intervals: Intervals,
): void {
  const shares = decided.map((correct) => correct / n);
  metrics[name] = mean(shares);
  const [low, high] = shares.length === 1 ? wilsonInterval(decided[0] ?? 0, n) : studentInterval(shares);
  intervals[name] = [Math.max(0, low), Math.min(1, high)];
}

function energyInto(
  measures: readonly ChipMeasures[],
  metrics: Record<string, number>,
  intervals: Intervals,
  unknown: Reasons,
): void {
  const energies = measures.map(({ energyUj }) => energyUj);
  const known = energies.filter(isKnown);
  const [first] = energies;
  if (first === undefined || known.length < energies.length) {
    const reason = energies.find((one): one is Unknown => !isKnown(one))?.reason ?? 'it was not measured';
    for (const name of ['energy', 'energyDelay', 'power']) unknown[name] = reason;
    return;
  }
  const value = mean(known.map((one) => one.value));
  const { latency = 0, throughput = 0 } = metrics;
  const bands = known.map(bandOf);
  const band: [number, number] = [mean(bands.map(({ low }) => low)), mean(bands.map(({ high }) => high))];
  // Microjoules per sample times samples per second are microwatts.
  const factors = { energy: 1, energyDelay: latency, power: throughput * 1e-6 };
  for (const [name, factor] of Object.entries(factors)) {
    metrics[name] = value * factor;
    if (known.some(hasBand)) intervals[name] = [band[0] * factor, band[1] * factor];
  }
}

const isKnown = (energy: Quantity | Unknown): energy is Quantity => !('unknown' in energy);

const pairOf = (quantity: Quantity): [number, number] => {
  const { low, high } = bandOf(quantity);
  return [low, high];
};

/** Findings as the reason of a refusal. */
export const reasonOf = (found: readonly Diagnostic[]): string => formatDiagnostics(found);
