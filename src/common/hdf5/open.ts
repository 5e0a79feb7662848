/**
 * Reads HDF5 files, as Keras, h5py and NIR write them. Pure: bytes in, values out, nothing is executed and no other file is touched; links
 * to other files and virtual datasets are refused. Every address and size is checked against the file, circles end.
 *
 * Source: HDF5 File Format Specification version 3.0 (The HDF Group). Left out: chunked datasets that can grow in the newest format
 * (extensible arrays, version 2 B-trees of chunks), filters other than deflate, shuffle and fletcher32, compounds, references, soft links,
 * shared object header messages but committed datatypes. Checksums of structures are not compared.
 */
import { fail } from '../diagnostics.js';
import { Hdf5Bytes } from './cursor.js';
import { type Datatype, decodeValues, readDataspace, readDatatype, type Values } from './datatype.js';
import { denseObjects } from './heaps.js';
import { isHdf5 } from './signature.js';
import { isGroup, type Link, readLinks } from './links.js';
import { MESSAGE, type Message, readMessages } from './object-header.js';
import { bytesOf, readStorage } from './storage.js';

/** Values with their shape: [] for a scalar. */
export interface Hdf5Value {
  readonly shape: readonly number[];
  readonly values: Values;
}

/** What groups and datasets share. */
abstract class Hdf5Object {
  /** Where it stands in the file, as in `/model_weights/dense`. */
  readonly path: string;
  protected readonly file: Hdf5Bytes;
  protected readonly messages: readonly Message[];
  #attributes: ReadonlyMap<string, Attribute> | undefined;

  constructor(file: Hdf5Bytes, messages: readonly Message[], path: string) {
    this.file = file;
    this.messages = messages;
    this.path = path;
  }

  /** Names of its attributes. @throws UserError */
  get attributes(): readonly string[] {
    return [...this.#read().keys()];
  }

  /** The value of an attribute; undefined where there is none. @throws UserError */
  attribute(name: string): Hdf5Value | undefined {
    const attribute = this.#read().get(name);
    return attribute === undefined ? undefined : attributeValue(this.file, attribute);
  }

  #read(): ReadonlyMap<string, Attribute> {
    return (this.#attributes ??= readAttributes(this.file, this.messages));
  }
}

/** A group: objects by name. */
export class Hdf5Group extends Hdf5Object {
  readonly kind = 'group';
  #links: ReadonlyMap<string, Link> | undefined;
  readonly #children = new Map<string, Hdf5Group | Hdf5Dataset>();

  /** The names in it. @throws UserError */
  get names(): readonly string[] {
    return [...this.#all().keys()];
  }

  /** The object of a path, as in `dense/kernel:0`; undefined where there is none. @throws UserError */
  get(path: string): Hdf5Group | Hdf5Dataset | undefined {
    const [first, ...rest] = path.split('/').filter((part) => part !== '');
    if (first === undefined) return this;
    const child = this.#child(first);
    if (rest.length === 0) return child;
    return child?.kind === 'group' ? child.get(rest.join('/')) : undefined;
  }

  #child(name: string): Hdf5Group | Hdf5Dataset | undefined {
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    const link = this.#all().get(name);
    if (link === undefined) return undefined;
    const path = `${this.path === '/' ? '' : this.path}/${name}`;
    if ('refused' in link) {
      return fail(
        'unsupported-hdf5',
        `${this.file.place}: ${path}`,
        link.refused,
        'write the values into the file itself',
      );
    }
    const child = openObject(this.file, link.address, path);
    this.#children.set(name, child);
    return child;
  }

  #all(): ReadonlyMap<string, Link> {
    return (this.#links ??= readLinks(this.file, this.messages));
  }
}

/** A dataset, which is read when asked for. */
export class Hdf5Dataset extends Hdf5Object {
  readonly kind = 'dataset';
  /** Lengths of the dimensions, [] for a scalar; [0] for a dataset of nothing. */
  readonly shape: readonly number[];
  readonly #type: Datatype;

  constructor(file: Hdf5Bytes, messages: readonly Message[], path: string) {
    super(file, messages, path);
    const space = needed(file, messages, MESSAGE.dataspace, path);
    this.shape = readDataspace(file, space.at) ?? [0];
    this.#type = datatypeOf(file, needed(file, messages, MESSAGE.datatype, path));
  }

