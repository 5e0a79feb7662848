/** What a file is that is none of ours: people pass the file at hand, and the remedy is the command that reads it. */

/** A kind of file, by its first bytes. */
export interface ForeignFile {
  /** What it is, for "this is ...". */
  readonly what: string;
  /** What to do with it. */
  readonly remedy: string;
}

const IMPORT = 'pass it where a model is due, or make it one of ours with `lodestone import FILE -o model.lsn`';
const CONVERT = 'unpack it and pass what it holds';

/** Files with a signature: bytes at an offset. */
const SIGNATURES: readonly (ForeignFile & { readonly at: number; readonly bytes: string })[] = [
  { at: 0, bytes: '\x89HDF\r\n\x1a\n', what: 'an HDF5 file, as Keras and NIR write', remedy: IMPORT },
  { at: 4, bytes: 'TFL3', what: 'a TFLite model', remedy: IMPORT },
  { at: 0, bytes: '\x93NUMPY', what: 'a NumPy array', remedy: 'data go to --data FILE' },
  { at: 0, bytes: '\x89PNG', what: 'a PNG image', remedy: 'data go to --data FOLDER' },
  { at: 0, bytes: 'PK\x03\x04', what: 'a zip archive, as NumPy (.npz), Keras and PyTorch write', remedy: CONVERT },
  { at: 0, bytes: '\x1f\x8b', what: 'a file packed with gzip', remedy: CONVERT },
];

/** Texts, by what stands near their beginning. The first that fits is meant. */
const TEXTS: readonly (ForeignFile & { readonly pattern: RegExp })[] = [
  {
    pattern: /^\{[^]*"kind":\s*"lodestone-results"/,
    what: 'a result file',
    remedy: 'read it with `lodestone report FILE -o report.html`',
  },
  {
    pattern: /^\{[^]*"(coreCount|neuronTypes|crossbarTypes)"/,
    what: 'a CPE model of the TrueNorth tools',
    remedy: 'run it with `lodestone truenorth run FILE`',
  },
  {
    pattern: /^\{[^]*"(num_neurons|num_axons|num_cores_x)"/,
    what: "RANC's config.json",
    remedy: 'run it with `lodestone ranc run input.json config.json`',
  },
  {
    pattern: /^\{\s*"(packets|output_bus|cores)"/,
    what: "RANC's input.json",
    remedy: 'run it with `lodestone ranc run input.json config.json`',
  },
  { pattern: /^\{[^]*"class_name"/, what: 'a network of Keras as JSON', remedy: IMPORT },
  { pattern: /^[{[]/, what: 'a JSON file', remedy: 'pass a model (.lsn) or a program (.lsp)' },
  { pattern: /^lodestone-network /, what: 'a network as text', remedy: 'compile it with `lodestone compile`' },
  {
    pattern: /^(training|layers|model):/m,
    what: 'a recipe',
    remedy: 'train it with `lodestone train FILE -o model.lsn`',
  },
];

/** Bytes that are looked at. */
const LOOKED_AT = 4096;

/** What a file is by its bytes; undefined where nothing is recognised. */
export function recogniseForeign(bytes: Uint8Array): ForeignFile | undefined {
  if (bytes.length === 0) return { what: 'an empty file', remedy: 'write it again' };
  const signature = SIGNATURES.find(({ at, bytes: wanted }) =>
    Array.from(wanted).every((letter, i) => bytes[at + i] === letter.charCodeAt(0)),
  );
  if (signature !== undefined) return signature;
  if (isOnnx(bytes)) return { what: 'an ONNX model', remedy: IMPORT };
  const text = new TextDecoder().decode(bytes.subarray(0, LOOKED_AT)).trimStart();
  return TEXTS.find(({ pattern }) => pattern.test(text));
}

/**
 * ONNX has no signature: a protobuf message whose first field is a small version number (ModelProto.ir_version), followed by a producer (2), a
 * domain (4), a graph (7) or an operator set (8), each with a length.
 */
const isOnnx = ([first, version = 0, next = 0]: Uint8Array): boolean =>
  first === 0x08 && version >= 3 && version <= 20 && [0x12, 0x22, 0x3a, 0x42].includes(next);
