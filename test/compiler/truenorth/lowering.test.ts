import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChipLayer } from '../../../src/compiler/targets/truenorth/chip-layers.js';
import { type CoreDraft, coreSizeOf } from '../../../src/compiler/targets/truenorth/drafts.js';
import { lowerCount, lowerScores } from '../../../src/compiler/targets/truenorth/lower-counts.js';
import { lowerDirect, lowerGated } from '../../../src/compiler/targets/truenorth/lower-direct.js';
import { lowerPartial } from '../../../src/compiler/targets/truenorth/lower-partial.js';
import {
  type Arrival,
  isProblem,
  type LoweredLayer,
  type LoweringPlan,
  type LoweringProblem,
} from '../../../src/compiler/targets/truenorth/lowered.js';
import type { LoweringContext } from '../../../src/compiler/targets/truenorth/lowering-context.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NEGATIVE, RESET } from '../../../src/ir/program/truenorth.js';
import { contextOf, layerOf } from './chip-layer.js';

/** Spikes that leave a layer: of a copy of an output or of a pin, tick by tick. */
interface Leaving {
  readonly copies: ReadonlyMap<string, ReadonlySet<number>>;
  readonly pins: ReadonlyMap<number, ReadonlySet<number>>;
}

/** Runs cores tick by tick, as the chip is defined; `inputs` are the ticks in which each input spikes, timers repeat every `period`. */
function runCores(
  { cores, inputSinks, timers }: LoweredLayer,
  inputs: readonly (readonly number[])[],
  period: number,
  ticks: number,
  firesAbove: boolean,
): Leaving {
  const arriving = Array.from({ length: ticks + 1 }, () => new Map<CoreDraft, Set<number>>());
  const send = (tick: number, core: CoreDraft, axon: number): void => {
    const axons = arriving[tick]?.get(core) ?? new Set();
    arriving[tick]?.set(core, axons.add(axon));
  };
  inputs.forEach((at, i) => {
    for (const tick of at) for (const { core, axon } of inputSinks[i]!) send(tick, core, axon);
  });
  for (const { sink, offset } of timers) {
    for (let tick = offset; tick < ticks; tick += period) send(tick, sink.core, sink.axon);
  }
  const copies = new Map<string, Set<number>>();
  const pins = new Map<number, Set<number>>();
  const drafts = cores.map((core) => ({ core, neurons: [...core.neurons] }));
  const potential = new Map(
    drafts.flatMap(({ neurons }) => neurons.map((n) => [n, n.parameters.initialPotential] as const)),
  );
  for (const { core, neurons } of drafts) {
    expect(neurons).toHaveLength(core.neurons.length);
    for (const { destination: to } of neurons) {
      if (to.kind === 'copy') {
        expect(copies.has(`${to.output}/${to.copy}`), 'a copy of an output is made once').toBe(false);
        copies.set(`${to.output}/${to.copy}`, new Set());
      } else if (to.kind === 'pin') pins.set(to.pin, new Set());
    }
  }
  for (let tick = 0; tick < ticks; tick++) {
    for (const { core, neurons } of drafts) {
      for (const neuron of neurons) {
        const { leak, weights, threshold, resetMode, negativeThreshold, negativeMode } = neuron.parameters;
        let v = potential.get(neuron)! + leak;
        for (const axon of neuron.axons) {
          if (arriving[tick]?.get(core)?.has(axon) === true) v += weights[core.axonType[axon]!] ?? 0;
        }
        if (firesAbove ? v > threshold : v >= threshold) {
          v = resetMode === RESET.linear ? v - threshold : 0;
          const to = neuron.destination;
          if (to.kind === 'copy') copies.get(`${to.output}/${to.copy}`)!.add(tick);
          else if (to.kind === 'pin') pins.get(to.pin)!.add(tick);
          else send(tick + 1, to.sink.core, to.sink.axon);
        } else if (v < -negativeThreshold) {
          v = negativeMode === NEGATIVE.reset ? 0 : -negativeThreshold;
        }
        potential.set(neuron, v);
      }
    }
  }
  return { copies, pins };
}

