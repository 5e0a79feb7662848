/**
 * A Bayesian search by scalarisation: Knowles, "ParEGO: a hybrid algorithm with on-line landscape approximation for expensive multiobjective
 * optimization problems", IEEE TEC 10:50 (2006), with constraints. Every point of a batch has weights of its own, drawn; a Gaussian process models
 *
 *   s = max_k(w_k f_k) + 0.05 sum_k(w_k f_k)         f_k objectives, from 0 to 1 over what was found
 *
 * and the next point is where the expected improvement of s, times the probability that all constraints hold, is largest. A process models each
 * constraint; where points could not be measured, another one whether they can. Within a batch, points already chosen count as what is expected there.
 */
import type { Sequence } from '../../common/rng.js';
import { type Expected, fitProcess, type Process } from './gaussian-process.js';
import { frontOf } from './pareto.js';
import { drawsOf, latinHypercube } from './sampling.js';
import {
  type Axis,
  countPoints,
  type Evaluated,
  type Search,
  type SearchRequest,
  snapped,
  type Unit,
  unitKey,
  violationOf,
} from './search.js';

/** Points that are chosen together, whatever the number of workers. */
const BATCH = 4;
/** Points that a process is fitted to: the newest and the best. */
const MAX_FITTED = 160;
const DRAWN_CANDIDATES = 400;
const NEAR_CANDIDATES = 200;
const RHO = 0.05;

/** Opens the search. */
export function bayesianSearch(request: SearchRequest): Search {
  const { axes, points } = request;
  const draws = drawsOf(request);
  const total = Math.min(points, countPoints(axes));
  const nFirst = Math.min(total, Math.max(BATCH, Math.min(4 * axes.length + 4, Math.ceil(points / 3))));
  const asked = new Set<string>();
  const known: Evaluated[] = [];
  return {
    ask: () => {
      const wanted = Math.min(known.length === 0 ? nFirst : BATCH, total - asked.size);
      if (wanted <= 0) return [];
      const chosen =
        known.length === 0
          ? latinHypercube({ axes, points: nFirst }, draws)
          : choose(known, wanted, request, draws, asked);
      const batch = chosen.filter((unit) => !asked.has(unitKey(unit)) && asked.add(unitKey(unit)));
      // A small space: what is left of it.
      for (let tries = 0; batch.length < wanted && tries < 10_000; tries++) {
        const unit = axes.map((axis) => snapped(draws.uniform(), axis));
        if (!asked.has(unitKey(unit)) && asked.add(unitKey(unit))) batch.push(unit);
      }
      return batch;
    },
    tell: (evaluated) => {
      known.push(...evaluated);
    },
  };
}

function choose(
  known: readonly Evaluated[],
  wanted: number,
  { axes, nObjectives, nConstraints }: SearchRequest,
  draws: Sequence,
  asked: ReadonlySet<string>,
): readonly Unit[] {
  const measured = known.filter(({ objectives }) => objectives !== undefined);
  const isFeasible = (one: Evaluated): boolean => violationOf(one) === 0;
  const fitted = fewOf(measured, isFeasible);
  const constraints = constraintProcesses(known, nConstraints, axes);
  const chosen: Unit[] = [];
  const imagined: { readonly unit: Unit; readonly objectives: readonly number[] }[] = [];
  const front = frontOf(measured.filter(isFeasible).map(({ objectives }) => objectives ?? [])).map(
    (i) => measured.filter(isFeasible)[i]!.unit,
  );
  while (chosen.length < wanted) {
    const candidates = candidatesOf(front.length > 0 ? front : fitted.map(({ unit }) => unit), axes, draws);
    const fresh = candidates.filter((unit) => !asked.has(unitKey(unit)) && !chosen.includes(unit));
    if (fresh.length === 0) return chosen;
    const weights = weightsOf(nObjectives, draws);
    const value = worthOf(weights, fitted, imagined, isFeasible, axes);
    let best: Unit | undefined;
    let most = -Infinity;
    for (const unit of fresh) {
      const probability = constraints.reduce((p, process) => p * belowZero(process(unit)), 1);
      const worth = value === undefined ? probability : value.improvement(unit) * probability;
      // Where nothing is expected to improve, what is likeliest to hold.
      if (worth > most) [most, best] = [worth, unit];
    }
    if (best === undefined) return chosen;
    chosen.push(best);
    if (value !== undefined) imagined.push({ unit: best, objectives: value.expected(best) });
  }
  return chosen;
}

/** The newest, and of the older ones those that hold all constraints first. */
function fewOf(measured: readonly Evaluated[], isFeasible: (one: Evaluated) => boolean): readonly Evaluated[] {
  if (measured.length <= MAX_FITTED) return measured;
  const newest = measured.slice(-MAX_FITTED / 2);
  const older = measured.slice(0, -MAX_FITTED / 2);
  const feasible = older.filter(isFeasible);
  const best = frontOf(feasible.map(({ objectives }) => objectives ?? [])).map((i) => feasible[i]!);
  return [...new Set([...best, ...feasible.toReversed(), ...older])].slice(0, MAX_FITTED / 2).concat(newest);
}

