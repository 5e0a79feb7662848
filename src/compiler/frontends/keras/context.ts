/** What the readers of layers have at hand. */
import type { JsonObject } from './fields.js';
import type { Builder, Value } from './builder.js';

/** A weight as the file has it. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

/** One use of a layer that is being read. */
export interface LayerContext {
  readonly b: Builder;
  readonly className: string;
  readonly config: JsonObject;
  /** Its weights by role: kernel, bias, gamma, ... */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** What a padding layer pads with. */
  readonly border: number;
  /** Of Keras: some functions changed with 3. */
  readonly major: number;
  /** Its result is the result of the model, and nothing else reads it. */
  readonly isLast: boolean;
}

/** Reads a layer; its result, or a guess where it could not be read. */
export type LayerReader = (context: LayerContext, inputs: readonly Value[]) => Value;

/** A weight of a shape; undefined, with a finding, where it is missing or of another shape. */
export function weightOf({ b, weights }: LayerContext, role: string, shape: readonly number[]): Tensor | undefined {
  const found = weights.get(role);
  if (found === undefined) {
    b.problem(
      'missing-weights',
      `its weights "${role}" are not in the file`,
      'save the model with its weights, or name the file that has them with --weights FILE',
    );
    return undefined;
  }
  // Scalars and vectors of one element are one.
  const plain = (dims: readonly number[]): string => dims.join();
  if (plain(found.shape) !== plain(shape)) {
    b.misfit(`its weights "${role}" are [${found.shape.join(', ')}], its configuration asks for [${shape.join(', ')}]`);
    return undefined;
  }
  if (!found.values.every(Number.isFinite)) {
    b.problem('bad-weights', `its weights "${role}" are not all finite`, 'train the model again');
    return undefined;
  }
  return found;
}

/** Whether the layer orders images with channels last; a finding where it does not. */
export function expectChannelsLast({ b, config }: LayerContext): boolean {
  const format = Object.hasOwn(config, 'data_format') ? config['data_format'] : undefined;
  if (format !== 'channels_first') return true;
  b.unsupported(
    'it orders images with channels first',
    'build the model with data_format="channels_last" and save it again',
  );
  return false;
}
