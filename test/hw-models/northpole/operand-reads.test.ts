import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { readActivations } from '../../../src/hw-models/northpole/activation-reader.js';
import { planLayers } from '../../../src/hw-models/northpole/layer-plan.js';
import { layerWorks } from '../../../src/hw-models/northpole/layer-work.js';
import { bufferTag, CoreMemory, type MemoryBuffer } from '../../../src/hw-models/northpole/memory.js';
import { elementIndex, type Region } from '../../../src/hw-models/northpole/regions.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { finish, readStep, vectorJob } from '../../../src/hw-models/northpole/vector-job.js';
import type { NorthPoleLayer, Precision, VmmLayer, WindowGeometry } from '../../../src/ir/program/northpole.js';
import { oneLayer, ONE_PIXEL, square, tensor, vectorLayer } from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

interface ReadOptions {
  readonly length?: number;
  readonly geometry?: WindowGeometry;
  readonly of?: Region;
  readonly nIn?: number;
  readonly bits?: Precision;
}

const isVmm = (layer: NorthPoleLayer): layer is VmmLayer => layer.kind === 'vmm';
const place = { cycle: 5, core: 2 };
const valueAt = (y: number, x: number, c: number): number => (y * 31 + x * 7 + c * 3) % 13;

/** A memory that holds a region of a tensor for one frame, by element. */
function filled(buffer: MemoryBuffer, region: Region, frame: number): CoreMemory {
  const memory = new CoreMemory(NORTHPOLE_SMALL, 2);
  for (let y = region.y0; y < region.y1; y++)
    for (let x = region.x0; x < region.x1; x++)
      for (let c = region.c0; c < region.c1; c++)
        memory.write(0, buffer, elementIndex(region, frame, y, x, c), valueAt(y, x, c));
  return memory;
}

describe('the operand vector of a block', () => {
  /** Rows 1 and 2, columns 2 and 3, channels 4 to 11 of 6 x 6 x 16. */
  const region: Region = { y0: 1, y1: 3, x0: 2, x1: 4, c0: 4, c1: 12 };
  const read = (
    at: { readonly y: number; readonly x: number; readonly ky?: number; readonly kx?: number; readonly c0?: number },
    { length = 4, geometry = square(3), of = region, nIn = 16, bits = 4 }: ReadOptions = {},
  ) => {
    const program = oneLayer({ input: tensor([6, 6, nIn], bits), nOut: 8, geometry, padValue: 9 });
    const layer = present(program.layers.find(isVmm), 'matrix');
    const buffer = { tag: bufferTag(0, 0), base: 24, bits, signed: false };
    const memory = filled(buffer, of, 1);
    const source = { layer, buffer, region: of, shape: [6, 6, nIn] as const };
    const { ky = 1, kx = 1, c0 = 4 } = at;
    const vector = readActivations(place, memory, source, { ky, kx, c0, length }, { frame: 1, y: at.y, x: at.x }, 8);
    return { values: [...vector.values], bytes: vector.bytes, port: memory.activationPort.total };
  };

  it('is what the memory holds, with zeros beyond the block, in whole bytes', () => {
    const channels = [4, 5, 6].map((c) => valueAt(1, 2, c));
    expect(read({ y: 1, x: 2 }, { length: 3 })).toEqual({ values: [...channels, 0, 0, 0, 0, 0], bytes: 2, port: 2 });
    // The tap of row 0 and column 2 of the window: one up, one to the right.
    expect(read({ y: 2, x: 2, ky: 0, kx: 2, c0: 8 }).values.slice(0, 4)).toEqual(
      [8, 9, 10, 11].map((c) => valueAt(1, 3, c)),
    );
  });

  it('is padding outside the image and takes nothing of the port then', () => {
    const padding = { values: [9, 9, 9, 9, 0, 0, 0, 0], bytes: 0, port: 0 };
    expect(read({ y: 0, x: 2, ky: 0 })).toEqual(padding);
    expect(read({ y: 5, x: 2, ky: 2 })).toEqual(padding);
    expect(read({ y: 1, x: 0, kx: 0 })).toEqual(padding);
    expect(read({ y: 1, x: 5, kx: 2 })).toEqual(padding);
  });

  it('is refused beyond each of the six sides of what the memory holds, and read at each of them', () => {
    for (const [y, x, c0] of [
      [1, 2, 4],
      [2, 3, 8],
    ] as const)
      expect(read({ y, x, c0 }).bytes).toBe(2);
    for (const [y, x, c0] of [
      [0, 2, 4],
      [3, 2, 4],
      [1, 1, 4],
      [1, 4, 4],
      [1, 2, 3],
      [1, 2, 9],
    ] as const) {
      expect(() => read({ y, x, c0 }), `${y},${x},${c0}`).toThrow(
        `cycle 5, core 2, activation port: channels ${c0}..${c0 + 3} of pixel ${y},${x} are not in this memory`,
      );
    }
  });

  it('runs over the pixels of a row where it is packed, in one piece', () => {
    const all: Region = { y0: 0, y1: 6, x0: 0, x1: 6, c0: 0, c1: 3 };
    const packed = { of: all, nIn: 3, length: 8, bits: 8 as const };
    // Elements 1 to 8 of columns 1, 2 and 3 in row 2.
    const found = read({ y: 2, x: 2, kx: 0, c0: 1 }, packed);
    const elements = Array.from({ length: 8 }, (_, e) => valueAt(2, 1 + Math.floor((1 + e) / 3), (1 + e) % 3));
    expect(found).toEqual({ values: elements, bytes: 8, port: 8 });
    // At the left edge the first pixel is padding, at the right edge the last.
    const left = read({ y: 2, x: 0, kx: 0, c0: 1 }, packed);
    expect(left.values).toEqual([9, 9, ...elements.slice(2).map((_, e) => valueAt(2, Math.floor(e / 3), e % 3))]);
    expect(left.bytes).toBe(6);
    expect(read({ y: 2, x: 5, kx: 0, c0: 1 }, packed).bytes).toBe(5);
    const apart: WindowGeometry = { ...square(3), dilation: [1, 2], padding: [1, 1, 2, 2] };
    expect(() => read({ y: 2, x: 2, kx: 0, c0: 1 }, { ...packed, geometry: apart })).toThrow(
      /activation port: a vector in two pieces, elements 146 and 150/,
    );
  });
});

