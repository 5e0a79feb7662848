import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupPlan, Lane, RowPlan } from '../../../src/compiler/targets/truenorth/counted-sets.js';
import { planLayer, rowWeights } from '../../../src/compiler/targets/truenorth/partial-plan.js';
import { contextOf, layerOf } from './chip-layer.js';

const UNIT_SETS = { allowShared: false, digits: false };

/** Plans of rows in one group with counts up to `maxCount` in lanes of `window` spikes. */
function plansOf(
  rows: readonly (readonly number[])[],
  { window = 16, maxCount = 1, axons = 256, shared = true, inputChannels = 1, theta = rows.map(() => 1) } = {},
): readonly GroupPlan[] {
  const layer = layerOf(rows, { inputChannels, theta, max: maxCount });
  const arrival = { maxCount, span: maxCount, aligned: true };
  const found = planLayer(layer, contextOf(rows.length, { window, arrival, core: { axons } }), {
    ...{ allowShared: shared, digits: false },
  });
  if ('remedy' in found) throw new Error(found.message);
  return found.plans;
}

/** What a lane adds to the sum of a row for every spike. */
const weightOf = (row: RowPlan, lane: Lane): number => row.own * lane.sign;

/** The own lanes of a row, with inputs of the layer in the place of those of the group. */
const lanesOf = (plan: GroupPlan, row: RowPlan): readonly Lane[] =>
  plan.lanes[plan.rows.indexOf(row)]!.flat().map((lane) => withInputs(plan, lane));

const withInputs = ({ group }: GroupPlan, lane: Lane): Lane => ({
  ...lane,
  inputs: lane.inputs.map((place) => group.inputs[place]!),
});

/** All lanes of a row with the weight of their spikes: its own, and those it shares with its group. */
const weighted = (plan: GroupPlan, row: RowPlan): readonly { lane: Lane; weight: number }[] => [
  ...lanesOf(plan, row).map((lane) => ({ lane, weight: weightOf(row, lane) })),
  ...plan.shared.flat().map((lane) => ({ lane: withInputs(plan, lane), weight: row.shared })),
];

const ternary = fc.integer({ min: -3, max: 3 });
const sign = fc.constantFrom(-1, 1);
const matrices = fc
  .record({ nIn: fc.integer({ min: 1, max: 30 }), nOut: fc.integer({ min: 1, max: 4 }), binary: fc.boolean() })
  .chain(({ nIn, nOut, binary }) =>
    fc.array(fc.array(binary ? sign : ternary, { minLength: nIn, maxLength: nIn }), {
      minLength: nOut,
      maxLength: nOut,
    }),
  );
const settings = fc.record({
  window: fc.integer({ min: 3, max: 20 }),
  maxCount: fc.integer({ min: 1, max: 3 }),
  axons: fc.integer({ min: 3, max: 40 }),
  shared: fc.boolean(),
  inputChannels: fc.integer({ min: 1, max: 3 }),
});

describe('sets of inputs that are counted', () => {
  it('add up to the sum of every row', () => {
    fc.assert(
      fc.property(matrices, settings, (rows, options) => {
        for (const plan of plansOf(rows, options)) {
          for (const row of plan.rows) {
            const sums = new Array<number>(rows[0]!.length).fill(0);
            for (const { lane, weight } of weighted(plan, row)) for (const i of lane.inputs) sums[i]! += weight;
            expect(sums).toEqual(rows[row.row]);
          }
        }
      }),
    );
  });

  it('bound the potential of a row whatever arrives first', () => {
    fc.assert(
      fc.property(matrices, settings, (rows, options) => {
        for (const plan of plansOf(rows, { ...options, theta: rows.map((_, o) => o - 2) })) {
          for (const row of plan.rows) {
            // Every spike that raises the potential, and none that lowers it; and the other way round.
            const ends = [1, -1].map((end) =>
              weighted(plan, row).reduce(
                (sum, { lane, weight }) => sum + Math.max(0, end * weight) * lane.inputs.length * options.maxCount,
                0,
              ),
            );
            const { high, low, theta } = row.outputs[0]!.demand;
            expect([high, -low, theta].map((n) => n + 0)).toEqual([...ends, row.row - 2]);
          }
        }
      }),
    );
  });

  it('are as few and as equal as the window allows', () => {
    fc.assert(
      fc.property(matrices, settings, (rows, options) => {
        const most = Math.floor(options.window / options.maxCount);
        for (const { lanes: found, chunks, shared } of plansOf(rows, options)) {
          shared.forEach((lanes, chunk) => {
            if (lanes.length > 0) expect(lanes).toHaveLength(Math.ceil(chunks[chunk]!.length / most));
          });
          for (const lanes of [...found.flat(), ...shared]) {
            for (const signed of [1, -1]) {
              const sizes = lanes.filter((lane) => lane.sign === signed).map(({ inputs }) => inputs.length);
              for (const size of sizes) expect(size).toBeLessThanOrEqual(most);
            }
          }
        }
      }),
    );
    const [plan] = plansOf([Array.from({ length: 17 }, () => 1)], { window: 5, shared: false });
    expect(plan?.lanes[0]?.[0]?.map(({ inputs }) => inputs.length)).toEqual([4, 4, 4, 5]);
  });

  it('of a weight are as many as it is large, of its sign', () => {
    const [plan] = plansOf([[2, -3, 0, 1]], { shared: false });
    expect(plan?.rows[0]).toMatchObject({ own: 1, shared: 0 });
    expect(lanesOf(plan!, plan!.rows[0]!)).toEqual([
      { sign: 1, worth: 1, inputs: [0, 3] },
      { sign: -1, worth: 1, inputs: [1] },
      { sign: 1, worth: 1, inputs: [0] },
      { sign: -1, worth: 1, inputs: [1] },
      { sign: -1, worth: 1, inputs: [1] },
    ]);
  });

  it('of a weight are as many as it has binary digits, where counts are worth more than one', () => {
    const found = planLayer(layerOf([[5, -3, 0, 1]]), contextOf(1), { allowShared: false, digits: true });
    if ('remedy' in found) throw new Error(found.message);
    expect(lanesOf(found.plans[0]!, found.plans[0]!.rows[0]!)).toEqual([
      { sign: 1, worth: 1, inputs: [0, 3] },
      { sign: -1, worth: 1, inputs: [1] },
      { sign: -1, worth: 2, inputs: [1] },
      { sign: 1, worth: 4, inputs: [0] },
    ]);
  });

  it('are those of the rarer sign where rows of +1 and -1 share the count of all inputs', () => {
    const [plan] = plansOf([
      [1, -1, -1, -1],
      [1, 1, -1, 1],
      [1, 1, -1, -1],
    ]);
    expect(plan?.shared).toEqual([[{ sign: 1, worth: 1, inputs: [0, 1, 2, 3] }]]);
    expect(plan?.rows.map(({ own, shared }, r) => [own, shared, plan.lanes[r]![0]![0]!.inputs])).toEqual([
      // S = 2 P - X, where P is no more than half of them; else X - 2 N.
      [2, -1, [0]],
      [-2, 1, [2]],
      [2, -1, [0, 1]],
    ]);
  });

  it('share no count in a group of one row, of other weights, or where that is not allowed', () => {
    const signs = [1, -1, -1];
    expect(plansOf([signs])[0]?.shared).toEqual([[]]);
    expect(plansOf([signs, [1, 2, 1]])[0]?.shared).toEqual([[]]);
    expect(plansOf([signs, [1, 0, 1]])[0]?.shared).toEqual([[]]);
    expect(plansOf([signs, signs], { shared: false })[0]?.shared).toEqual([[]]);
    expect(plansOf([signs, signs])[0]?.shared[0]).toHaveLength(1);
  });
});

