import { describe, expect, it } from 'vitest';
import { gateAmounts, gateAxonCounts, gated } from '../../../src/compiler/targets/truenorth/drafts.js';
import { lowerCount, lowerScores } from '../../../src/compiler/targets/truenorth/lower-counts.js';
import { lowerDirect, lowerGated } from '../../../src/compiler/targets/truenorth/lower-direct.js';
import { lowerPartial } from '../../../src/compiler/targets/truenorth/lower-partial.js';
import { isProblem, type LoweringPlan, type LoweringProblem } from '../../../src/compiler/targets/truenorth/lowered.js';
import type { LoweringContext } from '../../../src/compiler/targets/truenorth/lowering-context.js';
import { contextOf, layerOf, type LayerParts } from './chip-layer.js';

type Rows = readonly (readonly number[])[];
type Lower = typeof lowerDirect | typeof lowerPartial;

const ones = (n: number, w = 1): number[] => new Array<number>(n).fill(w);

/** Cores of a lowering, code of its problem, or that it has none. */
function cores(lower: Lower, rows: Rows, context: Parameters<typeof contextOf>[1] = {}, parts: LayerParts = {}) {
  const plan: LoweringPlan | LoweringProblem | undefined = lower(layerOf(rows, parts), contextOf(rows.length, context));
  if (plan === undefined) return 'none';
  return isProblem(plan) ? plan.code : plan.nCores;
}

const rulesWithout = (...names: ('linearReset' | 'negativeReset')[]): LoweringContext['size']['rules'] => ({
  ...contextOf(1).size.rules,
  ...Object.fromEntries(names.map((name) => [name, false])),
});