interface Case {
  readonly rows: readonly (readonly number[])[];
  readonly theta: readonly number[];
  readonly copies: readonly number[];
  /** [frame][input] counts. */
  readonly frames: readonly (readonly number[])[];
  readonly context: Partial<LoweringContext>;
  readonly firesAbove: boolean;
}

const sumOf = (row: readonly number[], counts: readonly number[]): number =>
  row.reduce((sum, w, i) => sum + w * counts[i]!, 0);

const coreOf = (firesAbove: boolean, core: Partial<LoweringContext['size']>) => {
  const size = coreSizeOf({ ...TRUENORTH, positiveComparison: firesAbove ? 'above' : 'atLeast' });
  return { ...size, ...core };
};

/** Lowers, runs all frames one after the other, and expects what the matrix says of every one. */
function check(
  { rows, theta, copies, frames, context, firesAbove }: Case,
  rule: ChipLayer['rule'],
  lower: (layer: ChipLayer, context: LoweringContext) => LoweringPlan | LoweringProblem | undefined,
): boolean {
  const layer = layerOf(rows, { rule, theta, max: context.arrival?.maxCount ?? 1 });
  const whole = contextOf(rows.length, { ...context, copies: Int32Array.from(copies) });
  const plan = lower(layer, whole);
  if (plan === undefined || isProblem(plan)) return false;
  const lowered = plan.build();
  expect(lowered.cores).toHaveLength(plan.nCores);
  for (const core of lowered.cores) {
    expect(core.axonType.length).toBeLessThanOrEqual(whole.size.axons);
    expect(core.neurons.length).toBeLessThanOrEqual(whole.size.neurons);
    for (const { parameters } of core.neurons) {
      const { weights } = parameters;
      expect(weights.length).toBeLessThanOrEqual(whole.size.axonTypes);
      for (const w of weights) expect(Math.abs(w)).toBeLessThanOrEqual(whole.size.weightMax);
    }
  }
  const { span } = whole.arrival;
  const period = Math.max(lowered.minPeriod, whole.streaming ? 1 : span);
  const inputs = rows[0]!.map((_, i) =>
    frames.flatMap((counts, f) =>
      Array.from({ length: counts[i]! }, (_, n) => f * period + (whole.arrival.aligned ? n : span - 1 - n)),
    ),
  );
  const ticks = frames.length * period + lowered.latency + lowered.departure.span;
  const { copies: left, pins } = runCores(lowered, inputs, period, ticks, firesAbove);
  const within = (at: ReadonlySet<number>, f: number): number => {
    const first = f * period + lowered.latency;
    return [...at].filter((tick) => tick >= first && tick < first + lowered.departure.span).length;
  };
  rows.forEach((row, o) => {
    const sums = frames.map((counts) => sumOf(row, counts));
    if (rule === 'score') {
      const scores = frames.map((_, f) =>
        lowered.pins.reduce((sum, pin, p) => sum + (pin.row === o ? pin.coefficient * within(pins.get(p)!, f) : 0), 0),
      );
      expect(scores).toEqual(sums);
      return;
    }
    const wanted = rule === 'count' ? sums : sums.map((sum) => (sum >= theta[o]! ? 1 : 0));
    for (let copy = 0; copy < copies[o]!; copy++) {
      const at = left.get(`${o}/${copy}`)!;
      expect(frames.map((_, f) => within(at, f))).toEqual(wanted);
      // And in no other tick, up to the next frame.
      expect([...at].filter((tick) => tick < frames.length * period + lowered.latency)).toHaveLength(
        wanted.reduce((n, spikes) => n + spikes, 0),
      );
    }
  });
  expect(left.size).toBe(rule === 'score' ? 0 : copies.reduce((n, c) => n + c, 0));
  return true;
}

const integers = (n: number, min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: n, maxLength: n });

