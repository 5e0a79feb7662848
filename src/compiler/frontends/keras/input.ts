/** What a byte of an image means to a model: options, and the Rescaling and Normalization layers in front of it. */
import { warningAt } from '../../../common/diagnostics.js';
import { channelsOf, sizeOf } from '../../../ir/network/shapes.js';
import type { Transform } from '../../../ir/network/preprocess.js';
import type { InputCode, Shape } from '../../../ir/network/types.js';
import { byteValues, encodeInput } from '../encode-input.js';
import type { ImportOptions } from '../frontend.js';
import type { Builder, Value } from './builder.js';
import { type LayerContext, type LayerReader, weightOf } from './context.js';
import { fieldOf, listOf, numberOf } from './fields.js';

/** Channel c of a byte b is gain[c] b + offset[c], after the options. */
export interface ByteScale {
  readonly gain: Float64Array;
  readonly offset: Float64Array;
}

/** The one input of a model. */
export class ModelInput {
  readonly shape: Shape;
  readonly isSequence: boolean;
  /** Its shape is not known. */
  readonly isGuess: boolean;
  readonly #options: ImportOptions;
  readonly #code: InputCode | undefined;
  readonly #b: Builder;
  #encoded: Value | undefined;
  #source: Value | undefined;
  /** The image minus its mean, of the bytes that it was brought to. */
  #elements: ((image: Uint8Array) => Float64Array) | undefined;
  #scale: ByteScale | undefined;
  /** What the data go through before they are coded. */
  preprocessing: readonly Transform[] | undefined;

  constructor(
    b: Builder,
    { shape, isSequence }: { readonly shape: Shape; readonly isSequence: boolean },
    options: ImportOptions,
    code?: InputCode,
  ) {
    this.#b = b;
    this.shape = shape;
    this.isSequence = isSequence;
    this.isGuess = b.findings.length > 0;
    this.#options = options;
    this.#code = code;
  }

