/** Writes TensorFlow Lite files from the format's definition (schema.fbs, version 3), so that what reads them is tested without files of others. */

/** A field of a table: its number in the schema, and what stands there. */
export type Field =
  | readonly [id: number, kind: 'i8' | 'u8' | 'i32' | 'u32' | 'f32' | 'u64', value: number]
  | readonly [id: number, kind: 'text', value: string]
  | readonly [id: number, kind: 'bytes', value: ArrayLike<number>]
  | readonly [id: number, kind: 'i32s' | 'f32s' | 'i64s', value: readonly number[]]
  | readonly [id: number, kind: 'table', value: readonly Field[]]
  | readonly [id: number, kind: 'tables', value: readonly (readonly Field[])[]];

const TYPES = ['float32', 'float16', 'int32', 'uint8', 'int64'] as const;
const LATER_TYPES = { int16: 7, int8: 9, int4: 17 } as const;
export type WrittenType = (typeof TYPES)[number] | keyof typeof LATER_TYPES;

export interface WrittenTensor {
  readonly name: string;
  /** With the batch. */
  readonly shape: readonly number[];
  readonly type: WrittenType;
  /** Elements as stored; int4 two in a byte. */
  readonly data?: readonly number[];
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
  readonly axis?: number;
}

export interface WrittenOperator {
  /** Number of a builtin operator, or the name of a custom one. */
  readonly code: number | string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: readonly Field[];
  readonly custom?: ArrayLike<number>;
}

export interface WrittenModel {
  readonly tensors: readonly WrittenTensor[];
  readonly operators: readonly WrittenOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Constants behind the tables, as in files above 2 GB. */
  readonly dataBehind?: boolean;
}

const WIDTHS = { i8: 1, u8: 1, i32: 4, u32: 4, f32: 4, u64: 8 } as const;

class Writer {
  bytes = new Uint8Array(1 << 16);
  length = 0;