describe('a layer that sums in one tick', () => {
  it('has an axon for its bias beside those of its weights', () => {
    expect(cores(lowerDirect, [ones(7)], { core: { axons: 8 } })).toBe(1);
    expect(cores(lowerDirect, [ones(8)], { core: { axons: 8 } })).toBe('none');
    // While one frame comes a tick, the leak is the bias.
    expect(cores(lowerDirect, [ones(8)], { core: { axons: 8 }, streaming: true })).toBe(1);
  });

  it('takes pairs where they fit, a type of axon for each weight where they do not', () => {
    // 3 + 2 axons for weights 3 and -2; two inputs on two types.
    expect(cores(lowerDirect, [[3, -2]], { core: { axons: 6 } })).toBe(1);
    expect(cores(lowerDirect, [[3, -2]], { core: { axons: 5 } })).toBe(1);
    expect(cores(lowerDirect, [[3, -2]], { core: { axons: 3 } })).toBe(1);
    expect(cores(lowerDirect, [[3, -2]], { core: { axons: 2 } })).toBe('none');
    // A weight of which no axon type can have so much.
    expect(cores(lowerDirect, [[3, -2]], { core: { axons: 5, weightMax: 3 } })).toBe(1);
    expect(cores(lowerDirect, [[3, -2]], { core: { axons: 5, weightMax: 2 } })).toBe('none');
  });

  it('has one type for its bias, two where it exceeds a weight and there are more than two types', () => {
    const three = [[30, 60, 90]];
    const typed = (axonTypes: number, rows: Rows, theta: number) =>
      cores(lowerDirect, rows, { core: { axons: 12, axonTypes, weightMax: 100 } }, { theta: [theta] });
    expect(typed(4, three, 101)).toBe(1);
    // 1 - theta = -101 takes two types: only two are left for three weights.
    expect(typed(4, three, 102)).toBe('none');
    expect(typed(3, three, 101)).toBe('none');
    expect(typed(5, three, 102)).toBe(1);
    expect(typed(2, [[30, 30]], 52)).toBe(1);
    // -102 by one type comes as two axons of -51.
    expect(cores(lowerDirect, [[90, 90]], { core: { axons: 4, axonTypes: 2, weightMax: 100 } }, { theta: [103] })).toBe(
      1,
    );
    expect(cores(lowerDirect, [[90, 90]], { core: { axons: 3, axonTypes: 2, weightMax: 100 } }, { theta: [103] })).toBe(
      'none',
    );
  });

  it('has its bias within the leak while one frame comes a tick', () => {
    const streamed = (theta: number) =>
      cores(lowerDirect, [ones(9)], { streaming: true, core: { leakMax: 5 } }, { theta: [theta] });
    expect(streamed(6)).toBe(1);
    expect(streamed(7)).toBe('none');
    // What never fires needs no bias.
    expect(streamed(10)).toBe(1);
  });

  it('counts pairs of a chip with one axon type as none', () => {
    expect(cores(lowerDirect, [[1, 1]], { core: { axonTypes: 1 } })).toBe('none');
    expect(cores(lowerDirect, [[1, 1]], { core: { axonTypes: 1 }, streaming: true })).toBe(1);
    expect(cores(lowerDirect, [[1, -1]], { core: { axonTypes: 1 }, streaming: true })).toBe('none');
    expect(cores(lowerDirect, [[1, -1]], { core: { axonTypes: 2 }, streaming: true })).toBe(1);
  });

  it('leaves no type for weights where the bias takes all', () => {
    expect(cores(lowerDirect, [[1, -1]], { core: { axonTypes: 2 } })).toBe('none');
    expect(cores(lowerDirect, [[1, -1]], { core: { axonTypes: 3 } })).toBe(1);
  });

  it('shares cores among groups where pairs fit, and cuts a group only where its neurons exceed a core', () => {
    const rows = Array.from({ length: 4 }, (_, o) => [0, 1, 2, 3].map((i) => (i === o ? 1 : 0)));
    const group = [0, 1, 2, 3];
    expect(cores(lowerDirect, rows, { core: { axons: 5 } }, { group })).toBe(1);
    expect(cores(lowerDirect, rows, { core: { axons: 3 } }, { group })).toBe(2);
    expect(cores(lowerDirect, rows, { core: { neurons: 2 } }, { group })).toBe(2);
    // Typed: a group a core, its neurons in as few cores as hold them.
    const heavy = [[50, 0], [50, 0], [50, 0], [0, 50]]; // prettier-ignore
    const typed = { core: { axons: 8, neurons: 2 } };
    expect(cores(lowerDirect, heavy, typed, { group: [0, 0, 0, 1] })).toBe(3);
    expect(cores(lowerDirect, heavy, { ...typed, copies: Int32Array.of(2, 1, 1, 1) }, { group: [0, 0, 0, 1] })).toBe(3);
    expect(cores(lowerDirect, heavy, { ...typed, copies: Int32Array.of(3, 1, 1, 1) }, { group: [0, 0, 0, 1] })).toBe(
      'none',
    );
  });

  it('says what limits it', () => {
    const limit = (core: Partial<LoweringContext['size']>) => {
      const rows = Array.from({ length: 4 }, (_, o) => [0, 1, 2, 3].map((i) => (i === o ? 1 : 0)));
      const plan = lowerDirect(layerOf(rows, { group: [0, 1, 2, 3] }), contextOf(4, { core }));
      return plan?.build().limitedBy;
    };
    expect(limit({ neurons: 2 })).toBe('neurons');
    expect(limit({ axons: 3 })).toBe('axons');
  });
});

describe('a layer that sums over several ticks', () => {
  const arrival = { maxCount: 3, span: 3, aligned: true };

  it('has a gate and a clear beside the axons of its weights', () => {
    expect(cores(lowerGated, [[2, -1]], { arrival, core: { axons: 5 } })).toBe(1);
    expect(cores(lowerGated, [[2, -1]], { arrival, core: { axons: 4 } })).toBe('none');
  });

  it('needs four axon types and neurons that forget', () => {
    expect(cores(lowerGated, [[1]], { arrival, core: { axonTypes: 4 } })).toBe(1);
    expect(cores(lowerGated, [[1]], { arrival, core: { axonTypes: 3 } })).toBe('none');
    expect(cores(lowerGated, [[1]], { arrival, core: { rules: rulesWithout('negativeReset') } })).toBe('none');
  });

  it('decides in its last tick and is ready for the next frame one tick later', () => {
    const built = lowerGated(layerOf([[2, -1]]), contextOf(1, { arrival }))!.build();
    expect(built).toMatchObject({ scheme: 'gated', latency: 2, minPeriod: 4, window: 3 });
    expect(built.timers.map(({ offset }) => offset)).toEqual([2, 3]);
  });
});

