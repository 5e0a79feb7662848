import { NORTHPOLE_FAULT_SUPPORT } from '../hw-models/northpole/fault-support.js';
import { trueNorthFaultSupport } from '../hw-models/truenorth/fault-support.js';
import type { FaultSupport } from '../ir/faults/support.js';

/** The faults of each kind of chip, for those who have no program at hand. */
export const FAULT_SUPPORT: Readonly<Record<'truenorth' | 'northpole', FaultSupport>> = {
  truenorth: trueNorthFaultSupport(),
  northpole: NORTHPOLE_FAULT_SUPPORT,
};