  reserve(n: number): number {
    // Everything stands at multiples of 8, which is more than the format asks for.
    const at = Math.ceil(this.length / 8) * 8;
    this.length = at + n;
    while (this.length > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return at;
  }

  get view(): DataView {
    return new DataView(this.bytes.buffer);
  }

  vector(length: number, width: number): number {
    const at = this.reserve(4 + length * width);
    this.view.setUint32(at, length, true);
    return at;
  }

  table(fields: readonly Field[]): number {
    const last = fields.reduce((most, [id]) => Math.max(most, id), -1);
    const vtableSize = 4 + 2 * (last + 1);
    const size = 4 + 8 * fields.length;
    const vtable = this.reserve(vtableSize);
    const at = this.reserve(size);
    this.view.setInt32(at, at - vtable, true);
    this.view.setUint16(vtable, vtableSize, true);
    this.view.setUint16(vtable + 2, size, true);
    fields.forEach((field, i) => {
      const from = at + 4 + 8 * i;
      this.view.setUint16(vtable + 4 + 2 * field[0], from - at, true);
      if (field[1] in WIDTHS) this.scalar(from, field);
      else this.refer(from, this.child(field));
    });
    return at;
  }

  /** Writes where something lies that has been written before: the bytes may have moved by then. */
  refer(from: number, to: number): void {
    this.view.setUint32(from, to - from, true);
  }

  scalar(at: number, [, kind, value]: Field): void {
    if (typeof value !== 'number') return;
    if (kind === 'i8' || kind === 'u8') this.view.setUint8(at, value);
    else if (kind === 'f32') this.view.setFloat32(at, value, true);
    else if (kind === 'u64') this.view.setBigUint64(at, BigInt(value), true);
    else this.view.setInt32(at, value, true);
  }

  child([, kind, value]: Field): number {
    switch (kind) {
      case 'text':
        return this.raw(new TextEncoder().encode(value));
      case 'bytes':
        return this.raw(value);
      case 'i32s':
      case 'f32s':
      case 'i64s': {
        const width = kind === 'i64s' ? 8 : 4;
        const at = this.vector(value.length, width);
        value.forEach((x, i) => {
          const to = at + 4 + i * width;
          if (kind === 'i64s') this.view.setBigInt64(to, BigInt(x), true);
          else if (kind === 'f32s') this.view.setFloat32(to, x, true);
          else this.view.setInt32(to, x, true);
        });
        return at;
      }
      case 'table':
        return this.table(value);
      case 'tables': {
        const at = this.vector(value.length, 4);
        value.forEach((fields, i) => {
          const to = at + 4 + 4 * i;
          this.refer(to, this.table(fields));
        });
        return at;
      }
      default:
        throw new Error(`no child: ${kind}`);
    }
  }

  raw(bytes: ArrayLike<number>): number {
    const at = this.vector(bytes.length, 1);
    this.bytes.set(
      Uint8Array.from(bytes, (b) => b & 255),
      at + 4,
    );
    return at;
  }
}

/** Bytes of the elements of a type. */
function stored({ type, data = [] }: WrittenTensor): Uint8Array {
  switch (type) {
    case 'float32':
      return new Uint8Array(Float32Array.from(data).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(data).buffer);
    case 'float16':
    case 'int16':
      return new Uint8Array(Uint16Array.from(data).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(data, BigInt).buffer);
    case 'int4':
      return Uint8Array.from(
        { length: Math.ceil(data.length / 2) },
        (_, i) => ((data[2 * i] ?? 0) & 15) | (((data[2 * i + 1] ?? 0) & 15) << 4),
      );
    default:
      return Uint8Array.from(data, (x) => x & 255);
  }
}

const typeCode = (type: WrittenType): number => {
  const later = Object.entries(LATER_TYPES).find(([name]) => name === type)?.[1];
  return later ?? TYPES.findIndex((name) => name === type);
};

/** The bytes of a model. */
export function writeTflite(model: WrittenModel): Uint8Array {
  const writer = new Writer();
  writer.reserve(8);
  writer.bytes.set(new TextEncoder().encode('TFL3'), 4);
  const codes = [...new Set(model.operators.map(({ code }) => code))];
  const constants = model.tensors.filter(({ data }) => data !== undefined);
  const bufferOf = (tensor: WrittenTensor): number => constants.indexOf(tensor) + 1;
  const quantisation = ({ scale, zeroPoint = scale?.map(() => 0) ?? [], axis = 0 }: WrittenTensor): readonly Field[] =>
    scale === undefined
      ? []
      : [
          [
            4,
            'table',
            [
              [2, 'f32s', scale],
              [3, 'i64s', zeroPoint],
              [6, 'i32', axis],
            ],
          ],
        ];
  const behind = model.dataBehind === true;
  const build = (offsets: readonly number[]): readonly Field[] => [
    [0, 'u32', 3],
    [
      1,
      'tables',
      codes.map((code): readonly Field[] =>
        typeof code === 'string'
          ? [
              [0, 'i8', 32],
              [1, 'text', code],
              [3, 'i32', 32],
            ]
          : [
              [0, 'i8', Math.min(code, 127)],
              [3, 'i32', code],
            ],
      ),
    ],
    [
      2,
      'tables',
      [
        [
          [
            0,
            'tables',
            model.tensors.map((tensor): readonly Field[] => [
              [0, 'i32s', tensor.shape],
              [1, 'u8', typeCode(tensor.type)],
              [2, 'u32', bufferOf(tensor)],
              [3, 'text', tensor.name],
              ...quantisation(tensor),
            ]),
          ],
          [1, 'i32s', model.inputs],
          [2, 'i32s', model.outputs],
          [
            3,
            'tables',
            model.operators.map(({ code, inputs, outputs, options, custom }): readonly Field[] => [
              [0, 'u32', codes.indexOf(code)],
              [1, 'i32s', inputs],
              [2, 'i32s', outputs],
              ...(options === undefined
                ? []
                : ([
                    [3, 'u8', 1],
                    [4, 'table', options],
                  ] satisfies readonly Field[])),
              ...(custom === undefined ? [] : ([[5, 'bytes', custom]] satisfies readonly Field[])),
            ]),
          ],
        ],
      ],
    ],
    [
      4,
      'tables',
      [
        [],
        ...constants.map((tensor, i): readonly Field[] =>
          behind
            ? [
                [1, 'u64', offsets[i] ?? 1],
                [2, 'u64', stored(tensor).length],
              ]
            : [[0, 'bytes', stored(tensor)]],
        ),
      ],
    ],
  ];
  const plain = (offsets: readonly number[]): number => {
    writer.length = 8;
    writer.bytes.fill(0, 8);
    writer.refer(0, writer.table(build(offsets)));
    return writer.length;
  };
  let end = plain([]);
  if (behind) {
    const offsets = constants.map((tensor) => {
      const at = end;
      end += stored(tensor).length;
      return at;
    });
    plain(offsets);
    constants.forEach((tensor, i) => {
      writer.length = offsets[i]!;
      const bytes = stored(tensor);
      writer.length += bytes.length;
      while (writer.length > writer.bytes.length) writer.reserve(0);
      writer.bytes.set(bytes, offsets[i]);
    });
    writer.length = end;
  }
  return writer.bytes.slice(0, writer.length);
}
