/** Collects layers and weights of a Keras model that is being written, and the digits that float32 does not hold. */

/** A layer: what it reads are layers before it. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
}

/** A weight, as float32. */
export interface KerasWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A layer to add, with its weights by their roles; a weight without a shape is a vector. */
export interface LayerRequest extends KerasLayer {
  readonly weights?: Readonly<Record<string, WeightRequest>>;
}

/** Numbers of a weight. */
export interface WeightRequest {
  readonly values: Float64Array | Float32Array;
  readonly shape?: readonly number[];
}

/** Parts of layers are named layer:part: names of layers have no colon. */
export class ModelWriter {
  readonly layers: KerasLayer[] = [];
  readonly weights: KerasWeight[] = [];
  readonly exact = new Map<string, Float64Array>();

  /** Adds a layer and returns its name. */
  layer({ weights = {}, ...layer }: LayerRequest): string {
    this.layers.push(layer);
    for (const [role, { values, shape = [values.length] }] of Object.entries(weights)) {
      const name = `${layer.name}/${role}`;
      const single = values instanceof Float32Array ? values : Float32Array.from(values);
      this.weights.push({ name, shape, values: single });
      if (values.some((v, i) => v !== single[i])) this.exact.set(name, Float64Array.from(values));
    }
    return layer.name;
  }
}
