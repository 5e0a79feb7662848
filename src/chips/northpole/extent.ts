/** What a program takes of a NorthPole-style chip, and what of a run its clock and its energies change. */
import { bandOf, timesBand } from '../../common/quantity.js';
import { coreAreaMm2 } from '../../hw-models/northpole/core-area.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../ir/program/northpole.js';
import type { ChipMeasures } from '../../ir/trace/measures.js';
import type { ChipExtent, ChipOutput } from '../chip.js';
import { northPoleMeasures } from './measures.js';
import { northPolePerformance } from './performance.js';

/** Of the whole array: all of its cores are on. */
export function northPoleExtent(program: NorthPoleProgram): ChipExtent {
  const { spec } = program;
  const nCores = spec.gridWidth * spec.gridHeight;
  const area = coreAreaMm2(spec);
  return {
    areaMm2: { ...area, value: area.value * nCores, ...timesBand(bandOf(area), nCores) },
    memoryBits: nCores * 8 * spec.memory.bytes,
    utilisation: northPolePerformance(program).utilisation,
    utilisationOf: 'multiply-accumulates, of those that the array could do in the same cycles',
  };
}

/** Parameters that no schedule and no count depends on. */
export const NORTHPOLE_COST_PARAMETERS = [
  'clockMhz',
  'opsPerMac',
  'energy.macPj.8',
  'energy.macPj.4',
  'energy.macPj.2',
  'energy.macPj.1',
  'energy.memoryBytePj',
  'energy.networkByteHopPj',
  'energy.vectorOperationPj',
  'energy.staticWatts',
] as const;

/** The schedule as it was: all that is measured follows from it. */
export const repriceNorthPole = (
  program: NorthPoleProgram,
  _: Pick<ChipOutput, 'measures' | 'nSamples'>,
  spec: NorthPoleSpec,
): ChipMeasures => northPoleMeasures({ ...program, spec });