describe('chunks of a fan-in beyond the axons of a core', () => {
  const chunksOf = (nIn: number, options: { axons: number; inputChannels?: number }): readonly (readonly number[])[] =>
    plansOf([Array.from({ length: nIn }, () => 1)], { shared: false, ...options })[0]!.chunks.map((chunk) => [
      ...chunk,
    ]);

  it('are one where it fits', () => {
    expect(chunksOf(6, { axons: 6, inputChannels: 2 })).toEqual([[0, 1, 2, 3, 4, 5]]);
  });

  it('are as few as fit, and as equal as can be', () => {
    expect(chunksOf(7, { axons: 6 })).toEqual([
      [0, 1, 2],
      [3, 4, 5, 6],
    ]);
    expect(chunksOf(7, { axons: 3 }).map((chunk) => chunk.length)).toEqual([2, 2, 3]);
  });

  it('keep all places of a channel together, in more chunks where channels are many', () => {
    // Four channels at two places: two channels fit a core of four axons; three do not.
    expect(chunksOf(8, { axons: 4, inputChannels: 4 })).toEqual([
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ]);
    // Two chunks would hold one and two channels, and two are too many: three chunks.
    expect(chunksOf(9, { axons: 5, inputChannels: 3 })).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5, 8],
    ]);
  });

  it('cut through channels where one alone does not fit', () => {
    expect(chunksOf(8, { axons: 3, inputChannels: 2 })).toEqual([
      [0, 1],
      [2, 3, 4],
      [5, 6, 7],
    ]);
  });

  it('look at the channels that are read only', () => {
    const layer = layerOf([[1, 0, 1, 0, 1, 0, 1, 0]], { inputChannels: 4 });
    const found = planLayer(layer, contextOf(1, { core: { axons: 2 } }), UNIT_SETS);
    expect('plans' in found && found.plans[0]?.chunks.map((chunk) => [...chunk])).toEqual([
      [0, 4],
      [2, 6],
    ]);
  });
});

it('a window shorter than a count is too short, and the message names the shortest', () => {
  const layer = layerOf([[1, 1]]);
  const plan = (window: number, aligned: boolean) =>
    planLayer(layer, contextOf(1, { window, arrival: { maxCount: 7, span: 9, aligned } }), {
      ...UNIT_SETS,
      allowShared: true,
    });
  expect(plan(7, true)).toHaveProperty('plans');
  expect(plan(6, true)).toMatchObject({ code: 'window-too-short', remedy: 'use a window of at least 7 ticks' });
  expect(plan(15, false)).toHaveProperty('plans');
  expect(plan(14, false)).toMatchObject({ code: 'window-too-short', remedy: 'use a window of at least 15 ticks' });
});

it('weights of a row stand at their inputs', () => {
  const layer = layerOf([
    [0, 2, 0],
    [-1, 0, 3],
  ]);
  const weightsOf = rowWeights(layer);
  expect([0, 1, 1, 0].map((row) => [...weightsOf(row)])).toEqual([
    [0, 2, 0],
    [-1, 0, 3],
    [-1, 0, 3],
    [0, 2, 0],
  ]);
});
