/** The functions of a transformer without parameters of their own, forward and backward, on rows of a batch. */

/** What the norm adds to the mean square, as in the float dialect. */
const NORM_EPSILON = 2 ** -20;

/** Root-mean-square norm of every row of `gain.length` values. */
export function rmsNorm(x: Float32Array, gain: Float32Array): Float32Array {
  const n = gain.length;
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += n) {
    const r = inverseRms(x, at, n);
    for (let i = 0; i < n; i++) y[at + i] = x[at + i]! * gain[i]! * r;
  }
  return y;
}

/** Gradient of {@link rmsNorm}: returns that of x, adds that of the gain. */
export function rmsNormGradient(
  x: Float32Array,
  gain: Float32Array,
  dy: Float32Array,
  gainGradient: Float32Array,
): Float32Array {
  const n = gain.length;
  const dx = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += n) {
    const r = inverseRms(x, at, n);
    let dot = 0;
    for (let i = 0; i < n; i++) {
      const g = dy[at + i]! * x[at + i]!;
      gainGradient[i]! += g * r;
      dot += g * gain[i]!;
    }
    const back = (dot * r * r * r) / n;
    for (let i = 0; i < n; i++) dx[at + i] = dy[at + i]! * gain[i]! * r - x[at + i]! * back;
  }
  return dx;
}

function inverseRms(x: Float32Array, at: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += x[at + i]! * x[at + i]!;
  return 1 / Math.sqrt(sum / n + NORM_EPSILON);
}

/** Sizes of causal attention: queries at positions `from`..tokens - 1 look at keys 0..own position. */
export interface AttentionSizes {
  readonly tokens: number;
  readonly from: number;
  readonly heads: number;
  readonly depth: number;
}

/** Query [sequences, tokens - from, heads * depth], key and value [sequences, tokens, heads * depth]. */
export interface AttentionValues {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** softmax(q k / sqrt(depth)) v per head, in the shape of the query, and the weights [sequences, tokens - from, heads, tokens]. */
export function attention(
  { query, key, value }: AttentionValues,
  sizes: AttentionSizes,
): { readonly out: Float32Array; readonly weights: Float32Array } {
  const { tokens, from, heads, depth } = sizes;
  const width = heads * depth;
  const rows = tokens - from;
  const out = new Float32Array(query.length);
  const weights = new Float32Array((query.length / width) * heads * tokens);
  const scale = 1 / Math.sqrt(depth);
  for (let at = 0, p = 0; at < query.length; at += depth, p += tokens) {
    const row = Math.floor(at / width);
    const first = Math.floor(row / rows) * tokens * width + (at % width);
    const nKeys = from + (row % rows) + 1;
    let largest = -Infinity;
    for (let j = 0; j < nKeys; j++) {
      const k = first + j * width;
      let sum = 0;
      for (let d = 0; d < depth; d++) sum += query[at + d]! * key[k + d]!;
      weights[p + j] = sum * scale;
      if (sum * scale > largest) largest = sum * scale;
    }
    let total = 0;
    for (let j = 0; j < nKeys; j++) {
      const e = Math.exp(weights[p + j]! - largest);
      weights[p + j] = e;
      total += e;
    }
    for (let j = 0; j < nKeys; j++) {
      const weight = weights[p + j]! / total;
      weights[p + j] = weight;
      const v = first + j * width;
      for (let d = 0; d < depth; d++) out[at + d]! += weight * value[v + d]!;
    }
  }
  return { out, weights };
}

/** Gradients of {@link attention} with respect to query, key and value. */
export function attentionGradient(
  { query, key, value }: AttentionValues,
  weights: Float32Array,
  dout: Float32Array,
  sizes: AttentionSizes,
): AttentionValues {
  const { tokens, from, heads, depth } = sizes;
  const width = heads * depth;
  const rows = tokens - from;
  const gradient = {
    query: new Float32Array(query.length),
    key: new Float32Array(key.length),
    value: new Float32Array(value.length),
  };
  const slope = new Float64Array(tokens);
  const scale = 1 / Math.sqrt(depth);
  for (let at = 0, p = 0; at < query.length; at += depth, p += tokens) {
    const row = Math.floor(at / width);
    const first = Math.floor(row / rows) * tokens * width + (at % width);
    const nKeys = from + (row % rows) + 1;
    let mean = 0;
    for (let j = 0; j < nKeys; j++) {
      const v = first + j * width;
      const weight = weights[p + j]!;
      let dot = 0;
      for (let d = 0; d < depth; d++) {
        dot += dout[at + d]! * value[v + d]!;
        gradient.value[v + d]! += weight * dout[at + d]!;
      }
      slope[j] = dot;
      mean += dot * weight;
    }
    for (let j = 0; j < nKeys; j++) {
      const k = first + j * width;
      const ds = weights[p + j]! * (slope[j]! - mean) * scale;
      for (let d = 0; d < depth; d++) {
        gradient.query[at + d]! += ds * key[k + d]!;
        gradient.key[k + d]! += ds * query[at + d]!;
      }
    }
  }
  return gradient;
}

/** Rows of positions `from`.. of every sequence, [sequences, tokens, width] to [sequences, tokens - from, width]. */
export function lastPositions(x: Float32Array, tokens: number, from: number, width: number): Float32Array {
  const sequences = x.length / tokens / width;
  const rows = tokens - from;
  const out = new Float32Array(sequences * rows * width);
  for (let b = 0; b < sequences; b++) {
    out.set(x.subarray((b * tokens + from) * width, (b + 1) * tokens * width), b * rows * width);
  }
  return out;
}

/** Adds a gradient of {@link lastPositions} to that of all positions. */
export function addLastPositions(
  into: Float32Array,
  dy: Float32Array,
  sizes: { readonly tokens: number; readonly from: number; readonly width: number },
): void {
  const { tokens, from, width } = sizes;
  const length = (tokens - from) * width;
  for (let b = 0; b * length < dy.length; b++) {
    const at = (b * tokens + from) * width;
    for (let i = 0; i < length; i++) into[at + i]! += dy[b * length + i]!;
  }
}
