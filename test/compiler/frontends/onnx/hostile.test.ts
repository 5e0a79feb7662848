/** Hostile files: mutants of small models are read or refused with findings, never with an internal error, within time and memory. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { onnx } from '../../../../src/compiler/frontends/onnx/index.js';
import { asFile } from '../../../support/onnx-case.js';
import {
  bytesField,
  joined,
  madeModel,
  type MadeModel,
  numberField,
  textField,
  varint,
} from '../../../support/onnx-writer.js';
import { mutantOf } from '../../../support/mutants.js';
import { FUZZ, RUN_SEED } from '../../../support/random-runs.js';

/** 2,000 mutants, times LODESTONE_FUZZ: `LODESTONE_FUZZ=50` gives 100,000. */
const count = 2000 * FUZZ;

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => ((i * 7) % 11) - 5);

/** Small models that reach most importers. */
const MODELS: readonly MadeModel[] = [
  {
    nodes: [
      { op: 'Quant', inputs: ['x', 's', 'z', 'b'], outputs: ['q'], domain: 'onnx.brevitas' },
      { op: 'Conv', inputs: ['q', 'w', 'bias'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1], group: 1 } },
      { op: 'BatchNormalization', inputs: ['c', 'g', 'g', 'g', 'g'], outputs: ['n'] },
      { op: 'MaxPool', inputs: ['n'], outputs: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
      { op: 'Shape', inputs: ['p'], outputs: ['sh'] },
      { op: 'Gather', inputs: ['sh', 'zero'], outputs: ['n0'] },
      { op: 'Unsqueeze', inputs: ['n0', 'axes'], outputs: ['n1'] },
      { op: 'Concat', inputs: ['n1', 'minus'], outputs: ['target'], attributes: { axis: { int: 0 } } },
      { op: 'Reshape', inputs: ['p', 'target'], outputs: ['f'] },
      { op: 'Gemm', inputs: ['f', 'v'], outputs: ['y'], attributes: { transB: 1 } },
    ],
    inputs: [{ name: 'x', dims: ['N', 2, 4, 4] }],
    outputs: [{ name: 'y', dims: ['N', 3] }],
    initialisers: {
      s: { dims: [], values: [0.5] },
      z: { dims: [], values: [0] },
      b: { dims: [], values: [8] },
      w: { dims: [2, 2, 3, 3], type: 3, values: numbers(36) },
      bias: { dims: [2], values: [1, 2] },
      g: { dims: [2], values: [1, 2], as: 'typed' },
      zero: { dims: [], type: 7, values: [0] },
      axes: { dims: [1], type: 7, values: [0], as: 'typed' },
      minus: { dims: [1], type: 7, values: [-1] },
      v: { dims: [3, 8], values: numbers(24) },
    },
  },
  {
    nodes: [
      { op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['q'] },
      { op: 'QLinearConv', inputs: ['q', 's', 'z', 'w', 's', 'z', 's', 'z'], outputs: ['c'] },
      { op: 'DequantizeLinear', inputs: ['c', 's', 'z'], outputs: ['d'] },
      { op: 'Transpose', inputs: ['d'], outputs: ['t'], attributes: { perm: [0, 2, 3, 1] } },
      { op: 'Slice', inputs: ['t', 'i0', 'i2', 'i1'], outputs: ['sl'] },
      { op: 'Resize', inputs: ['sl', '', 'scales'], outputs: ['r'], attributes: { mode: 'nearest' } },
      { op: 'Pad', inputs: ['r', 'pads'], outputs: ['p'] },
      { op: 'ReduceMean', inputs: ['p', 'i1'], outputs: ['m'], attributes: { keepdims: { int: 0 } } },
      { op: 'Sigmoid', inputs: ['m'], outputs: ['g'] },
      { op: 'Mul', inputs: ['m', 'g'], outputs: ['k'] },
      { op: 'MultiThreshold', inputs: ['k', 'th'], outputs: ['u'], domain: 'finn.custom_op.general' },
      { op: 'Flatten', inputs: ['u'], outputs: ['f'] },
      { op: 'Softmax', inputs: ['f'], outputs: ['y'] },
    ],
    inputs: [{ name: 'x', dims: [1, 1, 5, 5] }],
    outputs: [{ name: 'y', dims: [1, 8] }],
    initialisers: {
      s: { dims: [], values: [0.5] },
      z: { dims: [], type: 3, values: [0] },
      w: { dims: [2, 1, 2, 2], type: 3, values: numbers(8) },
      i0: { dims: [1], type: 7, values: [0] },
      i1: { dims: [1], type: 7, values: [1] },
      i2: { dims: [1], type: 7, values: [2] },
      scales: { dims: [4], values: [1, 2, 1, 1] },
      pads: { dims: [8], type: 7, values: [0, 1, 0, 0, 0, 0, 0, 0] },
      th: { dims: [1, 3], values: [-1, 0.5, 1] },
    },
  },
];

