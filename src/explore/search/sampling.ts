/** Searches that do not look at what they found: grid, random, Sobol, Latin hypercube. */
import { assert, present } from '../../common/assert.js';
import { PURPOSE, sequence, type Sequence } from '../../common/rng.js';
import { type Axis, countPoints, type Search, type SearchRequest, snapped, type Unit, unitKey } from './search.js';
import { sobolPoints } from './sobol.js';

/** Points of a batch: enough for any number of workers. */
const BATCH = 1024;

/** The draws of a search. */
export const drawsOf = ({ seed, stream = 0 }: Pick<SearchRequest, 'seed' | 'stream'>): Sequence =>
  sequence(seed, PURPOSE.search, stream);

/** A search that asks for these points and nothing else. */
function listed(points: Iterable<Unit>): Search {
  const rest = points[Symbol.iterator]();
  return {
    ask: () => {
      const batch: Unit[] = [];
      while (batch.length < BATCH) {
        const next = rest.next();
        if (next.done === true) break;
        batch.push(next.value);
      }
      return batch;
    },
    tell: () => undefined,
  };
}

/** Every point, the last axis fastest. All axes have levels. */
export const gridSearch = ({ axes, points }: SearchRequest): Search => listed(gridPoints(axes, points));

function* gridPoints(axes: readonly Axis[], most: number): Iterable<Unit> {
  const levels = axes.map((axis) => {
    assert(axis.kind !== 'real', 'a grid has levels on every axis');
    return axis.levels;
  });
  const total = Math.min(most, countPoints(axes));
  for (let index = 0; index < total; index++) {
    const unit: number[] = [];
    let rest = index;
    for (const n of levels.toReversed()) {
      unit.unshift(((rest % n) + 0.5) / n);
      rest = Math.floor(rest / n);
    }
    yield unit;
  }
}

/** Points without a rule, each another one. */
export function randomSearch(request: SearchRequest): Search {
  const { axes } = request;
  const draws = drawsOf(request);
  return listed(different(request, () => axes.map((axis) => snapped(draws.uniform(), axis))));
}

/** Points of the Sobol sequence, moved by a draw: any few of them in a row fill the space evenly. */
export function sobolSearch(request: SearchRequest): Search {
  const { axes } = request;
  const draws = drawsOf(request);
  const shift = axes.map(() => draws.word());
  const sobol = sobolPoints(axes.length);
  return listed(
    different(request, (index) =>
      sobol(index).map((word, i) => snapped(((word ^ shift[i]!) >>> 0) / 4294967296, present(axes[i], 'an axis'))),
    ),
  );
}

/** A Latin hypercube: every one of `points` equal slices of every axis has one point. */
export function latinHypercubeSearch(request: SearchRequest): Search {
  const points = latinHypercube(request, drawsOf(request));
  return listed(different(request, (index) => points[index]));
}

/** A Latin hypercube of so many points. */
export function latinHypercube(
  { axes, points }: Pick<SearchRequest, 'axes' | 'points'>,
  draws: Sequence,
): readonly Unit[] {
  const slices = axes.map(() => shuffled(points, draws));
  return Array.from({ length: points }, (_, i) =>
    axes.map((axis, a) => snapped((slices[a]![i]! + draws.uniform()) / points, axis)),
  );
}

/** 0..n-1 in a drawn order (Fisher and Yates). */
export function shuffled(n: number, draws: Sequence): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = draws.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Draws that end in a row with a point that was there before: then most of the space is known. */
const MAX_REPEATS = 2000;

/** So many different points of a source, as far as it has them. */
function* different({ axes, points }: SearchRequest, next: (index: number) => Unit | undefined): Iterable<Unit> {
  const total = Math.min(points, countPoints(axes));
  const seen = new Set<string>();
  let repeats = 0;
  for (let index = 0; seen.size < total && repeats < MAX_REPEATS; index++) {
    const unit = next(index);
    if (unit === undefined) return;
    const key = unitKey(unit);
    if (seen.has(key)) {
      repeats++;
      continue;
    }
    repeats = 0;
    seen.add(key);
    yield unit;
  }
}