interface Worth {
  improvement(unit: Unit): number;
  /** Objectives as they are expected there. */
  expected(unit: Unit): readonly number[];
}

function worthOf(
  weights: readonly number[],
  fitted: readonly Evaluated[],
  imagined: readonly { readonly unit: Unit; readonly objectives: readonly number[] }[],
  isFeasible: (one: Evaluated) => boolean,
  axes: readonly Axis[],
): Worth | undefined {
  const all = [...fitted.map(({ unit, objectives = [] }) => ({ unit, objectives })), ...imagined];
  if (all.length === 0) return undefined;
  const ranges = weights.map((_, k) => {
    const values = all.map(({ objectives }) => objectives[k]!);
    return [Math.min(...values), Math.max(...values)] as const;
  });
  const scalar = (objectives: readonly number[]): number => {
    const terms = weights.map((w, k) => {
      const [low, high] = ranges[k]!;
      return high > low ? (w * (objectives[k]! - low)) / (high - low) : 0;
    });
    return Math.max(...terms) + RHO * terms.reduce((sum, term) => sum + term, 0);
  };
  const units = all.map(({ unit }) => unit);
  const scalars = all.map(({ objectives }) => scalar(objectives));
  const process = fitProcess(units, scalars, axes);
  const feasible = scalars.filter((_, i) => i >= fitted.length || isFeasible(fitted[i]!));
  const incumbent = Math.min(...(feasible.length > 0 ? feasible : scalars));
  const hasFeasible = feasible.length > 0;
  return {
    // Without anything that holds its constraints, these come first.
    improvement: (unit) => (hasFeasible ? expectedImprovement(process(unit), incumbent) : 1),
    expected: (unit) => nearestOf(unit, all).objectives,
  };
}

/** The objectives of the nearest known point stand for those of one that is being measured. */
function nearestOf<T extends { readonly unit: Unit }>(unit: Unit, all: readonly T[]): T {
  const far = (other: Unit): number => other.reduce((sum, x, i) => sum + (x - unit[i]!) ** 2, 0);
  return all.reduce((near, one) => (far(one.unit) < far(near.unit) ? one : near));
}

function constraintProcesses(
  known: readonly Evaluated[],
  nConstraints: number,
  axes: readonly Axis[],
): readonly Process[] {
  const recent = known.slice(-MAX_FITTED);
  const processes: Process[] = [];
  for (let c = 0; c < nConstraints; c++) {
    const told = recent.filter(({ excess }) => excess !== undefined);
    if (told.length > 0) {
      // Far beyond a bound is beyond it: what counts is where it begins.
      const values = told.map(({ excess }) => Math.max(-1, Math.min(1, excess?.[c] ?? 0)));
      processes.push(
        fitProcess(
          told.map(({ unit }) => unit),
          values,
          axes,
        ),
      );
    }
  }
  const isLost = ({ objectives, excess }: Evaluated): boolean => objectives === undefined && excess === undefined;
  if (recent.some(isLost)) {
    const values = recent.map((one) => (isLost(one) ? 1 : -1));
    processes.push(
      fitProcess(
        recent.map(({ unit }) => unit),
        values,
        axes,
      ),
    );
  }
  return processes;
}

/** Weights that add up to 1, every mixture as likely as any other. */
function weightsOf(n: number, draws: Sequence): readonly number[] {
  const parts = Array.from({ length: n }, () => -Math.log(1 - draws.uniform()));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}

/** Points all over the space, and some around the front. */
function candidatesOf(front: readonly Unit[], axes: readonly Axis[], draws: Sequence): readonly Unit[] {
  const drawn = Array.from({ length: DRAWN_CANDIDATES }, () => axes.map((axis) => snapped(draws.uniform(), axis)));
  const near = Array.from({ length: front.length === 0 ? 0 : NEAR_CANDIDATES }, (_, i) => {
    const from = front[draws.below(front.length)]!;
    const width = [0.2, 0.05, 0.01][i % 3]!;
    return axes.map((axis, a) => {
      if (draws.uniform() > 2 / axes.length) return from[a]!;
      if (axis.kind === 'unordered') return snapped(draws.uniform(), axis);
      const step = width * draws.normal();
      const level = axis.kind === 'ordered' ? Math.sign(step) / axis.levels : 0;
      return snapped(from[a]! + (Math.abs(step) > Math.abs(level) ? step : level), axis);
    });
  });
  return [...drawn, ...near];
}

function expectedImprovement({ mean, deviation }: Expected, incumbent: number): number {
  if (deviation === 0) return Math.max(0, incumbent - mean);
  const z = (incumbent - mean) / deviation;
  return deviation * (z * normalBelow(z) + Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI));
}

const belowZero = ({ mean, deviation }: Expected): number =>
  deviation === 0 ? (mean <= 0 ? 1 : 0) : normalBelow(-mean / deviation);

/** The share of a standard normal below z, to 7.5e-8: Abramowitz and Stegun, 26.2.17. */
export function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? 1 - above : above;
}