describe('hostile ONNX files', () => {
  it(`${count} mutants are read, or refused with findings`, { timeout: 60_000 + count * 20 }, async () => {
    const files = MODELS.map(madeModel);
    let read = 0;
    for (let i = 0; i < count; i++) {
      const mutant = mutantOf(files[i % files.length]!, RUN_SEED, i);
      try {
        await onnx.read(asFile(mutant), { inputRange: [0, 1] });
        read++;
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`mutant ${i} of seed ${RUN_SEED}`, { cause: error });
      }
    }
    // Mutants that still are models show that the rest is not refused for one reason.
    expect(read).toBeGreaterThan(count / 100);
  });

  it('both models are read as they are', async () => {
    for (const model of MODELS) {
      const { graph } = await onnx.read(asFile(madeModel(model)), { inputRange: [0, 1] });
      expect(graph.nodes.at(-1)?.kind).toBe('scores');
    }
  });

  const base = MODELS[1]!;
  const withTensor = (name: string, tensor: NonNullable<MadeModel['initialisers']>[string]): Uint8Array =>
    madeModel({ ...base, initialisers: { ...base.initialisers, [name]: tensor } });
  const refused = async (bytes: Uint8Array, reason: RegExp): Promise<void> => {
    await expect(onnx.read(asFile(bytes), { inputRange: [0, 1] })).rejects.toThrow(reason);
  };

  it('sizes are checked before anything is allocated', async () => {
    await refused(
      withTensor('w', { dims: [2 ** 20, 2 ** 20], type: 3, raw: new Uint8Array(4) }),
      /more than 268435456/,
    );
    await refused(withTensor('w', { dims: [-4], type: 3, raw: new Uint8Array(4) }), /dimension of -4/);
    await refused(withTensor('w', { dims: [2 ** 28], type: 3, raw: new Uint8Array(4) }), /4 bytes where 268435456/);
    await refused(withTensor('scales', { dims: [4], values: [1, 1e9, 1, 1] }), /Resize.*dimension of/);
    await refused(withTensor('pads', { dims: [8], type: 7, values: [0, 2 ** 40, 0, 0, 0, 0, 0, 0] }), /Pad.*dimension/);
  });

  it('lengths beyond the file, numbers without an end and unknown types are refused with their byte', async () => {
    await refused(joined([numberField(1, 8), varint(7 * 8 + 2), varint(1e9)]), /byte 2: a field of 1000000000 bytes/);
    await refused(Uint8Array.of(8, 8, 0x3a, 0x80), /byte 4: a number that does not end/);
    await refused(joined([numberField(1, 8), Uint8Array.of(7 * 8 + 3)]), /unknown wire type 3/);
    await refused(joined([numberField(1, 8), textField(2, 'x')]), /without a graph/);
    await refused(joined([numberField(1, 8), bytesField(7, Uint8Array.of(0))]), /without a valid number/);
  });

  it('names of properties of objects are names like others', async () => {
    const named: MadeModel = {
      ...base,
      nodes: [{ op: 'constructor', name: '__proto__', inputs: ['x'], outputs: ['toString'] }],
      outputs: [{ name: 'toString', dims: [1] }],
    };
    await refused(madeModel(named), /"__proto__" \(constructor\): the operator constructor is not read/);
  });

  it('external data: read from beside, refused where missing or short', async () => {
    const external = { location: 'w.bin', offset: '4', length: '8' };
    const model = withTensor('w', { dims: [2, 1, 2, 2], type: 3, external });
    const read = (others: Readonly<Record<string, Uint8Array>>) =>
      onnx.read(asFile(model, others), { inputRange: [0, 1] });
    const whole = Uint8Array.from([9, 9, 9, 9, ...numbers(8).map((v) => v & 255)]);
    const plain = await onnx.read(asFile(madeModel(base)), { inputRange: [0, 1] });
    expect((await read({ 'w.bin': whole })).graph).toEqual(plain.graph);
    await expect(read({})).rejects.toThrow(/"w.bin", which is not there/);
    await expect(read({ 'w.bin': whole.subarray(0, 9) })).rejects.toThrow(/8 bytes from 4 on in "w.bin" of 9 bytes/);
  });
});
