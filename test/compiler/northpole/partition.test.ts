/** The partitions that are chosen, against all of them. */
import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { exchangeLoad } from '../../../src/compiler/targets/northpole/exchange-load.js';
import { type Candidate, costOf, layerFacts } from '../../../src/compiler/targets/northpole/layer-costs.js';
import { readerParts } from '../../../src/compiler/targets/northpole/multicast.js';
import { choosePartitions } from '../../../src/compiler/targets/northpole/partition.js';
import { flitBytes, flitsOf, senderOf } from '../../../src/hw-models/northpole/exchange.js';
import { layOut } from '../../../src/hw-models/northpole/layout.js';
import { readersOf } from '../../../src/hw-models/northpole/regions.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { LayerMapping, NorthPoleProgram, NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import { ONE_PIXEL, scaledAdd, square, tensor, toBits, vectorLayer, vmmLayer } from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

/** A partition of one layer on its cores. */
interface Choice {
  readonly candidate: Candidate;
  readonly mapping: LayerMapping;
}

/** Every different size of the largest of 1..n equal pieces. */
const sizes = (n: number): readonly number[] => [
  ...new Set(Array.from({ length: n }, (_, k) => Math.ceil(n / (k + 1)))),
];

/** Every legal partition of layer l. */
function everyChoice(program: NorthPoleProgram, l: number): readonly Choice[] {
  const facts = layerFacts(program, present(program.layers[l], 'layer'));
  const [height, width] = facts.image;
  const splits = sizes(height).flatMap((tileHeight) =>
    sizes(width).flatMap((tileWidth) =>
      sizes(facts.nOutBlocks).flatMap((outBlocks) =>
        sizes(facts.nInBlocks).map((inBlocks) => ({ tileHeight, tileWidth, outBlocks, inBlocks })),
      ),
    ),
  );
  return splits.flatMap((split) => {
    const candidate = costOf(program, facts, split);
    if (candidate === undefined || candidate.bytes > program.spec.memory.bytes) return [];
    const { rows, columns, outGroups, inGroups } = candidate.split;
    const layout = present(layOut(program.spec, { tiles: rows * columns, outGroups, inGroups }), 'layout');
    return [{ candidate, mapping: { ...candidate.split, ...layout } }];
  });
}

/** Cycles from the start of layer l to that of the next, plus the price of its memory. */
function cyclesOf(program: NorthPoleProgram, chosen: readonly Choice[], l: number, cyclesPerByte: number): number {
  const layers = program.layers.map((layer, k) => ({ ...layer, mapping: present(chosen[k], 'choice').mapping }));
  const mapped = { ...program, layers };
  const layer = present(layers[l], 'layer');
  const { candidate, mapping } = present(chosen[l], 'choice');
  const image = present(program.tensors[layer.output], 'output').shape;
  const readers = readersOf(mapped, layer.output);
  const { rows, columns, outGroups } = mapping;
  const sender = Int32Array.from({ length: rows * columns * outGroups }, (_, s) => {
    const tile = Math.floor(s / outGroups);
    return senderOf(mapping, { row: Math.floor(tile / columns), column: tile % columns, outGroup: s % outGroups });
  });
  const load = exchangeLoad(
    program.spec,
    {
      ...mapping,
      ...{ image, nOutBlocks: Math.ceil(image[2] / program.spec.vmm.outputs), sender, dataReads: candidate.dataReads },
      ...{ flits: flitsOf(mapped, layer), flitBytes: flitBytes(mapped, layer), frames: program.batch },
      isResult: program.outputs.tensor === layer.output,
    },
    readers.map((reader) => readerParts(mapped, layer.output, present(layers[reader.layer], 'reader'), reader)),
  );
  const port = readers.reduce(
    (sum, reader) => sum + present(chosen[reader.layer]?.candidate.incoming[reader.operand], 'incoming'),
    candidate.dataReads,
  );
  const exchange = Math.max(load, port);
  const { lead, compute, nPasses, burst } = candidate;
  return (
    Math.max(
      lead + exchange,
      compute + Math.max(0, exchange / nPasses - burst),
      chosen[l + 1]?.candidate.programCycles ?? 0,
    ) +
    cyclesPerByte * candidate.bytes
  );
}

