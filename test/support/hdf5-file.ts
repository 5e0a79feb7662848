/** HDF5 files for tests, written by libhdf5 itself (h5wasm): what our reader reads is none of our own writing. */
import * as h5wasm from 'h5wasm';

/** Datasets and groups by path, with attributes. */
export interface Hdf5Content {
  readonly datasets?: readonly {
    readonly path: string;
    readonly data:
      Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array | BigInt64Array | string | string[];
    readonly shape?: readonly number[];
    readonly chunks?: readonly number[];
    readonly gzip?: number;
    readonly dtype?: string;
  }[];
  /** Groups without datasets, too. */
  readonly groups?: readonly string[];
  readonly attributes?: readonly {
    readonly path: string;
    readonly name: string;
    readonly value: string | string[] | number | Float32Array;
    readonly dtype?: string;
  }[];
}

/** How a file is written. */
export interface Hdf5Style {
  readonly libver?: 'earliest' | 'v110' | 'latest';
  /** Creation order of links is kept, as Keras 3 has it: newer groups. */
  readonly trackOrder?: boolean;
}

/** The bytes of a file. */
export async function writeHdf5(
  content: Hdf5Content,
  { libver = 'earliest', trackOrder = false }: Hdf5Style = {},
): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  const name = '/written.h5';
  const file = new h5wasm.File(name, 'w', {
    libver: [libver, libver === 'earliest' ? 'latest' : libver],
    track_order: trackOrder,
  });
  const groups = new Map<string, h5wasm.Group>();
  const groupAt = (path: string): h5wasm.Group => {
    if (path === '') return file;
    const known = groups.get(path);
    if (known !== undefined) return known;
    const at = path.lastIndexOf('/');
    const made = groupAt(path.slice(0, Math.max(0, at))).create_group(path.slice(at + 1), trackOrder);
    groups.set(path, made);
    return made;
  };
  try {
    for (const path of content.groups ?? []) groupAt(path);
    for (const { path, data, shape, chunks, gzip, dtype } of content.datasets ?? []) {
      const at = path.lastIndexOf('/');
      groupAt(path.slice(0, Math.max(0, at))).create_dataset({
        name: path.slice(at + 1),
        data,
        ...(shape === undefined ? {} : { shape: [...shape] }),
        ...(chunks === undefined ? {} : { chunks: [...chunks] }),
        ...(gzip === undefined ? {} : { compression: gzip }),
        ...(dtype === undefined ? {} : { dtype }),
      });
    }
    for (const { path, name: attribute, value, dtype } of content.attributes ?? []) {
      const target = path === '' ? file : file.get(path);
      if (!(target instanceof h5wasm.Group) && !(target instanceof h5wasm.Dataset)) throw new Error(`no ${path}`);
      target.create_attribute(attribute, value, null, dtype ?? null);
    }
  } finally {
    file.close();
  }
  const bytes: unknown = FS.readFile(name);
  FS.unlink(name);
  if (!(bytes instanceof Uint8Array)) throw new Error('nothing written');
  return bytes;
}
