/** What the bytes of an image become: numbers of the type, or what options say, quantised. */
import { describe, expect, it } from 'vitest';
import type { ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { readWritten, runImage } from '../../../support/read-tflite.js';
import { activation, chain, OP } from '../../../support/tflite-models.js';
import type { WrittenModel, WrittenTensor } from '../../../support/write-tflite.js';

const real = (name: string, shape: readonly number[]): WrittenTensor => ({ name, shape, type: 'float32' });

/** Three channels, quantised in front and turned into real numbers behind. */
const between = (scale: number, zeroPoint: number): WrittenModel =>
  chain(
    [
      real('image', [1, 1, 1, 3]),
      activation('q', [1, 1, 1, 3], scale, zeroPoint),
      activation('relu', [1, 1, 1, 3], scale, zeroPoint),
      real('out', [1, 1, 1, 3]),
    ],
    [
      { code: OP.QUANTIZE, inputs: [0], outputs: [1] },
      { code: OP.MAXIMUM, inputs: [1, 1], outputs: [2] },
      { code: OP.DEQUANTIZE, inputs: [2], outputs: [3] },
    ],
  );

/** q - zero point of each channel. */
async function quantised(
  model: WrittenModel,
  options: ImportOptions,
  bytes: readonly number[],
): Promise<readonly number[]> {
  const { graph } = await readWritten(model, options);
  return runImage(graph, bytes);
}

describe('the input of an 8-bit network', () => {
  it('is the byte as a number of its type, where nothing is said', async () => {
    expect(await quantised(between(1 / 255, -128), {}, [0, 100, 255])).toEqual([0, 100, 255]);
    expect(await quantised(between(0.02, 5), {}, [0, 128, 255])).toEqual([-133, -5, 122]);
    const unsigned = chain(
      [activation('image', [1, 3], 0.1, 40, 'uint8'), activation('out', [1, 3], 0.1, 40, 'uint8')],
      [{ code: OP.MAXIMUM, inputs: [0, 0], outputs: [1] }],
    );
    expect(await quantised(unsigned, {}, [0, 40, 255])).toEqual([-40, 0, 215]);
  });

  it('leaves what stands around the integers to code and host', async () => {
    const { graph, operators } = await readWritten(between(1 / 255, -128));
    expect(operators.map(({ operator, fidelity, note }) => `${operator} ${fidelity} ${note ?? ''}`.trim())).toEqual([
      'QUANTIZE dropped the input code quantises',
      'MAXIMUM exact',
      'DEQUANTIZE dropped the decision is left to the host',
    ]);
    expect(graph.nodes.map(({ kind }) => kind)).toEqual(['input', 'encode', 'extremum', 'flatten', 'scores']);
  });

  it('is quantised from the values that options give to bytes: no table where that is the byte itself', async () => {
    const { graph } = await readWritten(between(1 / 255, -128), { inputRange: [0, 1] });
    expect(graph.nodes.map(({ kind }) => kind)).not.toContain('lookup');
    const values = (b: number): number =>
      Math.min(Math.max(Math.round(Math.fround(-1 + (b * 2) / 255) / Math.fround(0.02)), -133), 122);
    expect(await quantised(between(0.02, 5), { inputRange: [-1, 1] }, [0, 130, 255])).toEqual(
      [0, 130, 255].map(values),
    );
    expect(await quantised(between(0.02, 5), { inputRange: [-100, 100] }, [0, 128, 255])).toEqual([-133, 20, 122]);
  });

  it('has a table per channel where means or deviations differ', async () => {
    const options: ImportOptions = { inputRange: [0, 255], inputMean: [0, 100, 50], inputStd: [1, 2, 50] };
    const { graph } = await readWritten(between(0.5, 0), options);
    expect(graph.nodes.filter(({ kind }) => kind === 'lookup')).toHaveLength(3);
    expect(await quantised(between(0.5, 0), options, [30, 110, 255])).toEqual([60, 10, 8]);
  });

  it('takes the shape of the reshaping that alone reads it', async () => {
    const model = chain(
      [
        activation('features', [1, 12], 0.1, 0),
        activation('image', [1, 2, 3, 2], 0.1, 0),
        activation('out', [1, 1, 3, 2], 0.1, 0),
      ],
      [
        { code: OP.RESHAPE, inputs: [0, -1], outputs: [1] },
        {
          code: OP.MAX_POOL_2D,
          inputs: [1],
          outputs: [2],
          options: [
            [0, 'i8', 1],
            [1, 'i32', 1],
            [2, 'i32', 1],
            [3, 'i32', 1],
            [4, 'i32', 2],
          ],
        },
      ],
    );
    const { graph } = await readWritten(model);
    expect(graph.nodes[0]).toMatchObject({ kind: 'input', shape: [2, 3, 2] });
    expect(graph.nodes.map(({ kind }) => kind)).toEqual(['input', 'encode', 'maxPool', 'flatten', 'scores']);
  });

  it('is refused in 16 bits, without a scale, and with open dimensions that no option closes', async () => {
    const maximum = { code: OP.MAXIMUM, inputs: [0, 0], outputs: [1] } as const;
    const wide = chain(
      [{ ...activation('image', [1, 3], 0.1, 0), type: 'int16' }, activation('out', [1, 3], 0.1, 0)],
      [maximum],
    );
    await expect(readWritten(wide)).rejects.toThrow('its input "image" is of type int16');
    const bare = chain([{ name: 'image', shape: [1, 3], type: 'int8' }, activation('out', [1, 3], 0.1, 0)], [maximum]);
    await expect(readWritten(bare)).rejects.toThrow('"image" has 0 scales');
    const open = chain([activation('image', [1, 0], 0.1, 0), activation('out', [1, 0], 0.1, 0)], [maximum]);
    await expect(readWritten(open)).rejects.toThrow('--input-shape');
    const { graph } = await readWritten(open, { inputShape: [3] });
    expect(runImage(graph, [128, 129, 0])).toEqual([0, 1, -128]);
  });
});
