/**
 * The vector unit and the activation unit of a core: what happens to a finished sum before it leaves. All values are integers.
 *
 * ```
 *   sum (or taps of a window, combined) --> step --> step --> ... --> output buffer
 *                                            ^ an added operand comes from the memory over the data port
 * ```
 * `lanes` steps of one channel per cycle (A). Sources: vector compute and activation units behind the VMM (Modha et al. 2023, P); table of
 * the activation unit (A: 256 entries). Meaning of the steps: ir/network/types.ts; arithmetic: common/fixed-point.ts.
 * Leaves out: what order the unit works on lanes, its registers.
 */
import { assertNever } from '../../common/assert.js';
import { divideRoundHalfAway, requantiseValue } from '../../common/fixed-point.js';
import { SENSE } from '../../ir/network/types.js';
import type {
  AddStep,
  AverageDivision,
  EpilogueStep,
  LookupStep,
  NorthPoleLayer,
  ThresholdStep,
  VectorLayer,
} from '../../ir/program/northpole.js';

/** Where a vector stands in the output of its layer. */
export interface VectorPlace {
  readonly y: number;
  readonly x: number;
  /** First channel. */
  readonly c0: number;
  /** [height, width, channels] of the output. */
  readonly shape: readonly [number, number, number];
}

/** The values of the add steps, by operand of the layer; channel c0 + n at n. */
export type AddedVectors = ReadonlyMap<number, Int32Array>;

/**
 * Combines the taps of a window (padded ones left out), channel by channel: channel c0 + n of `channels` is at n. The sum of no taps is 0, a
 * maximum of none is an error.
 */
export function combineTaps(layer: VectorLayer, taps: readonly Int32Array[], c0: number, channels: number): Int32Array {
  const [first, ...rest] = taps;
  if (first === undefined) {
    if (layer.combine === 'sum') return new Int32Array(channels);
    throw new Error(`internal error: a window of layer ${layer.name} sees only padding`);
  }
  const out = Array.from(first);
  for (const tap of rest) {
    for (let n = 0; n < out.length; n++) out[n] = combine(layer, out[n]!, tap[n]!, c0 + n);
  }
  return int32('sum of a window', out);
}

/** Divides the sums of a window by its `count` of taps: the last step of an average (A: the vector unit divides, as for attention). */
export function averageSums({ factor }: AverageDivision, sums: Int32Array, count: number): Int32Array {
  const averages = Array.from(sums, (sum) => (count === 0 ? 0 : divideRoundHalfAway(factor * sum, count)));
  return int32('an average', averages);
}

function combine(layer: VectorLayer, a: number, b: number, channel: number): number {
  if (layer.combine === 'sum') return a + b;
  return layer.minChannels?.[channel] === 1 ? Math.min(a, b) : Math.max(a, b);
}

/** Takes a vector through all steps. Values that leave 32 bits are an error. */
export function applyEpilogue(
  steps: readonly EpilogueStep[],
  values: Int32Array,
  place: VectorPlace,
  added: AddedVectors,
): Int32Array {
  let current = values;
  for (const step of steps) {
    const results = Array.from(current, (x, n) => applyStep(step, x, n, place, added));
    current = int32(`a result of step ${step.kind}`, results);
  }
  return current;
}

/** Lane operations on one channel behind the sum: a division for an average, one for each step, those inside an add step included. */
export function stepOperations(layer: Pick<NorthPoleLayer, 'epilogue'>): number {
  const steps = layer.epilogue.reduce((n, step) => n + 1 + (step.kind === 'add' ? step.steps.length : 0), 0);
  return steps + (isAverage(layer) ? 1 : 0);
}

/** Whether a layer divides its sums. */
const isAverage = (layer: object): boolean => 'average' in layer && layer.average !== undefined;

function applyStep(step: EpilogueStep, x: number, n: number, place: VectorPlace, added: AddedVectors): number {
  switch (step.kind) {
    case 'requantise':
      return requantiseValue(step, x, place.c0 + n);
    case 'threshold':
      return threshold(step, x, n, place);
    case 'lookup':
      return lookup(step, x);
    case 'add':
      return x + addend(step, n, place, added);
    default:
      return assertNever(step);
  }
}

function addend(step: AddStep, n: number, place: VectorPlace, added: AddedVectors): number {
  const stored = added.get(step.operand)?.[n];
  if (stored === undefined) throw new Error(`internal error: no value of operand ${step.operand} for lane ${n}`);
  return step.steps.reduce(
    (x, inner) => (inner.kind === 'lookup' ? lookup(inner, x) : requantiseValue(inner, x, place.c0 + n)),
    stored,
  );
}

function lookup({ table, inputMin }: LookupStep, x: number): number {
  const value = table[x - inputMin];
  if (value === undefined) {
    throw new Error(`internal error: ${x} is outside the table for ${inputMin}..${inputMin + table.length - 1}`);
  }
  return value;
}

/** Parameters are per channel or per element of the output. */
function threshold({ theta, sense }: ThresholdStep, x: number, n: number, place: VectorPlace): number {
  const [, width, channels] = place.shape;
  const c = place.c0 + n;
  const at = theta.length === channels ? c : (place.y * width + place.x) * channels + c;
  const t = theta[at];
  if (t === undefined) throw new Error(`internal error: no threshold for element ${at}`);
  switch (sense[at]) {
    case SENSE.atLeast:
      return x >= t ? 1 : 0;
    case SENSE.atMost:
      return x <= t ? 1 : 0;
    case SENSE.never:
      return 0;
    case SENSE.always:
      return 1;
    default:
      throw new Error(`internal error: no comparison number ${sense[at]}`);
  }
}

function int32(what: string, values: readonly number[]): Int32Array {
  const out = Int32Array.from(values);
  values.forEach((value, n) => {
    if (out[n] !== value) throw new Error(`internal error: ${what}, ${value}, does not fit 32 bits`);
  });
  return out;
}
