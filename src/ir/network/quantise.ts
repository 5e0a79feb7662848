/** The definition of quantisers: levels, and the nine ways in which tools round. */
import type { QuantiseNode, QuantiserRounding } from './types.js';

/** What a quantiser is, without its place in a network. */
export type Quantiser = Pick<QuantiseNode, 'step' | 'bits' | 'signed' | 'levels' | 'rounding'>;

/** Smallest and largest multiple of the step that a quantiser yields. */
export function quantiseLevels(node: Quantiser): readonly [low: number, high: number] {
  if (node.levels !== undefined) return node.levels;
  const low = node.signed ? -(2 ** (node.bits - 1)) : 0;
  return [low, low + 2 ** node.bits - 1];
}

/** Rounds to the lower integer below a half, to the upper one above; `tie` decides which of floor and floor + 1 a half becomes. */
const nearest =
  (tie: (floor: number) => number) =>
  (x: number): number => {
    const floor = Math.floor(x);
    const rest = x - floor;
    if (rest === 0.5) return tie(floor);
    return rest < 0.5 ? floor : floor + 1;
  };

/** The roundings of quantisers: QONNX (docs/qonnx-custom-ops), ONNX QuantizeLinear (halfEven), ours (halfUp). */
export const QUANTISER_ROUND: Readonly<Record<QuantiserRounding, (x: number) => number>> = {
  // Not `nearest`: files of ours were trained with this expression, whose sum rounds.
  halfUp: (x) => Math.floor(x + 0.5),
  halfEven: nearest((floor) => (floor % 2 === 0 ? floor : floor + 1)),
  halfOdd: nearest((floor) => (floor % 2 === 0 ? floor + 1 : floor)),
  halfAwayFromZero: nearest((floor) => (floor >= 0 ? floor + 1 : floor)),
  halfTowardsZero: nearest((floor) => (floor >= 0 ? floor : floor + 1)),
  floor: Math.floor,
  ceil: Math.ceil,
  towardsZero: Math.trunc,
  awayFromZero: (x) => (x < 0 ? Math.floor(x) : Math.ceil(x)),
};

/**
 * Which multiple of the step x becomes: clip(round(x / step), low, high), in this order in float64. Every operation rounds
 * monotonically, so the function rises with x, which lowering relies on.
 */
export function quantiseFunction(node: Quantiser): (x: number) => number {
  const [low, high] = quantiseLevels(node);
  const round = QUANTISER_ROUND[node.rounding ?? 'halfUp'];
  const { step } = node;
  // + 0 turns a negative zero into zero.
  return (x) => Math.min(Math.max(round(x / step), low), high) + 0;
}
