import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { SENSE } from '../../../src/ir/network/types.js';
import type { NorthPoleProgram, Precision, VmmLayer } from '../../../src/ir/program/northpole.js';
import { attachNorthPoleEngine, createNorthPoleEngine } from '../../../src/simulator/engines/northpole/engine.js';
import { asProgrammed } from '../../../src/simulator/engines/northpole/chip-faults.js';
import { createNorthPoleImage, loadNorthPoleChip } from '../../../src/simulator/engines/northpole/image.js';
import { planProgram } from '../../../src/simulator/engines/northpole/plan-program.js';
import { evaluatePlain } from './plain.js';
import { programOf, tensor, vector, vmm } from './program-builder.js';
import { randomCase, withZeroPoints } from './random-program.js';

/** Every stored value, and the scores, are those of the definition. */
function check(program: NorthPoleProgram, counts: ArrayLike<number>, place: string): void {
  const engine = createNorthPoleEngine(program);
  const expected = evaluatePlain(program, counts);
  const found = engine.trace(counts);
  program.tensors.forEach(({ node }, index) => {
    expect(Array.from(found.get(node) ?? []), `${place}, tensor ${index}`).toEqual(expected.get(index));
  });
  const last = expected.get(program.outputs.tensor)!;
  const { rule, nClasses } = program.outputs;
  const votes = Array.from({ length: nClasses }, (_, k) => last.filter((x, n) => x > 0 && n % nClasses === k).length);
  expect(Array.from(engine.run(counts)), place).toEqual(rule === 'scores' ? last : votes);
}

const draw = sequence(3, PURPOSE.test, 79);
const values = (n: number, least: number, most: number): number[] =>
  Array.from({ length: n }, () => least + draw.below(most - least + 1));

/** A convolution on a random image, with operands of 0 and 1 or of 8 bits. */
function convolution(options: {
  readonly bits: Precision;
  readonly weightBits: Precision;
  readonly channels: readonly [number, number];
  readonly side: number;
  readonly window: number;
  readonly groups?: number;
  readonly padValue?: number;
}): { readonly program: NorthPoleProgram; readonly counts: readonly number[] } {
  const { bits, weightBits, channels, side, window, groups = 1, padValue = 0 } = options;
  const [nIn, nOut] = channels;
  const n = nOut * window * window * (nIn / groups);
  const signs = weightBits < 8;
  const layer = vmm({
    ...{ operands: [0], output: 1, groups, weightBits, padValue },
    geometry: { window: [window, window], padding: [1, 1, 1, 1] },
    weights: Int8Array.from(values(n, signs ? 0 : -128, signs ? 1 : 127), (x) => (signs ? 2 * x - 1 : x)),
    bias: Int32Array.from(values(nOut, -9, 9)),
  });
  const outSide = side + 3 - window;
  const program = programOf([tensor(0, [side, side, nIn], bits), tensor(1, [outSide, outSide, nOut], 32)], [layer]);
  return { program, counts: values(side * side * nIn, 0, 2 ** bits - 1) };
}

const CASES = 200;

