/** The narrowest container of a range of values. */
import type { NorthPoleSpec, NorthPoleTensor, Precision } from '../../../ir/program/northpole.js';

/** Width and sign of stored values, and what is added to them. */
export type Container = Pick<NorthPoleTensor, 'bits' | 'signed' | 'zeroPoint'>;

/** Least and greatest value of a container. One bit holds 0 and 1. */
export function containerRange({ bits, signed }: Container): readonly [low: number, high: number] {
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** The narrowest supported container of values in low..high; 32 signed bits if no operand of the VMM holds them. */
export function containerOf(
  spec: Pick<NorthPoleSpec, 'precisions'>,
  [low, high]: readonly [low: number, high: number],
): Container {
  const signed = low < 0;
  const narrowest = spec.precisions
    .filter((bits) => {
      const [least, greatest] = containerRange({ bits, signed });
      return least <= low && high <= greatest && !(bits === 1 && signed);
    })
    .reduce<Precision | 32>((a, b) => (a < b ? a : b), 32);
  return narrowest === 32 ? { bits: 32, signed: true } : { bits: narrowest, signed };
}

/**
 * A container of an operand of the VMM: the narrowest, or the widest one with a zero point where the values fit it only then; 32 signed bits if none
 * does.
 */
export function operandContainer(
  spec: Pick<NorthPoleSpec, 'precisions'>,
  [low, high]: readonly [low: number, high: number],
): Container {
  const plain = containerOf(spec, [low, high]);
  const widest = spec.precisions.reduce<Precision>((a, b) => (b > a ? b : a), 1);
  if (plain.bits !== 32 || high - low > 2 ** widest - 1) return plain;
  return { bits: widest, signed: false, zeroPoint: 0 - low };
}

/** The narrowest supported container of weights, at least `declared` bits; undefined if there is none. With one bit, weights are -1 or +1. */
export function weightContainer(
  spec: Pick<NorthPoleSpec, 'precisions'>,
  weights: Int8Array,
  declared: number,
): Precision | undefined {
  let low = 0;
  let high = 0;
  let hasOther = false;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!;
    if (w < low) low = w;
    if (w > high) high = w;
    if (w !== 1 && w !== -1) hasOther = true;
  }
  return spec.precisions
    .filter((bits) => bits >= declared)
    .filter((bits) => (bits === 1 ? !hasOther : low >= -(2 ** (bits - 1)) && high < 2 ** (bits - 1)))
    .reduce<Precision | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
}
