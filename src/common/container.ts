/**
 * The file container of all our binary artefacts: a fixed header, then a msgpack payload.
 *
 * ```
 * offset  size  content
 *      0     8  "LODESTON"
 *      8     4  format version, little endian
 *     12     4  kind, little endian (see KIND)
 *     16     4  payload length in bytes, little endian
 *     20    32  SHA-256 of the payload
 *     52     -  payload: msgpack; typed arrays as { $: dtype, n: length, d: bytes }
 * ```
 * Reading checks magic, kind, version, length and checksum in this order, so that each kind of damage has its own message.
 */
import { platform } from '#platform';
import { Packr } from 'msgpackr/pack';
import { Unpackr } from 'msgpackr/unpack';
import { fail } from './diagnostics.js';
import { recogniseForeign } from './foreign-file.js';
import { packInt8, type PackedInts, unpackInt8 } from './packed-ints.js';

const MAGIC = 'LODESTON';
const HEADER_BYTES = 52;

/** Version of the payload formats; a reader accepts exactly its own. */
export const FORMAT_VERSION = 1;

/** What a container holds. */
export const KIND = { network: 1, program: 2, checkpoint: 3, simulation: 4, golden: 5, samples: 6 } as const;
export type ContainerKind = keyof typeof KIND;

/** What writes files of a kind, for remedies. */
const MAKERS: Readonly<Record<ContainerKind, string>> = {
  network: '`lodestone train`',
  program: '`lodestone compile`',
  checkpoint: '`lodestone train --checkpoint`',
  simulation: '`lodestone probe --save`',
  golden: '`lodestone conform record`',
  samples: '`lodestone explore`',
};

/** The command that writes a file of a kind again at its place. */
const REWRITES: Readonly<Record<ContainerKind, (place: string) => string>> = {
  network: (place) => `lodestone train RECIPE -o ${place}`,
  program: (place) => `lodestone compile MODEL -o ${place}`,
  checkpoint: (place) => `rm ${place}`,
  simulation: (place) => `lodestone probe FILE --core X,Y --save ${place}`,
  golden: (place) => `lodestone conform record PROGRAM -o ${place}`,
  samples: () => 'lodestone explore FILE -o FOLDER --resume',
};

/** Whether bytes begin as a container does. */
export const isContainer = (bytes: Uint8Array): boolean =>
  bytes.length >= MAGIC.length && Array.from(MAGIC).every((letter, i) => bytes[i] === letter.charCodeAt(0));

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** Serialises a plain value (objects, arrays, numbers, strings, booleans, typed arrays) deterministically. */
export function encodeContainer(kind: ContainerKind, value: unknown): Uint8Array {
  const payload = packr.pack(tagArrays(value));
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC), 0);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, KIND[kind], true);
  view.setUint32(16, payload.length, true);
  bytes.set(platform.sha256(payload), 20);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/**
 * Reads a container back. The value is untrusted: callers check it against a schema.
 * @throws UserError when the bytes are not an intact container of this kind and version.
 */
export function decodeContainer(kind: ContainerKind, bytes: Uint8Array, place: string): unknown {
  const make = MAKERS[kind];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isContainer(bytes)) {
    const { what = 'not a Lodestone file', remedy = `pass a file written by ${make}` } = recogniseForeign(bytes) ?? {};
    fail('not-a-lodestone-file', place, `a ${kind} file is needed, this is ${what}`, remedy);
  }
  if (bytes.length < HEADER_BYTES) {
    fail(
      'file-truncated',
      place,
      `the header needs ${HEADER_BYTES} bytes, the file has ${bytes.length}`,
      `write it again with ${make}`,
    );
  }
  const foundKind = view.getUint32(12, true);
  if (foundKind !== KIND[kind]) {
    const known = Object.entries(KIND).find(([, number]) => number === foundKind)?.[0];
    const found = known === undefined ? `kind ${foundKind}` : `a ${known}`;
    fail(
      'wrong-file-kind',
      `${place} byte 12`,
      `the file holds ${found}, not a ${kind}`,
      `pass a file written by ${make}`,
    );
  }
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) {
    fail(
      'file-version',
      `${place} byte 8`,
      `the file has format version ${version}, this program reads version ${FORMAT_VERSION}`,
      `write it again with this version: \`${REWRITES[kind](place)}\``,
    );
  }
  const length = view.getUint32(16, true);
  if (bytes.length !== HEADER_BYTES + length) {
    fail(
      'file-truncated',
      place,
      `the header announces ${HEADER_BYTES + length} bytes, the file has ${bytes.length}`,
      `copy the file again, or write it again with ${make}`,
    );
  }
  const payload = bytes.subarray(HEADER_BYTES);
  const digest = platform.sha256(payload);
  if (digest.some((byte, i) => byte !== bytes[20 + i])) {
    fail(
      'file-checksum',
      place,
      'the checksum does not match: the file is damaged',
      `copy the file again, or write it again with ${make}`,
    );
  }
  try {
    return untagArrays(unpackr.unpack(payload));
  } catch (error) {
    fail('file-payload', place, `the content cannot be decoded (${messageOf(error)})`, `write it again with ${make}`);
  }
}

/** The typed arrays a payload may hold. */
const DTYPES = {
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
type Dtype = keyof typeof DTYPES;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function dtypeOf(value: ArrayBufferView): Dtype | undefined {
  if (value instanceof Uint8Array) return 'u8';
  if (value instanceof Int16Array) return 'i16';
  if (value instanceof Uint16Array) return 'u16';
  if (value instanceof Int32Array) return 'i32';
  if (value instanceof Uint32Array) return 'u32';
  if (value instanceof Float32Array) return 'f32';
  if (value instanceof Float64Array) return 'f64';
  return undefined;
}

function tagArrays(value: unknown): unknown {
  if (value instanceof Int8Array) {
    const packed = packInt8(value);
    return { $: packed.code, n: value.length, d: packed.bytes };
  }
  if (ArrayBuffer.isView(value)) {
    const dtype = dtypeOf(value);
    if (dtype === undefined) throw new Error('internal error: a container cannot hold this kind of typed array');
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { $: dtype, n: value.byteLength / DTYPES[dtype].BYTES_PER_ELEMENT, d: bytes };
  }
  if (Array.isArray(value)) return value.map(tagArrays);
  if (typeof value === 'object' && value !== null) {
    // Sorted keys: equal values give equal bytes, however their objects were built.
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, tagArrays(item)]));
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPackedCode(code: unknown): code is PackedInts['code'] {
  return code === 'i1' || code === 'i2' || code === 'i8';
}

function untagArrays(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagArrays);
  // What bytes that are no UTF-8 are read as.
  if (typeof value === 'string' && value.includes('\uFFFD')) throw new Error('a text in it is not UTF-8');
  if (!isRecord(value)) return value;
  const { $: code, n, d } = value;
  if (typeof code === 'string' && typeof n === 'number' && d instanceof Uint8Array) {
    if (isPackedCode(code)) return unpackInt8({ code, bytes: d }, n);
    const found = Object.entries(DTYPES).find(([name]) => name === code);
    if (found === undefined) throw new Error(`unknown array type "${code}"`);
    const ArrayType = found[1];
    if (d.length !== n * ArrayType.BYTES_PER_ELEMENT)
      throw new Error(`an array of ${n} elements has ${d.length} bytes`);
    // A copy: the payload's bytes are not aligned. Not slice(): that of a Node Buffer is a view.
    return new ArrayType(new Uint8Array(d).buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untagArrays(item)]));
}