  /** The value that was coded, and the layer that holds it as real numbers; undefined before it is read. */
  get coded(): { readonly source: Value; readonly id: Value['id'] } | undefined {
    if (this.#source === undefined || this.#encoded === undefined) return undefined;
    return { source: this.#source, id: this.#encoded.id };
  }

  /** What the input layer of the file reads for an image of bytes, channels last. */
  elementsOf(image: Uint8Array): Float64Array {
    if (this.#code !== undefined) return Float64Array.from(image);
    if (this.#elements !== undefined) return this.#elements(image);
    const { inputRange = [0, 255], inputMean, inputStd } = this.#options;
    const options = { inputRange, inputMean, inputStd };
    const { values = [] } = byteValues({ channels: channelsOf(this.shape), options, place: this.#b.place });
    return Float64Array.from(image, (b, e) => values[e % values.length]![b]!);
  }

  /** The coded image as real numbers; `scale` of the layers in front, undefined if there are none. */
  encode(value: Value, scale: ByteScale | undefined): Value {
    const known = this.#encoded;
    const same = (a: Float64Array | undefined, other: Float64Array | undefined): boolean => a?.join() === other?.join();
    if (known !== undefined) {
      if (!same(this.#scale?.gain, scale?.gain) || !same(this.#scale?.offset, scale?.offset)) {
        this.#b.unsupported(
          'the image is read with and without the scaling in front of it',
          'scale it once, before it is read',
        );
      }
      return known;
    }
    this.#scale = scale;
    this.#source = value;
    if (this.#code !== undefined) {
      const id = this.#b.fresh('code');
      this.#b.push({ kind: 'encode', id, input: value.id, code: this.#code });
      this.#encoded = this.#b.valueOf(id, value.isSequence);
      return this.#encoded;
    }
    const channels = channelsOf(this.shape);
    const { inputRange, inputMean, inputStd } = this.#options;
    const mean =
      inputMean !== undefined && inputMean.length > 1 && inputMean.length !== channels ? inputMean : undefined;
    const request = { input: value.id, channels, place: this.#b.place, fresh: this.#b.fresh };
    if (mean !== undefined) {
      this.#encoded = this.#withMeanImage(value, mean, scale);
      return this.#encoded;
    }
    const options =
      scale === undefined ? { inputRange, inputMean, inputStd } : composed(this.#options, scale, channels);
    const { nodes, output, diagnostics } = encodeInput({ ...request, options });
    this.#b.findings.push(...diagnostics);
    for (const node of nodes) this.#b.push(node);
    this.#encoded = diagnostics.length > 0 ? this.#b.guess(value) : this.#b.valueOf(output, value.isSequence);
    return this.#encoded;
  }

  /**
   * A mean image: bytes minus it are brought to bytes again, so that they cover all from 0 - mean to 255 - mean. The code's zero point is an
   * integer, its step what a byte became.
   */
  #withMeanImage(value: Value, mean: readonly number[], scale: ByteScale | undefined): Value {
    const { inputRange, inputStd = [1] } = this.#options;
    const problem = (message: string, remedy: string): Value => {
      this.#b.findings.push({ code: 'bad-input-scaling', severity: 'error', place: this.#b.place, message, remedy });
      return this.#b.guess(value);
    };
    if (mean.length !== sizeOf(this.shape) || !mean.every(Number.isFinite)) {
      return problem(
        `--input-mean: ${mean.length} numbers for images of [${this.shape.join(', ')}]`,
        `give 1, ${channelsOf(this.shape)} or ${sizeOf(this.shape)} of them`,
      );
    }
    if (inputRange === undefined)
      return problem(
        'a mean image is given, but not what a byte stands for',
        'give the values of 0 and 255 with --input-range LOW HIGH',
      );
    const [std = 1] = inputStd;
    const [low, high] = inputRange;
    const uniform =
      scale === undefined || (scale.gain.every((g) => g === scale.gain[0]) && scale.offset.every((o) => o === 0));
    if (inputStd.length !== 1 || !(std > 0) || !(low < high) || !uniform) {
      return problem(
        'a mean image goes with one deviation for all channels',
        'give one --input-std, and no other scaling',
      );
    }
    const perByte = (high - low) / 255;
    const image = Float64Array.from(mean, (m) => (m - low) / perByte);
    const least = image.reduce((a, m) => Math.min(a, 0 - m), Infinity);
    const most = image.reduce((a, m) => Math.max(a, 255 - m), -Infinity);
    const gain = 255 / (most - least);
    const zeroPoint = Math.min(255, Math.max(0, Math.round(0 - least * gain)));
    this.preprocessing = [
      { kind: 'subtract', values: image },
      { kind: 'requantise', gain, offset: zeroPoint },
    ];
    this.#b.warnings.push(
      warningAt(
        'rounded-input',
        this.#b.place,
        `the image minus its mean is rounded to 8 bits: by at most ${(0.5 / gain).toPrecision(2)} of a step of its bytes`,
        'accept it, or train with a mean for every channel instead of a mean image',
      ),
    );
    const own = perByte / gain / std;
    this.#elements = (bytes) => Float64Array.from(bytes, (b) => (b - zeroPoint) * own);
    const step = own * (scale?.gain[0] ?? 1);
    const id = this.#b.fresh('code');
    this.#b.push({ kind: 'encode', id, input: value.id, code: { kind: 'integer', bits: 8, zeroPoint, step } });
    return this.#b.valueOf(id, value.isSequence);
  }
}

/** Options that mean: first the options' value of a byte, then gain and offset. */
function composed(
  { inputRange, inputMean = [0], inputStd = [1] }: ImportOptions,
  { gain, offset }: ByteScale,
  channels: number,
): Pick<ImportOptions, 'inputRange' | 'inputMean' | 'inputStd'> {
  const [low, high] = inputRange ?? [0, 255];
  const at = (list: readonly number[], c: number): number => list[c % list.length] ?? 0;
  const isUniform =
    [gain, offset].every((list) => list.every((x) => x === list[0])) && inputMean.length === 1 && inputStd.length === 1;
  if (isUniform) {
    const real = (x: number): number => gain[0]! * ((x - at(inputMean, 0)) / at(inputStd, 0)) + offset[0]!;
    return { inputRange: [real(low), real(high)] };
  }
  // gain (x - mean) / std + offset = (x - (mean - offset std / gain)) / (std / gain)
  const deviations = Array.from({ length: channels }, (_, c) => at(inputStd, c) / gain[c]!);
  const means = Array.from({ length: channels }, (_, c) => at(inputMean, c) - offset[c]! * deviations[c]!);
  return { inputRange: [low, high], inputMean: means, inputStd: deviations };
}

/** Rescaling and Normalization as gain and offset per channel; undefined, with findings, where they cannot be. */
export function scalingOf(context: LayerContext, channels: number): ByteScale | undefined {
  const { b, className, config, weights } = context;
  const spread = (value: unknown, fallback: number): Float64Array | undefined => {
    const list =
      typeof value === 'number' ? [value] : value === undefined || value === null ? [fallback] : listOf(value).flat(4);
    const numbers = list.filter((x): x is number => typeof x === 'number' && Number.isFinite(x));
    if (numbers.length !== list.length || (numbers.length !== 1 && numbers.length !== channels)) return undefined;
    return Float64Array.from({ length: channels }, (_, c) => numbers[c % numbers.length]!);
  };
  if (className === 'Rescaling') {
    const gain = spread(fieldOf(config, 'scale'), 1);
    const offset = spread(fieldOf(config, 'offset'), 0);
    if (gain !== undefined && offset !== undefined && gain.every((g) => g > 0)) return { gain, offset };
    b.unsupported(
      'its scale and offset are no numbers, one for all channels or one each, the scale above 0',
      'save the model again',
    );
    return undefined;
  }
  const stored = (role: string): Float64Array | undefined => {
    const given = fieldOf(config, role);
    if (given !== undefined && given !== null) return spread(given, 0);
    const shape = weights.get(role)?.shape ?? [channels];
    const found = weightOf(context, role, shape)?.values;
    return found === undefined ? undefined : spread([...found], 0);
  };
  const mean = stored('mean');
  const variance = stored('variance');
  if (mean === undefined || variance === undefined) {
    b.unsupported(
      'its mean and variance are not one number for all channels or one each',
      'adapt it over channels (axis=-1)',
    );
    return undefined;
  }
  // Keras divides by at least its epsilon.
  const deviation = variance.map((v) => Math.max(Math.sqrt(Math.max(v, 0)), 1e-7));
  if (numberOf(config, 'invert', 0) !== 0) {
    return { gain: deviation, offset: mean };
  }
  return { gain: deviation.map((d) => 1 / d), offset: mean.map((m, c) => -m / deviation[c]!) };
}

/** Rescaling and Normalization inside of a model. */
export const scaling: LayerReader = (context, inputs) => {
  const { b } = context;
  const value = b.settle(inputs[0]!);
  const channels = channelsOf(value.shape);
  const scale = scalingOf(context, channels);
  if (scale === undefined) return b.guess(value);
  return b.apply(value, (input) => ({
    kind: 'batchNorm',
    input,
    gamma: scale.gain,
    beta: scale.offset,
    mean: new Float64Array(channels),
    variance: new Float64Array(channels).fill(1),
    epsilon: 0,
  }));
};
