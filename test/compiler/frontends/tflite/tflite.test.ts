/** TensorFlow Lite files, written here from the format's definition. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { foreignFormat } from '../../../../src/compiler/frontends/open-network.js';
import { chain, floatNetwork, larqNetwork, manyOperators, smallNetwork } from '../../../support/tflite-models.js';
import { readWritten as read, runImage as run } from '../../../support/read-tflite.js';
import { writeTflite } from '../../../support/write-tflite.js';

describe('a TensorFlow Lite file', () => {
  it('is known by its mark, and becomes an integer network with a record of every operator', async () => {
    const bytes = writeTflite(smallNetwork());
    expect(foreignFormat({ bytes })?.name).toBe('tflite');
    expect(foreignFormat({ bytes: bytes.subarray(0, 7) })).toBeUndefined();
    const { graph, operators } = await read(smallNetwork());
    expect(graph.name).toBe('net');
    expect(graph.dialect).toBe('integer');
    expect(operators.map(({ operator, fidelity }) => `${operator} ${fidelity}`)).toEqual([
      ...[
        'CONV_2D exact',
        'DEPTHWISE_CONV_2D exact',
        'ADD exact',
        'AVERAGE_POOL_2D exact',
        'MEAN exact',
        'FULLY_CONNECTED exact',
      ],
      'SOFTMAX dropped',
    ]);
    expect(graph.nodes.at(-1)).toMatchObject({ kind: 'scores', scale: new Float64Array(3).fill(Math.fround(0.1)) });
  });

  it('says the same with its constants behind the tables', async () => {
    const plain = await read(smallNetwork());
    const behind = await read({ ...smallNetwork(), dataBehind: true });
    expect(behind.graph).toEqual(plain.graph);
  });

  it('lists everything that cannot be taken at once', async () => {
    const small = smallNetwork();
    const operators = small.operators.map((op) =>
      op.code === 1 ? { ...op, code: 16 } : op.code === 4 ? { ...op, code: 'MyOp' } : op,
    );
    const error = await read({ ...small, operators }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(
      error instanceof UserError ? error.diagnostics.map(({ place, message }) => `${place}: ${message}`) : [],
    ).toEqual([
      'folder/net.tflite: operator 1 (MyOp): this operator is not known here',
      'folder/net.tflite: operator 3 (LSTM): this operator is not known here',
    ]);
  });

  it('has to be told which output it means where it has several', async () => {
    const model = { ...smallNetwork(), outputs: [13, 7] };
    await expect(read(model)).rejects.toThrow('choose one with --output-name NAME');
    const { graph, operators } = await read(model, { outputName: 'sum' });
    expect(operators.filter(({ fidelity }) => fidelity === 'dropped').map(({ operator }) => operator)).toEqual([
      ...['AVERAGE_POOL_2D', 'MEAN', 'FULLY_CONNECTED', 'SOFTMAX'],
    ]);
    expect(run(graph, new Array<number>(72).fill(7))).toHaveLength(144);
    await expect(read(model, { outputName: 'sun' })).rejects.toThrow('did you mean "sum"?');
  });

  it('is refused with a batch, without operators that lead to its output, and without a graph', async () => {
    const small = smallNetwork();
    const tensors = small.tensors.map((t, i) => (i === 0 ? { ...t, shape: [4, 6, 6, 2] } : t));
    await expect(read({ ...small, tensors })).rejects.toThrow('batch of 4');
    await expect(read({ ...small, outputs: [] })).rejects.toThrow('it has no output');
    await expect(read(chain([], []))).rejects.toThrow(UserError);
  });
});

describe('the models of tests', () => {
  it.each([
    ['small', smallNetwork(), 72],
    ['float', floatNetwork(), 72],
    ['larq', larqNetwork(), 850],
    ['many operators', manyOperators(), 32],
  ] as const)('%s: are read', async (_, model, pixels) => {
    const { graph } = await read(model, { inputRange: [-1, 1] });
    expect(run(graph, new Array<number>(pixels).fill(100)).every(Number.isFinite)).toBe(true);
  });
});