describe('functional engine of the NorthPole-style chip', () => {
  it(`gives every stored value of ${CASES} random programs`, () => {
    for (let seed = 0; seed < CASES; seed++) {
      const { program, counts } = randomCase(seed);
      check(program, counts, `seed ${seed}`);
    }
  });

  it(`gives every value of ${CASES} random programs with zero points and averages`, () => {
    let zeroPoints = 0;
    let averages = 0;
    for (let seed = 0; seed < CASES; seed++) {
      const { program, counts } = withZeroPoints(randomCase(seed), seed);
      if (program.tensors.some(({ zeroPoint }) => zeroPoint !== undefined)) zeroPoints++;
      if (program.layers.some((layer) => layer.kind === 'vector' && layer.average !== undefined)) averages++;
      check(program, counts, `seed ${seed}`);
    }
    expect(zeroPoints).toBeGreaterThan(CASES / 3);
    expect(averages).toBeGreaterThan(CASES / 4);
  });

  it('computes in panels what does not fit one', () => {
    const { program, counts } = convolution({ bits: 8, weightBits: 8, channels: [70, 29], side: 11, window: 3 });
    const operation = planProgram(program).plan.operations[0]!;
    expect(operation.kind === 'matrix' && operation.wide !== undefined && operation.wide.rows < 11 * 11).toBe(true);
    check(program, counts, 'panels');
  });

  it('adds long sums in portions, for four positions at a time and for the rest', () => {
    // 1,700 operands are more than the 768 pairs of a portion; 3 x 3 positions are twice four and one.
    const { program, counts } = convolution({ bits: 8, weightBits: 8, channels: [1700, 11], side: 1, window: 1 });
    expect(program.tensors[1]!.shape).toEqual([3, 3, 11]);
    check(program, counts, 'portions');
  });

  it('counts bits where operands are 0 and 1 and weights -1 and +1, whatever their containers', () => {
    for (const weightBits of [1, 2, 8] as const) {
      for (const [channels, groups] of [
        [[37, 11], 1],
        [[128, 8], 1],
        [[32, 20], 4],
      ] as const) {
        for (const padValue of [0, 1]) {
          const { program, counts } = convolution({
            ...{
              bits: 1,
              weightBits: weightBits === 8 ? 2 : weightBits,
              channels,
              groups,
              side: 5,
              window: 3,
              padValue,
            },
          });
          const operation = planProgram(program).plan.operations[0]!;
          expect(operation.kind === 'matrix' && operation.bits !== undefined).toBe(true);
          check(program, counts, `${weightBits} bits, ${channels.join(' to ')} channels, pad ${padValue}`);
        }
      }
    }
  });

  it('counts more bits than a byte of partial counts holds', () => {
    // 9 * 512 bits are 36 vectors; bytes hold the counts of 31.
    const { program } = convolution({ bits: 1, weightBits: 1, channels: [512, 5], side: 4, window: 3 });
    check(program, new Array<number>(4 * 4 * 512).fill(1), 'all ones');
  });

  it('reaches the ends of its sums: all products at their largest, biases at the ends of 32 bits', () => {
    const n = 4096;
    const one = (weight: number, bias: number): number[] => {
      const layer = vmm({
        ...{ operands: [0], output: 1 },
        weights: new Int8Array(2 * n).fill(weight),
        bias: Int32Array.of(bias, -bias),
      });
      const program = programOf([tensor(0, [1, 1, n], 8), tensor(1, [1, 1, 2], 32)], [layer]);
      return Array.from(createNorthPoleEngine(program).run(new Array<number>(n).fill(255)));
    };
    expect(one(-128, 0)).toEqual([-128 * 255 * n, -128 * 255 * n]);
    expect(one(127, 0)).toEqual([127 * 255 * n, 127 * 255 * n]);
    expect(one(0, 2 ** 31 - 1)).toEqual([2 ** 31 - 1, 1 - 2 ** 31]);
  });

  it('compares with thresholds at the ends of 32 bits', () => {
    const x = [-(2 ** 31), -(2 ** 31) + 1, -1, 0, 1, 2 ** 31 - 2, 2 ** 31 - 1];
    for (const theta of x) {
      for (const sense of Object.values(SENSE)) {
        const shape = [1, 1, x.length] as const;
        const step = {
          kind: 'threshold',
          theta: new Int32Array(x.length).fill(theta),
          sense: new Uint8Array(x.length).fill(sense),
        } as const;
        const layer = vector({ operands: [0], output: 1, combine: 'max', epilogue: [step] });
        check(programOf([tensor(0, shape, 32), tensor(1, shape, 1)], [layer]), x, `theta ${theta}, sense ${sense}`);
      }
    }
  });

  it('runs on the weights of another chip, and on its own again', () => {
    const { program, counts } = convolution({ bits: 1, weightBits: 2, channels: [24, 9], side: 5, window: 3 });
    const image = createNorthPoleImage(program, 1);
    const engine = attachNorthPoleEngine(image);
    const layer = program.layers[0]!;
    const own = Array.from(engine.run(counts));
    // -2 is no sign: the bits no longer do.
    const weights =
      layer.kind === 'vmm' ? layer.weights.map((weight, i) => (i % 7 === 0 ? -2 : weight)) : new Int8Array();
    loadNorthPoleChip(image, program, { ...asProgrammed(program), weights: () => weights });
    const faulty: VmmLayer = { ...(layer.kind === 'vmm' ? layer : neverVmm()), weights };
    expect(Array.from(engine.run(counts))).toEqual(evaluatePlain({ ...program, layers: [faulty] }, counts).get(1));
    loadNorthPoleChip(image, program, asProgrammed(program));
    expect(Array.from(engine.run(counts))).toEqual(own);
  });

  it('lets tensors share memory when they are not needed at the same time', () => {
    const shape = [16, 16, 16] as const;
    const tensors = Array.from({ length: 9 }, (_, i) => tensor(i, shape, 8));
    const layers = tensors.slice(1).map((_, i) => vector({ operands: [i], output: i + 1, combine: 'max' }));
    const { plan } = planProgram(programOf(tensors, layers));
    const size = 16 * 16 * 16 * 2 + 64;
    const arena = plan.stateBytes - plan.tensors[0]!.offset;
    expect(arena).toBeLessThanOrEqual(2 * size);
    check(programOf(tensors, layers), values(16 * 16 * 16, 0, 255), 'chain');
  });

  it('says which tensor holds a value that its container does not', () => {
    const layer = vector({ operands: [0], output: 1, combine: 'max' });
    const engine = createNorthPoleEngine(programOf([tensor(0, [1, 1, 2], 8), tensor(1, [1, 1, 2], 4)], [layer]));
    expect(Array.from(engine.trace([15, 0]).get('t1') ?? [])).toEqual([15, 0]);
    expect(() => engine.trace([16, 0])).toThrow(/tensor t1: 16 in a container for 0..15/);
  });

  it('refuses programs that are not consistent, naming the layer', () => {
    const { program } = convolution({ bits: 8, weightBits: 8, channels: [4, 6], side: 5, window: 3 });
    const layer = program.layers[0]!;
    if (layer.kind !== 'vmm') throw neverVmm();
    const broken: readonly [RegExp, NorthPoleProgram][] = [
      [/layer1: 5 biases for 6 channels/, { ...program, layers: [{ ...layer, bias: layer.bias.slice(1) }] }],
      [/layer1: 215 weights, 216 expected/, { ...program, layers: [{ ...layer, weights: layer.weights.slice(1) }] }],
      [/layer1: weight .* in 2 bits/, { ...program, layers: [{ ...layer, weightBits: 2 }] }],
      [/layer1: 4 to 6 channels in 4 groups/, { ...program, layers: [{ ...layer, groups: 4 }] }],
      [/layer1: reads tensor 1 before/, { ...program, layers: [{ ...layer, operands: [1] }] }],
      [/tensor 1 is written twice/, { ...program, layers: [layer, layer] }],
      [/the output tensor is never written/, { ...program, layers: [] }],
      [
        /the window gives 3 x 3, the output is 5 x 5/,
        { ...program, layers: [{ ...layer, geometry: { ...layer.geometry, padding: [0, 0, 0, 0] } }] },
      ],
      [/150 scores for 149 classes/, { ...program, outputs: { ...program.outputs, nClasses: 149 } }],
    ];
    for (const [message, wrong] of broken) expect(() => createNorthPoleEngine(wrong)).toThrow(message);
    expect(() => createNorthPoleEngine(program).run([1, 2])).toThrow(/2 counts for 100 elements/);
  });
});

function neverVmm(): never {
  throw new Error('not a layer of the VMM');
}
