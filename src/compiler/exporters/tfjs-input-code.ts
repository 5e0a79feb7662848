/** The code of the input as Keras layers on bytes: what an exported model begins with, and by which the importer knows it again. */
import type { InputCode } from '../../ir/network/types.js';

/** A layer on the result of the one before. */
export interface CodeLayer {
  readonly className: 'Rescaling' | 'QActivation';
  readonly config: Readonly<Record<string, unknown>>;
}

const rescaling = (scale: number, offset: number): CodeLayer => ({
  className: 'Rescaling',
  config: { scale, offset: offset + 0 },
});

/** A quantizer of QKeras. */
export const quantizer = (className: string, config: Readonly<Record<string, unknown>>): unknown => ({
  class_name: className,
  config,
});

/** The quantizer that is 1 from 0 on, else 0. */
export const BITS_OF_SIGN = quantizer('binary', { use_01: true, alpha: 1 });

/** The layers of a code, at least one; undefined for codes that draw lots or add channels. */
export function codeLayers(code: InputCode): readonly CodeLayer[] | undefined {
  switch (code.kind) {
    case 'threshold':
      return [rescaling(1, -code.level), { className: 'QActivation', config: { activation: BITS_OF_SIGN } }];
    case 'rate':
      return code.bits === 8 ? [rescaling(1, 0)] : shifted(code.bits);
    case 'integer': {
      const { bits, zeroPoint, step } = code;
      return [...(bits === 8 ? [] : shifted(bits)), rescaling(step, -zeroPoint * step)];
    }
    case 'thermometer':
    case 'bernoulli':
      return undefined;
  }
}

/**
 * The highest bits of a byte b: b 2^(bits - 8) - 1/2 plus half of what the lowest bit is worth lies half a step or more from every half, so that
 * rounding to the nearest integer is rounding down.
 */
const shifted = (bits: number): readonly CodeLayer[] => [
  rescaling(2 ** (bits - 8), 2 ** (bits - 9) - 0.5),
  { className: 'QActivation', config: { activation: quantizer('quantized_relu', { bits, integer: bits }) } },
];