  /** Its values, row-major. @throws UserError */
  read(): Values {
    const { file, messages } = this;
    if (messages.some(({ type }) => type === MESSAGE.externalFiles)) {
      return fail(
        'unsupported-hdf5',
        `${file.place}: ${this.path}`,
        'its values are in another file',
        'write them into the file itself',
      );
    }
    const layout = needed(file, messages, MESSAGE.layout, this.path);
    const filters = messages.find(({ type }) => type === MESSAGE.filters);
    const { size } = this.#type;
    const bytes = readStorage(file, layout.at, { shape: this.shape, size, filtersAt: filters?.at });
    const n = this.shape.reduce((product, d) => product * d, 1);
    return decodeValues(file, this.#type, bytes, n, layout.at);
  }
}

/** The root group of a file. @throws UserError */
export function openHdf5(bytes: Uint8Array, place: string): Hdf5Group {
  if (!isHdf5(bytes)) fail('bad-hdf5', place, 'it is no HDF5 file', 'pass the file as it was written');
  const preview = new Hdf5Bytes(bytes, place, { offset: 8, length: 8 });
  const version = preview.u8(8);
  if (version > 3) preview.unsupported(8, `a superblock of version ${version} is not read`);
  const isNew = version >= 2;
  const offset = preview.u8(isNew ? 9 : 13);
  const length = preview.u8(isNew ? 10 : 14);
  if (![2, 4, 8].includes(offset) || ![2, 4, 8].includes(length))
    preview.bad(9, `addresses of ${offset} and lengths of ${length} bytes: the file is damaged`);
  const file = new Hdf5Bytes(bytes, place, { offset, length });
  const base = isNew ? 12 : version === 1 ? 28 : 24;
  if (file.unsigned(base, offset) !== 0) file.unsupported(base, 'a file with something in front of it is not read');
  const root = isNew ? base + 3 * offset : base + 4 * offset + offset;
  const object = openObject(file, file.addressOf(root, 'the root group'), '');
  return object.kind === 'group' ? object : file.bad(root, 'the root of the file is no group');
}

function openObject(file: Hdf5Bytes, address: number, path: string): Hdf5Group | Hdf5Dataset {
  const messages = readMessages(file, address);
  return isGroup(messages)
    ? new Hdf5Group(file, messages, path === '' ? '/' : path)
    : new Hdf5Dataset(file, messages, path);
}

function needed(file: Hdf5Bytes, messages: readonly Message[], wanted: number, path: string): Message {
  const found = messages.find(({ type }) => type === wanted);
  return (
    found ?? fail('bad-hdf5', `${file.place}: ${path}`, 'it lacks its type, shape or place', 'write the file again')
  );
}

/** A datatype, or the committed datatype that stands for it. */
function datatypeOf(file: Hdf5Bytes, message: Message): Datatype {
  if (!message.isShared) return readDatatype(file, message.at);
  const version = file.u8(message.at);
  if (version === 3 && file.u8(message.at + 1) === 1) file.unsupported(message.at, 'a shared datatype is not read');
  const header = file.addressOf(message.at + (version === 1 ? 8 : 2), 'a datatype');
  const committed = readMessages(file, header).find(({ type, isShared }) => type === MESSAGE.datatype && !isShared);
  return committed === undefined ? file.bad(header, 'a datatype is missing') : readDatatype(file, committed.at);
}

interface Attribute {
  readonly type: Message;
  readonly space: number;
  readonly data: number;
  readonly end: number;
}

function readAttributes(file: Hdf5Bytes, messages: readonly Message[]): ReadonlyMap<string, Attribute> {
  const found = new Map<string, Attribute>();
  for (const { type, at, size, isShared } of messages) {
    if (type === MESSAGE.attribute) {
      if (isShared) file.unsupported(at, 'a shared attribute is not read');
      readAttribute(file, at, size, found);
    } else if (type === MESSAGE.attributeInfo) {
      const first = at + 2 + ((file.u8(at + 1) & 1) === 0 ? 0 : 2);
      const heap = file.address(first);
      const tree = file.address(first + file.sizes.offset);
      if (heap === undefined || tree === undefined) continue;
      for (const [from, length] of denseObjects(file, { heap, tree, idAt: 0 }))
        readAttribute(file, from, length, found);
    }
  }
  return found;
}

function readAttribute(file: Hdf5Bytes, at: number, size: number, found: Map<string, Attribute>): void {
  file.expect(at, Math.max(size, 8), 'an attribute');
  const version = file.u8(at);
  if (version < 1 || version > 3) file.bad(at, `an attribute of version ${version}`);
  const padded = (n: number): number => (version === 1 ? 8 * Math.ceil(n / 8) : n);
  const nameSize = file.u16(at + 2);
  const typeSize = file.u16(at + 4);
  const spaceSize = file.u16(at + 6);
  const name = at + (version === 3 ? 9 : 8);
  const type = name + padded(nameSize);
  const space = type + padded(typeSize);
  const data = space + padded(spaceSize);
  if (data > at + size) file.bad(at, 'the parts of an attribute do not fit it');
  const isShared = version > 1 && (file.u8(at + 1) & 1) !== 0;
  found.set(file.text(name, nameSize), {
    type: { type: MESSAGE.datatype, at: type, size: typeSize, isShared },
    space,
    data,
    end: at + size,
  });
}

function attributeValue(file: Hdf5Bytes, { type, space, data, end }: Attribute): Hdf5Value {
  const datatype = datatypeOf(file, type);
  const shape = readDataspace(file, space) ?? [0];
  const total = bytesOf(file, space, shape, datatype.size);
  if (data + total > end) file.bad(data, `the ${total} bytes of an attribute do not fit it`);
  const n = shape.reduce((product, d) => product * d, 1);
  return { shape, values: decodeValues(file, datatype, file.bytes.subarray(data, data + total), n, data) };
}