describe('a position of the vector unit', () => {
  const input = tensor([4, 4, 12], 8);
  const { layer, output } = vectorLayer({ input, geometry: square(2, 1, 1), combine: 'sum', outBits: 32 }, [0, 1]);
  const program = handProgram({
    spec: NORTHPOLE_SMALL,
    batch: 1,
    tensors: [{ ...input, zeroPoint: 2 }, output],
    layers: [layer],
  });
  const work = present(layerWorks(program, present(planLayers(program)[0], 'plan'))[0], 'work');
  const buffer = present(work.operands[0], 'buffer');
  const whole = present(work.share.operands[0], 'region');
  const jobAt = (y: number, x: number, c0: number, c1: number, region = whole) =>
    vectorJob(
      program,
      { ...work, share: { ...work.share, operands: [region] } },
      { pass: 0, position: 0, at: { frame: 0, y, x }, c0, c1 },
      undefined,
    );

  it('reads a tap a cycle, none where it lies in the padding, and takes the zero point off', () => {
    const memory = filled(buffer, whole, 0);
    const job = jobAt(1, 1, 8, 12);
    expect(job.reads).toHaveLength(4);
    const bytes = job.reads.map((_, step) => readStep({ cycle: step, core: 0 }, memory, job, step));
    expect(bytes).toEqual([4, 4, 4, 4]);
    const taps = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const;
    expect(job.inputs.map((tap) => [...tap])).toEqual(
      taps.map(([y, x]) => [8, 9, 10, 11].map((c) => valueAt(y, x, c) - 2)),
    );
    const { values, operations } = finish(program, job);
    expect([...values]).toEqual([8, 9, 10, 11].map((c) => taps.reduce((sum, [y, x]) => sum + valueAt(y, x, c) - 2, 0)));
    expect(operations).toBe(4 * 4);
    // At the corner three of four taps are padding; one on the upper edge has two.
    expect(jobAt(0, 0, 0, 8).reads.map((r) => r !== undefined)).toEqual([false, false, false, true]);
    expect(jobAt(0, 1, 0, 8).reads.map((r) => r !== undefined)).toEqual([false, false, true, true]);
    expect(jobAt(4, 4, 0, 8).reads.map((r) => r !== undefined)).toEqual([true, false, false, false]);
    expect(readStep(place, memory, jobAt(0, 0, 0, 8), 0)).toBe(0);
    expect(finish(program, jobAt(0, 0, 0, 8)).operations).toBe(8);
  });

  it('refuses what its memory does not hold, beyond each of the six sides', () => {
    const region: Region = { y0: 1, y1: 3, x0: 1, x1: 3, c0: 4, c1: 8 };
    const memory = filled(buffer, region, 0);
    // The tap of step 3 is the pixel itself.
    const read = (y: number, x: number, c0: number) => readStep(place, memory, jobAt(y, x, c0, c0 + 4, region), 3);
    expect(read(1, 1, 4)).toBe(4);
    for (const [y, x, c0, c] of [
      [0, 1, 4, 4],
      [3, 1, 4, 4],
      [1, 0, 4, 4],
      [1, 3, 4, 4],
      [1, 1, 3, 3],
      [1, 1, 5, 8],
    ] as const) {
      const fresh = filled(buffer, region, 0);
      expect(() => readStep(place, fresh, jobAt(y, x, c0, c0 + 4, region), 3), `${y},${x},${c0}`).toThrow(
        `cycle 5, core 2, data port: element ${y},${x},${c} is not in this memory`,
      );
    }
  });

  it('takes as many cycles as an operand of 32 bits needs, with the channels that are left in the last', () => {
    const wide = oneLayer({ input: tensor([1, 1, 8]), nOut: 8, geometry: ONE_PIXEL, outBits: 32 });
    const { reads } = vectorJob(
      { ...program, tensors: [{ ...input, bits: 32 }, output] },
      work,
      { pass: 0, position: 0, at: { frame: 0, y: 4, x: 4 }, c0: 0, c1: 5 },
      undefined,
    );
    expect(wide.spec).toEqual(NORTHPOLE_SMALL);
    // 8 bytes hold two values: channels 0 and 1, 2 and 3, 4; nothing in the fourth cycle; then three taps in the padding.
    expect(reads.map((r) => (r === undefined ? '' : `${r.c0}-${r.c1}`))).toEqual([
      ...['0-2', '2-4', '4-5', ''],
      ...new Array<string>(12).fill(''),
    ]);
  });
});
