import { compileNorthPole } from '../../../compiler/targets/northpole/compile.js';
import { countEvents } from '../../../hw-models/northpole/counters.js';
import type { NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { NorthPoleCounters } from '../../../ir/trace/northpole-counters.js';
import type { Resnet50Precision } from './resnet50-precision.js';
import { resnet50 } from './resnet50.js';

/** Frames that go through the chip together in the validation rows; a program buffer holds the packets of a few more at most. */
export const VALIDATION_BATCH = 16;

/** ResNet-50 compiled for a chip. */
export interface MeasuredResnet50 {
  /** Frames of a batch, and its cycles by the static schedule. */
  readonly frames: number;
  readonly cycles: number;
  /** Events of a batch, where they were counted. */
  readonly counters?: NorthPoleCounters;
}

/** Compiles ResNet-50: seconds. Counting the events of a batch takes about as long again. */
export function measureResnet50(
  spec: NorthPoleSpec,
  precision: Resnet50Precision,
  options: { readonly batch?: number; readonly count?: boolean } = {},
): MeasuredResnet50 {
  const { batch = VALIDATION_BATCH, count = false } = options;
  const { program } = compileNorthPole(resnet50({ precision }), { spec, batch });
  const measured = { frames: batch, cycles: program.cycles };
  return count ? { ...measured, counters: countEvents(program) } : measured;
}