describe('a gate', () => {
  it('is as large as what the sum can exceed the threshold by, and its clear reaches below the deepest sum', () => {
    expect(gateAmounts({ high: 9, low: -4, theta: 3 })).toEqual({ gate: 7, beta: 5, clear: 2 + 7 + 5 + 1, hold: 0 });
    expect(gateAmounts({ high: 2, low: 0, theta: 3 })).toEqual({ gate: 1, beta: 1, clear: 2 + 1 + 1 + 1, hold: 0 });
    expect(gateAmounts({ high: 2, low: -8, theta: -8 })).toEqual({ gate: 11, beta: 9, clear: 2 + 9 + 1, hold: 0 });
  });

  it('comes by as many axons as its weights need, rounded up alike for all neurons', () => {
    const demands = [
      { high: 9, low: -4, theta: 3 },
      { high: 2, low: 0, theta: 3 },
    ];
    expect(gateAxonCounts(demands, 15)).toEqual({ gate: 1, hold: 0, clear: 1 });
    expect(gateAxonCounts(demands, 14)).toEqual({ gate: 1, hold: 0, clear: 2 });
    // Two axons of four: a gate of 8, and a clear of 16 by four of four.
    expect(gateAxonCounts(demands, 4)).toEqual({ gate: 2, hold: 0, clear: 4 });
    const { rules } = contextOf(1).size;
    expect(gated(demands[0]!, 2, -2, { gate: 2, hold: 0, clear: 4 }, rules)).toMatchObject({
      weights: [2, -2, 4, -4],
      threshold: 3 + 8,
      negativeThreshold: 5,
    });
    expect(gated(demands[1]!, 1, -1, { gate: 2, hold: 0, clear: 4 }, { ...rules, fireOffset: -1 })).toMatchObject({
      // A gate of one, by two axons of one: the clear of 5 has to reach one further.
      weights: [1, -1, 1, -2],
      threshold: 3 + 2 - 1,
    });
  });
});

