import { compileNorthPole } from '../compiler/targets/northpole/compile.js';
import { countEvents } from '../hw-models/northpole/counters.js';
import { NORTHPOLE } from '../hw-models/northpole/spec.js';
import type { NorthPoleSpec } from '../ir/program/northpole.js';
import type { NorthPoleCounters } from '../ir/trace/northpole-counters.js';
import type { Resnet50Precision } from './resnet50-precision.js';
import { resnet50 } from './resnet50.js';

/** Frames that go through the chip together in the validation rows; a program buffer holds the packets of at most 18. */
export const VALIDATION_BATCH = 16;

/**
 * The published chip with the other likely shape of its VMM: 64 outputs of half the vector instead of 32, a vector unit as wide, and the ports split
 * accordingly, 128 bytes per cycle in all as before. Shows how much of the speed hangs on a shape that is not published.
 */
export const NORTHPOLE_64X128: NorthPoleSpec = {
  ...NORTHPOLE,
  name: 'northpole-64x128',
  vmm: { ...NORTHPOLE.vmm, outputs: 64, vectorBits: 128 },
  memory: { ...NORTHPOLE.memory, activationPortBytes: 16, dataPortBytes: 48 },
  vector: { ...NORTHPOLE.vector, lanes: 64 },
  networks: { ...NORTHPOLE.networks, partialSum: { ...NORTHPOLE.networks.partialSum, wires: 2048 } },
};

/** Compiles ResNet-50 and counts the events of one batch. Takes about ten seconds. */
export function measureResnet50(
  spec: NorthPoleSpec,
  precision: Resnet50Precision,
  batch = VALIDATION_BATCH,
): NorthPoleCounters {
  return countEvents(compileNorthPole(resnet50({ precision }), { spec, batch }).program);
}