/** Layers of up to 8 outputs and 20 inputs, three frames, on cores of random size. */
function cases(
  arrival: fc.Arbitrary<Arrival>,
  range: readonly [number, number],
  core: Partial<LoweringContext['size']> = {},
) {
  return fc
    .record({
      nIn: fc.integer({ min: 1, max: 20 }),
      nOut: fc.integer({ min: 1, max: 8 }),
      arrival,
      firesAbove: fc.boolean(),
      axons: fc.integer({ min: 8, max: 48 }),
      neurons: fc.integer({ min: 8, max: 24 }),
      window: fc.integer({ min: 4, max: 12 }),
      streaming: fc.boolean(),
    })
    .chain(({ nIn, nOut, arrival, firesAbove, axons, neurons, window, streaming }) =>
      fc.record<Case>({
        rows: fc.array(integers(nIn, ...range), { minLength: nOut, maxLength: nOut }),
        theta: integers(nOut, -4, 6),
        copies: integers(nOut, 0, 3),
        frames: fc.array(integers(nIn, 0, arrival.maxCount), { minLength: 3, maxLength: 3 }),
        context: fc.constant({
          arrival,
          window,
          streaming: streaming && arrival.span === 1,
          size: coreOf(firesAbove, { axons, neurons, ...core }),
        }),
        firesAbove: fc.constant(firesAbove),
      }),
    )
    .map((found) => ({ ...found, theta: found.theta.map((t, o) => inRange(t, found.rows[o]!, found)) }));
}

/** A threshold as legalisation leaves it: between the least sum and one more than the greatest. */
function inRange(theta: number, row: readonly number[], { context }: Case): number {
  const most = context.arrival?.maxCount ?? 1;
  const low = sumOf(
    row.map((w) => Math.min(w, 0)),
    row.map(() => most),
  );
  const high = sumOf(
    row.map((w) => Math.max(w, 0)),
    row.map(() => most),
  );
  return Math.min(Math.max(theta, low), high + 1);
}

const oneTick = fc.constant<Arrival>({ maxCount: 1, span: 1, aligned: true });
const counts = fc
  .record({ maxCount: fc.integer({ min: 1, max: 3 }), extra: fc.integer({ min: 0, max: 2 }) })
  .map(({ maxCount, extra }): Arrival => ({ maxCount, span: maxCount + extra, aligned: extra === 0 }));

/** Runs cases; at least a third of them has to fit. */
function everyCase(
  ...[arbitrary, rule, lower]: [
    fc.Arbitrary<Case>,
    ...(Parameters<typeof check> extends [unknown, ...infer Rest] ? Rest : never),
  ]
): void {
  let fitted = 0;
  fc.assert(
    fc.property(arbitrary, (each) => {
      if (check(each, rule, lower)) fitted++;
    }),
    { numRuns: 60 },
  );
  expect(fitted).toBeGreaterThan(20);
}

describe('the neurons of a layer fire exactly when its sums say so', () => {
  it('in one tick, from weights on pairs of axons', () => {
    everyCase(cases(oneTick, [-2, 2]), 'threshold', lowerDirect);
  });

  it('in one tick, from a type of axon for each weight', () => {
    // Weights too large for pairs: each would need as many axons.
    const heavy = cases(oneTick, [0, 1], { axons: 24 }).map((each) => {
      const rows = each.rows.map((row) => row.map((w) => 30 * w));
      return { ...each, rows, theta: each.theta.map((t, o) => inRange(30 * t - 5, rows[o]!, each)) };
    });
    everyCase(heavy, 'threshold', lowerDirect);
  });

  it('after several ticks, from sums that are gated', () => {
    everyCase(cases(counts, [-2, 2]), 'threshold', lowerGated);
  });

  it('after a window, from partial sums', () => {
    everyCase(cases(counts, [-2, 2], { axons: 32 }), 'threshold', lowerPartial);
    everyCase(cases(counts, [1, 1], { axons: 24, weightMax: 2 }), 'threshold', lowerPartial);
  });

  it('as often as their sums say, where they are counts', () => {
    everyCase(cases(counts, [0, 1]), 'count', lowerCount);
  });

  it('on pins whose coefficients add up to the scores', () => {
    everyCase(
      cases(counts, [-3, 3]).map((each) => ({ ...each, copies: each.copies.map(() => 1) })),
      'score',
      lowerScores,
    );
  });
});
