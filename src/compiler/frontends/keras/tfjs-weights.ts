/**
 * Weights of a tfjs layers-model: groups of shards, every group one stream of the weights in the order of its manifest, little-endian; quantised
 * ones are q * scale + min. Source: tfjs-core/src/io/types.ts and io_utils.ts (decodeWeights), tfjs-converter/python/.../write_weights.py.
 */
import { fail } from '../../../common/diagnostics.js';
import type { ForeignFile } from '../frontend.js';
import { fieldOf, listOf, numberOf, textOf } from './fields.js';
import type { NamedTensor } from './weights.js';

/** All shards of a model together. */
const MAX_BYTES = 1 << 30;
const REMEDY = 'convert the model again with tensorflowjs_converter';
const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/** Reads every shard that a manifest names. @throws UserError */
export async function tfjsWeights(manifest: unknown, file: ForeignFile): Promise<readonly NamedTensor[]> {
  const found: NamedTensor[] = [];
  const names = new Set<string>();
  let left = MAX_BYTES;
  for (const [g, group] of listOf(manifest).entries()) {
    const place = `${file.place}: weightsManifest ${g}`;
    const shards: Uint8Array[] = [];
    for (const path of listOf(fieldOf(group, 'paths'))) {
      if (typeof path !== 'string') fail('bad-tfjs', place, 'a path is no text', REMEDY);
      // A small file must not become a large one by naming it again and again.
      if (names.has(path)) fail('bad-tfjs', place, `it names the shard "${path}" twice`, REMEDY);
      names.add(path);
      const bytes = await file.beside(path, left);
      if (bytes === undefined)
        fail('missing-shard', place, `there is no "${path}" beside the model`, 'put its shards beside model.json');
      left -= bytes.length;
      shards.push(bytes);
    }
    found.push(...groupWeights(listOf(fieldOf(group, 'weights')), joined(shards), place));
  }
  return found;
}

function joined(shards: readonly Uint8Array[]): Uint8Array {
  const [only] = shards;
  if (only !== undefined && shards.length === 1) return only;
  const out = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const shard of shards) {
    out.set(shard, at);
    at += shard.length;
  }
  return out;
}

function groupWeights(entries: readonly unknown[], bytes: Uint8Array, place: string): readonly NamedTensor[] {
  let at = 0;
  const weights = entries.map((entry): NamedTensor => {
    const name = textOf(entry, 'name') ?? '';
    const quantization = fieldOf(entry, 'quantization');
    const dtype = textOf(quantization, 'dtype') ?? textOf(entry, 'dtype') ?? '';
    const size = Object.hasOwn(BYTES, dtype) ? BYTES[dtype] : undefined;
    const shape = listOf(fieldOf(entry, 'shape')).map((d) =>
      typeof d === 'number' && Number.isSafeInteger(d) && d >= 0 ? d : NaN,
    );
    const n = shape.reduce((product, d) => product * d, 1);
    if (size === undefined || Number.isNaN(n)) {
      return fail(
        'bad-tfjs',
        place,
        `weight "${name}" of type "${dtype}" and shape [${shape.join(', ')}] is not understood`,
        REMEDY,
      );
    }
    if (at + n * size > bytes.length) {
      return fail('bad-tfjs', place, `weight "${name}" reaches beyond the ${bytes.length} bytes of its shards`, REMEDY);
    }
    const own = bytes.slice(at, at + n * size);
    at += n * size;
    const scale = numberOf(quantization, 'scale', 1);
    const min = numberOf(quantization, 'min', 0);
    return { name, read: () => ({ shape, values: decode(own, dtype, { scale, min }) }) };
  });
  if (at !== bytes.length) fail('bad-tfjs', place, `its weights have ${at} bytes, its shards ${bytes.length}`, REMEDY);
  return weights;
}

function decode(
  { buffer }: Uint8Array<ArrayBuffer>,
  dtype: string,
  { scale, min }: { readonly scale: number; readonly min: number },
): Float32Array {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer);
    case 'int32':
      return Float32Array.from(new Int32Array(buffer));
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), half);
    case 'uint16':
      return Float32Array.from(new Uint16Array(buffer), (q) => q * scale + min);
    default:
      return Float32Array.from(new Uint8Array(buffer), (q) => q * scale + min);
  }
}

/** IEEE 754 half precision. */
function half(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