const totalOf = (program: NorthPoleProgram, chosen: readonly Choice[], cyclesPerByte: number): number =>
  program.layers.reduce((sum, _, l) => sum + cyclesOf(program, chosen, l, cyclesPerByte), 0);

/** Every combination of one choice a layer. */
function* combinations(choices: readonly (readonly Choice[])[]): Generator<readonly Choice[]> {
  const [first, ...rest] = choices;
  if (first === undefined) yield [];
  else for (const tail of combinations(rest)) for (const choice of first) yield [choice, ...tail];
}

/** The cycles of what is chosen, and of the best of all combinations. */
function compare(program: NorthPoleProgram, cyclesPerByte: number) {
  const { mappings, diagnostics } = choosePartitions(program, { cyclesPerByte });
  expect(diagnostics).toEqual([]);
  const choices = program.layers.map((_, l) => everyChoice(program, l));
  const chosen = choices.map((all, l) => {
    const key = JSON.stringify(mappings[l]);
    return present(
      all.find(({ mapping }) => JSON.stringify(mapping) === key),
      'legal choice',
    );
  });
  let best = Infinity;
  let worst = 0;
  let n = 0;
  for (const each of combinations(choices)) {
    const total = totalOf(program, each, cyclesPerByte);
    best = Math.min(best, total);
    worst = Math.max(worst, total);
    n++;
  }
  return { chosen: totalOf(program, chosen, cyclesPerByte), best, worst, n };
}

const grid = (gridWidth: number, gridHeight: number, more: Partial<NorthPoleSpec> = {}): NorthPoleSpec => ({
  ...NORTHPOLE_SMALL,
  gridWidth,
  gridHeight,
  ...more,
});

/** A convolution, one of a single pixel, and a pool. */
function chain(spec: NorthPoleSpec, size: number, channels: number, batch = 1): NorthPoleProgram {
  const input = tensor([size, size, channels]);
  const a = vmmLayer({ input, nOut: 2 * channels, geometry: square(3) }, [0, 1]);
  const b = vmmLayer({ input: a.output, nOut: channels, geometry: ONE_PIXEL }, [1, 2]);
  const c = vectorLayer({ input: b.output, geometry: square(2, 2, 0), combine: 'max' }, [2, 3]);
  return handProgram({
    spec,
    batch,
    tensors: [input, a.output, b.output, c.output],
    layers: [a.layer, b.layer, c.layer],
  });
}

/** A residual block: its addition reads the input as well. */
function residual(spec: NorthPoleSpec): NorthPoleProgram {
  const input = tensor([2, 3, 8]);
  const a = vmmLayer({ input, nOut: 24, geometry: square(3) }, [0, 1]);
  const b = vmmLayer({ input: a.output, nOut: 8, geometry: square(3), epilogue: [scaledAdd(1), toBits(8, 9)] }, [1, 2]);
  const c = vmmLayer({ input: b.output, nOut: 16, geometry: ONE_PIXEL }, [2, 3]);
  return handProgram({
    spec,
    batch: 2,
    tensors: [input, a.output, b.output, c.output],
    layers: [a.layer, { ...b.layer, operands: [1, 0] }, c.layer],
  });
}

describe('the partitions of a small network', () => {
  it.each([
    ['a chain on two cores', chain(grid(2, 1), 4, 8)],
    ['a chain on four cores', chain(grid(2, 2), 4, 8)],
    ['a chain of a batch on six cores', chain(grid(3, 2), 2, 16, 3)],
    ['a residual block on four cores', residual(grid(2, 2))],
    ['a residual block on six cores', residual(grid(2, 3))],
    [
      'a chain with a slow instruction network',
      chain(
        grid(2, 2, {
          networks: { ...NORTHPOLE_SMALL.networks, instruction: { ...NORTHPOLE_SMALL.networks.instruction, wires: 8 } },
        }),
        4,
        8,
        4,
      ),
    ],
  ] as const)('are the best of all together: %s', (_, program) => {
    for (const cyclesPerByte of [0, 0.1, 3]) {
      const { chosen, best, worst, n } = compare(program, cyclesPerByte);
      expect(n).toBeGreaterThan(10);
      expect(worst).toBeGreaterThan(1.2 * best);
      expect(chosen).toBeCloseTo(best, 9);
    }
  });
});
