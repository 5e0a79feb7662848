/**
 * NSGA-II: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm", IEEE TEC 6:182 (2002), with their rule for
 * constraints: what violates less is better, and among what violates nothing the dominating. Coordinates of real and ordered axes are crossed by
 * SBX and mutated by a polynomial; unordered ones are exchanged and drawn anew. Nothing is asked for twice.
 */
import { present } from '../../common/assert.js';
import type { Sequence } from '../../common/rng.js';
import { crowdingOf, dominates, ranksOf } from './pareto.js';
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

const CROSSOVER = 0.9;
/** Distribution indices of SBX and of mutation: the larger, the nearer to the parents. */
const ETA_CROSSOVER = 15;
const ETA_MUTATION = 20;
const MIN_POPULATION = 8;
const MAX_POPULATION = 100;
/** Tries for a child that is not known yet. */
const MAX_TRIES = 50;

/** Points of a generation: an eighth of all, so that there are generations; even. */
const populationOf = (points: number): number =>
  Math.min(points, Math.min(MAX_POPULATION, Math.max(MIN_POPULATION, 2 * Math.round(points / 16))));

interface Ranked extends Evaluated {
  readonly rank: number;
  readonly crowding: number;
}

/** Opens the search. */
export function nsga2Search(request: SearchRequest): Search {
  const { axes, points } = request;
  const draws = drawsOf(request);
  const size = populationOf(points);
  const total = Math.min(points, countPoints(axes));
  const asked = new Set<string>();
  let population: readonly Ranked[] = [];

  const firstGeneration = (): readonly Unit[] => latinHypercube({ axes, points: size }, draws);
  const child = (): Unit => {
    const [a, b] = [tournament(population, draws).unit, tournament(population, draws).unit];
    const crossed = draws.uniform() < CROSSOVER ? crossedOf(a, b, axes, draws) : a;
    return mutated(crossed, axes, draws);
  };
  return {
    ask: () => {
      const wanted = Math.min(size, total - asked.size);
      const batch: Unit[] = [];
      const take = (unit: Unit): void => {
        const key = unitKey(unit);
        if (asked.has(key) || batch.length >= wanted) return;
        asked.add(key);
        batch.push(unit);
      };
      if (population.length === 0) firstGeneration().forEach(take);
      for (let tries = 0; batch.length < wanted && tries < MAX_TRIES * wanted; tries++) {
        // Where children come out as their parents, the neighbourhood is known: somewhere else then.
        const isStuck = population.length === 0 || tries > (MAX_TRIES * wanted) / 2;
        take(isStuck ? axes.map((axis) => snapped(draws.uniform(), axis)) : child());
      }
      return batch;
    },
    tell: (evaluated) => {
      population = survivors([...population, ...evaluated], size);
    },
  };
}

/** The best so many: by rank, and within a rank those with room around them. */
function survivors(all: readonly Evaluated[], size: number): readonly Ranked[] {
  const violations = all.map(violationOf);
  const ranks = ranksOf(all.length, (i, j) => {
    if (violations[i] !== violations[j]) return violations[i]! < violations[j]!;
    const [a, b] = [all[i]!.objectives, all[j]!.objectives];
    return violations[i] === 0 && a !== undefined && b !== undefined && dominates(a, b);
  });
  const kept: Ranked[] = [];
  for (let rank = 0; kept.length < size && kept.length < all.length; rank++) {
    const members = all.filter((_, i) => ranks[i] === rank);
    const isMeasured = members.every(({ objectives }) => objectives !== undefined);
    const crowding = isMeasured ? crowdingOf(members.map(({ objectives }) => objectives ?? [])) : undefined;
    const ranked = members.map((one, i) => ({ ...one, rank, crowding: crowding?.[i] ?? 0 }));
    const room = size - kept.length;
    kept.push(...(ranked.length <= room ? ranked : ranked.sort((a, b) => b.crowding - a.crowding).slice(0, room)));
  }
  return kept;
}

function tournament(population: readonly Ranked[], draws: Sequence): Ranked {
  const a = present(population[draws.below(population.length)], 'a parent');
  const b = present(population[draws.below(population.length)], 'a parent');
  if (a.rank !== b.rank) return a.rank < b.rank ? a : b;
  return a.crowding >= b.crowding ? a : b;
}

/** One child of simulated binary crossover. */
function crossedOf(a: Unit, b: Unit, axes: readonly Axis[], draws: Sequence): Unit {
  return axes.map((axis, i) => {
    const [x, y] = draws.uniform() < 0.5 ? [a[i]!, b[i]!] : [b[i]!, a[i]!];
    if (axis.kind === 'unordered' || draws.uniform() < 0.5) return x;
    const u = draws.uniform();
    const spread = u < 0.5 ? (2 * u) ** (1 / (ETA_CROSSOVER + 1)) : (1 / (2 - 2 * u)) ** (1 / (ETA_CROSSOVER + 1));
    return snapped(((1 + spread) * x + (1 - spread) * y) / 2, axis);
  });
}

/** One coordinate is changed on average. Ordered axes with few levels move by a level at least. */
function mutated(unit: Unit, axes: readonly Axis[], draws: Sequence): Unit {
  return axes.map((axis, i) => {
    const x = unit[i]!;
    if (draws.uniform() >= 1 / axes.length) return x;
    if (axis.kind === 'unordered') return snapped(draws.uniform(), axis);
    const u = draws.uniform();
    const step = u < 0.5 ? (2 * u) ** (1 / (ETA_MUTATION + 1)) - 1 : 1 - (2 - 2 * u) ** (1 / (ETA_MUTATION + 1));
    const level = axis.kind === 'ordered' ? Math.sign(step) / axis.levels : 0;
    return snapped(x + (Math.abs(step) > Math.abs(level) ? step : level), axis);
  });
}
