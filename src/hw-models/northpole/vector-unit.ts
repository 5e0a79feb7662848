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
import { requantiseValue } from '../../common/fixed-point.js';
import { SENSE } from '../../ir/network/types.js';
import type { AddStep, EpilogueStep, LookupStep, ThresholdStep, VectorLayer } from '../../ir/program/northpole.js';

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
 * Combines the taps of a window (padded ones left out), channel by channel. Channel c0 + n is at n; a window without any tap is an error.
 */
export function combineTaps(layer: VectorLayer, taps: readonly Int32Array[], c0: number): Int32Array {
  const [first, ...rest] = taps;
  if (first === undefined) throw new Error(`internal error: a window of layer ${layer.name} sees only padding`);
  const out = Array.from(first);
  for (const tap of rest) {
    for (let n = 0; n < out.length; n++) out[n] = combine(layer, out[n]!, tap[n]!, c0 + n);
  }
  return int32('sum of a window', out);
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

/** Lane operations of the steps on one channel: one each, those inside an add step included. */
export function stepOperations(steps: readonly EpilogueStep[]): number {
  return steps.reduce((n, step) => n + 1 + (step.kind === 'add' ? step.steps.length : 0), 0);
}

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
