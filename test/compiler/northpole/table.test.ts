import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { memoryUse } from '../../../src/compiler/targets/northpole/memory-plan.js';
import { layerRows, northPoleTable } from '../../../src/compiler/targets/northpole/table.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import { oneLayer, ONE_PIXEL, square, tensor, vectorLayer } from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { requantise, residualNetwork, weights } from './small-networks.js';

const spec = NORTHPOLE_SMALL;
const row = (program: NorthPoleProgram) => layerRows(program)[0]!;

describe('the row of a layer', () => {
  const matrix = (positions: number, changes: Partial<NorthPoleSpec> = {}, nIn = 64, outBits: 8 | 32 = 8) =>
    oneLayer(
      { input: tensor([8, 8, nIn]), nOut: 8, geometry: ONE_PIXEL, outBits, split: { positions } },
      { ...spec, ...changes },
    );

  it('says what its cycles are spent on', () => {
    // 8 blocks a pass: as many cycles as positions, or the 8 that a block takes to come in.
    expect(row(matrix(32)).bound).toBe('compute');
    expect(row(matrix(4)).bound).toBe('weights in');
    // 4 cycles of the port for results of 32 bits, one block.
    expect(row(matrix(32, {}, 8, 32)).bound).toBe('vector unit');
    // 4 passes, each half of 200 cycles of latency and its results behind the one before.
    expect(row(matrix(16, { vmm: { ...spec.vmm, latency: 200 } }, 8)).bound).toBe('partial sums');
    const deep = { ...spec, vmm: { ...spec.vmm, latency: 60 } };
    expect(row(oneLayer({ input: tensor([1, 1, 8]), nOut: 8, geometry: ONE_PIXEL }, deep)).bound).toBe('latency');
    const waiting = matrix(32);
    const late = {
      ...waiting,
      cycles: 5000,
      layers: waiting.layers.map((layer) => ({ ...layer, timing: { ...layer.timing, end: 5000 } })),
    };
    expect(row(late).bound).toBe('activations in');
  });

  it('counts multiply-accumulates of the batch, and the share of what all cores could do', () => {
    const program = oneLayer(
      { input: tensor([6, 6, 12], 4), nOut: 10, geometry: square(3), weightBits: 4, split: { rows: 2, outGroups: 2 } },
      spec,
      2,
    );
    const found = row(program);
    const macs = 2 * 36 * 10 * 9 * 12;
    expect(found).toMatchObject({
      macs,
      cores: 4,
      rows: 2,
      columns: 1,
      outGroups: 2,
      inGroups: 1,
      weightBits: 4,
      activationBits: 4,
      shape: [6, 6, 10],
    });
    expect(found.cycles).toBe(program.cycles - program.layers[0]!.timing.start);
    // 16 cores of 8 outputs and 16 lanes of 4 bits.
    expect(found.utilisation).toBeCloseTo(macs / (16 * 8 * 16 * found.cycles), 12);
    expect(northPoleTable(program)).toContain(`${(macs / 2 / 1e6).toFixed(3)} M multiply-accumulates per frame, ${(100 * found.utilisation * found.cycles / program.cycles).toFixed(1)} %`); // prettier-ignore
    expect(northPoleTable(program)).toContain(
      `batch 2, ${program.cycles} cycles, ${(program.cycles / 2).toFixed(0)} per frame, ${(4e8 / (program.cycles / 2)).toFixed(0)} frames/s at 400 MHz`,
    );
  });

  it('of a layer without a matrix has no weights and no multiply-accumulates', () => {
    const input = tensor([4, 4, 8], 8);
    const { layer, output } = vectorLayer({ input, geometry: square(2, 2, 0), combine: 'max' }, [0, 1]);
    const program = handProgram({ spec, batch: 1, tensors: [input, output], layers: [layer] });
    expect(row(program)).toMatchObject({ macs: 0, weightBits: 0, activationBits: 8, utilisation: 0, modelBytes: 0 });
    const cells = northPoleTable(program).split('\n')[1]!.split(/ {2,}/);
    expect(cells.slice(0, 6)).toEqual(['layer1', 'vector', '2 x 2 x 8', '-/8', '1', '1 x 1 x 1']);
  });
});

describe('memory in use', () => {
  it('is programs, weights and the buffers that live, in the fullest core and on average', () => {
    // Two tiles of 4 x 8 pixels; 16 channels in and 8 out, a byte each; weights in two blocks of 64 bytes over two cores.
    const program = oneLayer({ input: tensor([8, 8, 16]), nOut: 8, geometry: ONE_PIXEL, split: { rows: 2 } });
    const programs = Math.ceil(program.layers[0]!.memory.programBytes / 8) * 8;
    const whole = programs + 64 + 4 * 8 * 16 + 4 * 8 * 8;
    expect(memoryUse(program)).toMatchObject([{ fullest: whole, mean: whole }]);
    // Tiles of 5 and 3 rows: a buffer is as large in all cores as in the fullest.
    const uneven = oneLayer({ input: tensor([7, 8, 16]), nOut: 8, geometry: ONE_PIXEL, split: { rows: 2 } });
    expect(memoryUse(uneven)[0]).toMatchObject({ fullest: whole, mean: whole });
  });

  it('leaves out buffers before they are written and after they are read', () => {
    const { program } = compileNorthPole(residualNetwork, { spec });
    const use = memoryUse(program);
    expect(use).toHaveLength(program.layers.length);
    for (const { fullest, mean } of use) {
      expect(fullest).toBeLessThanOrEqual(spec.memory.bytes);
      expect(mean).toBeLessThanOrEqual(fullest);
    }
    // The input lives for the whole time, results of the first layer until the second has read them.
    expect(use[0]!.mean).not.toBe(use.at(-1)!.mean);
  });

  it('that does not do is reported for the cores by name, four at most', () => {
    /** Four layers of n x n weights. */
    const placesOn = (gridWidth: number, gridHeight: number, bytes: number): readonly string[] => {
      const n = gridWidth * gridHeight === 1 ? 40 : 160;
      const layers = [0, 1, 2, 3].flatMap((l): NetworkNode[] => [
        { kind: 'dense', id: `d${l}`, input: l === 0 ? 'code' : `q${l - 1}`, nOut: n, weights: weights(n * n) },
        requantise(`q${l}`, `d${l}`),
      ]);
      const graph: NetworkGraph = {
        name: 'deep',
        dialect: 'integer',
        nodes: [
          { kind: 'input', id: 'in', shape: [n] },
          { kind: 'encode', id: 'code', input: 'in', code: { kind: 'integer', bits: 4, zeroPoint: 0, step: 1 } },
          ...layers,
          { kind: 'scores', id: 'out', input: 'q3' },
        ],
      };
      try {
        compileNorthPole(graph, { spec: { ...spec, gridWidth, gridHeight, memory: { ...spec.memory, bytes } } });
        return [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return error.diagnostics.map(({ code, place }) => `${code} ${place}`);
      }
    };
    expect(placesOn(1, 1, 1200)).toEqual(['memory-overflow deep: core (0, 0)']);
    expect(placesOn(2, 2, 6000)).toEqual(['memory-overflow deep: cores (0, 0), (1, 0), (0, 1), (1, 1)']);
    expect(placesOn(5, 1, 4500)).toEqual(['memory-overflow deep: cores (0, 0), (1, 0), (2, 0), (3, 0) and 1 more']);
  });
});
