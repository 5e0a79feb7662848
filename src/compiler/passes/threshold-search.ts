import { channelsOf, sizeOf } from '../../ir/network/shapes.js';
import { type NetworkNode, type NodeId, SENSE } from '../../ir/network/types.js';
import { counts, realValue, type Step, type Value } from './integer-value.js';

/** A sign or step activation becomes a comparison of the sum with an integer, per channel or, where padding differs, per element. */
export function activation(id: NodeId, kind: 'sign' | 'step', before: Value): Step {
  const n = sizeOf(before.shape);
  const channels = channelsOf(before.shape);
  const theta = new Int32Array(n);
  const sense = new Uint8Array(n);
  // Most pixels have the constant of the pixel before: the search runs once per channel and border class.
  const known = Array.from({ length: channels }, () => new Map<number, readonly [number, number]>());
  for (let e = 0; e < n; e++) {
    const c = e % channels;
    const constant = before.constant[e]!;
    if (e >= channels && constant === before.constant[e - channels]) {
      sense[e] = sense[e - channels]!;
      theta[e] = theta[e - channels]!;
      continue;
    }
    const found = known[c]?.get(constant) ?? search(before, c, constant);
    known[c]?.set(constant, found);
    sense[e] = found[0];
    theta[e] = found[1];
  }
  const shared = theta.every((t, e) => t === theta[e % channels] && sense[e] === sense[e % channels]);
  const length = shared ? channels : n;
  const threshold: NetworkNode = {
    kind: 'threshold',
    id,
    input: before.id,
    theta: theta.slice(0, length),
    sense: sense.slice(0, length),
  };
  const binary = counts(id, before.shape, 1);
  const value = kind === 'step' ? binary : { ...binary, scale: 2, constant: new Float64Array(n).fill(-1) };
  return { nodes: [threshold], value };
}

/** The comparison of S that switches a channel's activation on: sense and theta. */
function search(value: Value, c: number, constant: number): readonly [sense: number, theta: number] {
  const real = realValue(value, c, constant);
  const on = (s: number): boolean => real(s) >= 0;
  let below = value.low[c]!;
  let above = value.high[c]!;
  const atLow = on(below);
  const atHigh = on(above);
  if (atLow && atHigh) return [SENSE.always, 0];
  if (!atLow && !atHigh) return [SENSE.never, 0];
  // Invariant: on(below) = atLow, on(above) = atHigh.
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (on(middle) === atLow) below = middle;
    else above = middle;
  }
  return atHigh ? [SENSE.atLeast, above] : [SENSE.atMost, below];
}