describe('a layer of partial sums', () => {
  const plan = (rows: Rows, context: Parameters<typeof contextOf>[1], parts: LayerParts = {}) =>
    lowerPartial(layerOf(rows, parts), contextOf(rows.length, context));
  const problem = (...args: Parameters<typeof plan>): LoweringProblem => {
    const found = plan(...args);
    if (!isProblem(found)) throw new Error('it fits');
    return found;
  };

  it('names what the chip lacks', () => {
    expect(cores(lowerPartial, [ones(9)], { core: { axonTypes: 3 } })).toBe('too-few-axon-types');
    expect(cores(lowerPartial, [ones(9)], { core: { rules: rulesWithout('negativeReset') } })).toBe(
      'no-negative-reset',
    );
    expect(cores(lowerPartial, [ones(9)], { core: { rules: rulesWithout('linearReset') } })).toBe('no-linear-reset');
    expect(cores(lowerPartial, [ones(9)], { window: 2, arrival: { maxCount: 3, span: 3, aligned: true } })).toBe(
      'window-too-short',
    );
  });

  it('has as many gated cores as the partial sums and gates of its rows fill', () => {
    // 12 inputs in lanes of 4: three sums a row, and two gates; a counting core for all twelve.
    const rows = [ones(12), ones(12, -1)];
    const gatedOf = (axons: number): number | string =>
      cores(
        lowerPartial,
        rows.map((row, o) => row.map((w, i) => (i === o ? 0 : w))),
        { window: 4, core: { axons } },
      );
    expect(gatedOf(8)).toBe(2 + 2);
    expect(gatedOf(14)).toBe(1 + 1);
    expect(gatedOf(13)).toBe(1 + 1);
    expect(gatedOf(12)).toBe(1 + 1);
  });

  it('shares the count of all inputs within a gated core only', () => {
    // Rows of +1 and -1: S = 2 P - X. X is 8 inputs in lanes of 4: two shared sums, and one of each row.
    const rows = [0, 1, 2].map((o) => ones(8).map((_, i) => (i >> 1 === o ? 1 : -1)));
    const built = (neurons: number) => {
      const found = plan(rows, { window: 4, core: { neurons } });
      if (isProblem(found)) throw new Error(found.message);
      return found.build();
    };
    const all = built(256).cores.filter(({ role }) => role === 'layer');
    // Two shared sums, three own ones, a gate and a clear.
    expect(all.map(({ axonType }) => axonType.length)).toEqual([2 + 3 + 2]);
    const counting = (neurons: number) =>
      built(neurons).cores.reduce((n, { role, neurons: own }) => n + (role === 'partial' ? own.length : 0), 0);
    expect(counting(256)).toBe(2 + 3);
    // Two rows a core: the shared sums are counted for each core.
    expect(built(2).cores.filter(({ role }) => role === 'layer')).toHaveLength(2);
    expect(counting(2)).toBe(2 * 2 + 3);
  });

  it('refuses rows of more partial sums than a gated core has axons, with the numbers', () => {
    // 20 inputs in chunks of 6, 7 and 7 and lanes of 2: 3 + 4 + 4 partial sums; eight axons less a gate and a clear.
    const found = problem([ones(20)], { window: 2, core: { axons: 8 } });
    expect(found.code).toBe('fan-in-exceeds-gated-core');
    expect(found.message).toBe(
      'an output needs 11 partial sums of at most 2 ticks and 1 copies, a core has 6 axons for them and 256 neurons',
    );
    expect(problem([ones(4)], { copies: Int32Array.of(3), core: { neurons: 2 } }).message).toContain('and 3 copies');
  });

  it('refuses weights that no window helps, with what it would help to have', () => {
    const found = problem([[7, -5, 1]], { core: { axons: 12 } });
    expect(found.code).toBe('weights-exceed-gated-core');
    expect(found.message).toContain(
      'an output with weights -5..7 takes 12 of them, whatever the window; a core has 10 axons',
    );
    expect(found.remedy).toContain('within 10 (weights of 3 bits are)');
    // In two parts of a fan-in: the weights of both.
    const parts = problem([[7, -5, 1, 2, 2, 2]], { core: { axons: 5 } });
    expect(parts.message).toContain('takes 14 of them in 2 parts of its fan-in');
    expect(parts.remedy).toContain('within 1 (weights of 1 bits are)');
    // Where a longer window helps, it is what is said.
    expect(problem([[5, -5]], { core: { axons: 11 } }).code).toBe('weights-exceed-gated-core');
    expect(cores(lowerPartial, [[5, -5]], { core: { axons: 12 } })).toBe(2);
  });
});

describe('a layer of counts', () => {
  it('names what the chip lacks, and a window too short for its counts', () => {
    for (const lower of [lowerCount, lowerScores])
      expect(cores(lower, [ones(3)], { core: { rules: rulesWithout('linearReset') } })).toBe('no-linear-reset');
    const arrival = { maxCount: 5, span: 5, aligned: true };
    expect(cores(lowerScores, [ones(3)], { arrival, window: 4 })).toBe('window-too-short');
    expect(cores(lowerScores, [ones(3)], { arrival, window: 5 })).toBe(1);
  });

  it('does not fit a core with fewer axons than a sum has inputs', () => {
    expect(cores(lowerCount, [ones(9)], { core: { axons: 9 } })).toBe(1);
    expect(cores(lowerCount, [ones(9)], { core: { axons: 8 } })).toBe('counting-core-too-small');
  });

  it('leaves as spikes of as many ticks as its widest sum has inputs, times their counts', () => {
    const built = (aligned: boolean) => {
      const plan = lowerCount(
        layerOf([ones(4), [1, 1, 0, 0]]),
        contextOf(2, { arrival: { maxCount: 3, span: 5, aligned } }),
      );
      if (isProblem(plan)) throw new Error(plan.message);
      return plan.build();
    };
    expect(built(true)).toMatchObject({
      departure: { maxCount: 12, span: 12, aligned: true },
      minPeriod: 12,
      window: 12,
    });
    expect(built(false)).toMatchObject({
      departure: { maxCount: 12, span: 16, aligned: false },
      minPeriod: 16,
      window: 16,
    });
  });
});
