/** How long the matrix unit of each core works. */
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { planLayers } from './layer-plan.js';

/**
 * Cycles of a batch in which the matrix unit of a core multiplies a block, by layer and core of the grid: [layers][nCores]. Its sum is the counter
 * `vmmCycles` (counters.ts) over all widths; layers without a matrix have zeros.
 */
export function matrixCycles(program: NorthPoleProgram): readonly Float64Array[] {
  const { spec, batch } = program;
  return planLayers(program).map(({ shares }) => {
    const cycles = new Float64Array(spec.gridWidth * spec.gridHeight);
    for (const { core, out, blocks } of shares) {
      const nBlocks = blocks.reduce((sum, { length }) => sum + length, 0);
      cycles[core]! += batch * (out.y1 - out.y0) * (out.x1 - out.x0) * nBlocks;
    }
    return cycles;
  });
}
