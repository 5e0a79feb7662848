/** Pools and averages of 8-bit networks. */
import { shifted } from './integer-elementwise.js';
import { geometryOf, isSamePadding, type OperatorContext, outputImage } from './operator-context.js';
import { activationLimits, activationOf, type FixedMultiplier, quantiseMultiplier, quantOf } from './quantised.js';
import { Refusal } from './refusal.js';
import { requantiseNode } from './requantise.js';
import { meanWindow } from './shape-ops.js';

/** AVERAGE_POOL_2D and MAX_POOL_2D. Source: reference/integer_ops/pooling.h. The average rounds q, not q - zero point. */
export function pool(context: OperatorContext): void {
  const input = context.value(0);
  const image = context.image(input);
  const [from, to] = [quantOf(context.tensor(0)), quantOf(context.output())];
  if (from.scale !== to.scale || from.low !== to.low)
    throw new Refusal('its operand and its result have different scales', 'quantise them alike');
  const options = context.options;
  const { dilation, ...geometry } = geometryOf(image, {
    window: [options?.int32(4) ?? 1, options?.int32(3) ?? 1],
    stride: [options?.int32(2) ?? 1, options?.int32(1) ?? 1],
    dilation: [1, 1],
    isSame: isSamePadding(options?.int8(0) ?? 0),
  });
  const full = [1, ...outputImage(image, { ...geometry, dilation }), image[2]];
  const limits = activationLimits(activationOf(options?.int8(5) ?? 0), to);
  const isClipped = limits.min > to.low || limits.max < to.high;
  if (context.op.name === 'MAX_POOL_2D') {
    const id = context.add({
      kind: 'maxPool',
      id: context.id(isClipped ? 'most' : undefined),
      input: input.id,
      ...geometry,
    });
    return context.give(isClipped ? shifted(context, id, 0, limits) : id, full);
  }
  const { zeroPoint, low, high } = from;
  const q =
    zeroPoint === 0
      ? input.id
      : shifted(context, input.id, zeroPoint, { min: low + zeroPoint, max: high + zeroPoint }, 'q');
  const isLast = zeroPoint === 0 && !isClipped;
  const counted = [0, 0, 0, 0] as const;
  const id = context.add({
    kind: 'avgPool',
    id: context.id(isLast ? undefined : 'average'),
    input: q,
    ...geometry,
    counted,
  });
  return context.give(isLast ? id : shifted(context, id, 0 - zeroPoint, limits), full);
}

/** MEAN over rows and columns. Source: QuantizedMeanOrSum of reference/reduce.h: the number of elements is part of the multiplier. */
export function mean(context: OperatorContext): void {
  const { image, window, pooled, full } = meanWindow(context);
  const [from, to] = [quantOf(context.tensor(0)), quantOf(context.output())];
  const sums = context.add({
    ...{ kind: 'sumPool', id: context.id('sums'), input: image, window, stride: window, padding: [0, 0, 0, 0] },
  });
  const scale = perElement(quantiseMultiplier(from.scale / to.scale), window[0] * window[1]);
  const limits = { min: to.low, max: to.high };
  const id = context.add(requantiseNode(context.id(), sums, [scale], limits));
  context.give(context.rearrange({ id, full: pooled }, full, undefined, 0, 'shaped'), full);
}

/** The multiplier of a sum of n elements whose average has this one; its quotient is cut off. */
function perElement({ multiplier, exponent }: FixedMultiplier, n: number): FixedMultiplier {
  const shift = Math.min(Math.floor(Math.log2(n)), 32, 31 + exponent);
  return { multiplier: Number((BigInt(multiplier) << BigInt(shift)) / BigInt(n)), exponent: exponent - shift };
}
