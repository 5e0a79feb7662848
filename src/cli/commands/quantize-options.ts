/** What `lodestone quantize` is asked for, read from its options. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import type { BitWidth } from '../../ir/network/types.js';
import type { LayerBits, RangeMethod } from '../../training/post/index.js';

/** The texts of the options. */
export interface QuantizeTexts {
  readonly bits: string;
  readonly layerBits?: string;
  readonly method: string;
  readonly percentile?: string;
  readonly budget?: string;
  readonly search: boolean;
}

/** The options, understood. */
export interface QuantizeRequest {
  readonly bits: LayerBits;
  readonly layerBits: ReadonlyMap<string, LayerBits>;
  readonly method: RangeMethod;
  /** Accuracy that a search may give up, 0..1. */
  readonly budget: number;
}

export const METHODS = ['minmax', 'percentile', 'mse'] as const;

const DEFAULT_PERCENTILE = '99.9';
const DEFAULT_BUDGET = '0.5%';
const BITS_REMEDY = 'write weights, or weights/inputs, each 1 to 8: for example 4, or 4/8';

/** Reads the options for a network with the given layers. @throws UserError with every problem */
export function readQuantizeOptions(texts: QuantizeTexts, layers: readonly string[]): QuantizeRequest {
  const problems: Diagnostic[] = [];
  const { bits, layerBits } = readBits(texts, layers, problems);
  if (texts.search && texts.layerBits !== undefined) {
    const message = 'a search chooses the bits of every layer itself';
    problems.push(errorAt('layer-bits-with-search', '--layer-bits', message, 'leave out --layer-bits or --search'));
  }
  if (texts.percentile !== undefined && texts.method !== 'percentile') {
    const message = `the method is ${texts.method}, which has no percentile`;
    problems.push(errorAt('unused-option', '--percentile', message, 'add --method percentile'));
  }
  if (texts.budget !== undefined && !texts.search) {
    problems.push(errorAt('unused-option', '--budget', 'only a search has a budget', 'add --search'));
  }
  const percentText = texts.percentile ?? DEFAULT_PERCENTILE;
  const percent = numberIn(percentText, 50, 100);
  if (percent === undefined) {
    const message = `"${percentText}" is not a percentile`;
    problems.push(errorAt('bad-percentile', '--percentile', message, 'pass a number from 50 to 100, for example 99.9'));
  }
  const budgetText = texts.budget ?? DEFAULT_BUDGET;
  const budget = /^[^%]+%$/.test(budgetText) ? numberIn(budgetText.slice(0, -1), 0, 100) : undefined;
  if (budget === undefined) {
    const message = `"${budgetText}" is not a loss of accuracy`;
    problems.push(errorAt('bad-budget', '--budget', message, 'pass percentage points, for example 0.5%'));
  }
  throwIfErrors(problems);
  return {
    bits: bits ?? { weights: 8, inputs: 8 },
    layerBits,
    method: methodOf(texts.method, percent ?? 100),
    budget: (budget ?? 0) / 100,
  };
}

/** The bits of all layers and of single ones, as --bits and --layer-bits say them; what is wrong with them goes to `problems`. */
function readBits(
  texts: Pick<QuantizeTexts, 'bits' | 'layerBits'>,
  layers: readonly string[],
  problems: Diagnostic[],
): { readonly bits: LayerBits | undefined; readonly layerBits: ReadonlyMap<string, LayerBits> } {
  const bits = parseBits(texts.bits);
  if (bits === undefined) {
    problems.push(errorAt('bad-bits', `--bits ${texts.bits}`, `"${texts.bits}" is not a number of bits`, BITS_REMEDY));
  }
  const layerBits = new Map<string, LayerBits>();
  for (const part of texts.layerBits === undefined ? [] : texts.layerBits.split(',')) {
    // All behind the first "=" are the bits: "4=8" are none.
    const [, layer = '', text = ''] = /^([^=]*)=?(.*)$/s.exec(part)?.map((piece) => piece.trim()) ?? [];
    const place = `--layer-bits ${part.trim()}`;
    const found = parseBits(text);
    if (!layers.includes(layer)) {
      const suggestion = nearest(layer, layers);
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      const message = `there is no dense or convolution layer "${layer}"${hint}`;
      problems.push(errorAt('unknown-layer', place, message, `use ${layers.join(', ')}`));
    } else if (layerBits.has(layer)) {
      problems.push(errorAt('duplicate-layer', place, `"${layer}" is given twice`, 'give each layer once'));
    }
    if (found === undefined)
      problems.push(errorAt('bad-bits', place, `"${text}" is not a number of bits`, BITS_REMEDY));
    else layerBits.set(layer, found);
  }
  return { bits, layerBits };
}

/** The bits of the weights of a spiking network. */
export interface SpikingBitsAsked {
  readonly weights: BitWidth;
  readonly layers: ReadonlyMap<string, BitWidth>;
}

/** Reads --bits and --layer-bits for a spiking network; what is wrong with them, bits of inputs too, goes to `problems`. */
export function readSpikingBits(
  texts: Pick<QuantizeTexts, 'bits' | 'layerBits'>,
  layers: readonly string[],
  problems: Diagnostic[],
): SpikingBitsAsked {
  const { bits, layerBits } = readBits(texts, layers, problems);
  // Behind the "=": names of layers have slashes too.
  const ofInputs = [
    ...(texts.bits.includes('/') ? [`--bits ${texts.bits}`] : []),
    ...(texts.layerBits !== undefined && /=[^,]*\//.test(texts.layerBits) ? [`--layer-bits ${texts.layerBits}`] : []),
  ];
  const message = 'layers of a spiking network read spikes, which have no bits of their own';
  problems.push(
    ...ofInputs.map((place) => errorAt('bits-of-inputs', place, message, 'give bits of weights only, as in 4')),
  );
  return {
    weights: bits?.weights ?? 8,
    layers: new Map([...layerBits].map(([layer, { weights }]) => [layer, weights])),
  };
}

function methodOf(name: string, percent: number): RangeMethod {
  if (name === 'minmax') return { kind: 'minmax' };
  return name === 'percentile' ? { kind: 'percentile', percent } : { kind: 'mse' };
}

const WIDTHS: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** `4` or `4/8`: weights, and inputs if they differ. */
function parseBits(text: string): LayerBits | undefined {
  const parts = text.split('/').map((part) => WIDTHS.find((width) => String(width) === part.trim()));
  const [weights, inputs = weights] = parts;
  if (parts.length > 2 || parts.includes(undefined) || weights === undefined || inputs === undefined) return undefined;
  return { weights, inputs };
}

function numberIn(text: string, low: number, high: number): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= low && value <= high ? value : undefined;
}
