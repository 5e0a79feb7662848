import { sharedBuffer } from '../../common/shared-memory.js';
import { sharedInt32 } from '../../evaluation/tasks/shared.js';
import { coreArraysOf, type ProgramArray } from '../../ir/program/core-arrays.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';

/** The program with the arrays of its cores and its input map in shared memory; the rest is small. */
export function shareProgram(program: TrueNorthProgram): TrueNorthProgram {
  const { cores, inputs } = program;
  return {
    ...program,
    layers: [],
    cores: {
      ...coreArraysOf(cores.nCores, (name) => shared(cores[name])),
      ...(cores.extraHops === undefined ? {} : { extraHops: sharedHalves(cores.extraHops) }),
    },
    inputs: {
      nElements: inputs.nElements,
      rowStart: shareInt32(inputs.rowStart),
      core: shareInt32(inputs.core),
      axon: sharedHalves(inputs.axon),
      maxCount: inputs.maxCount,
      ...(inputs.digits && { digits: inputs.digits }),
    },
  };
}

function sharedHalves(array: Uint16Array): Uint16Array {
  const copy = new Uint16Array(sharedBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

function shared(array: ProgramArray): ProgramArray {
  const buffer = sharedBuffer(array.byteLength);
  new Uint8Array(buffer).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  if (array instanceof Uint8Array) return new Uint8Array(buffer);
  if (array instanceof Int16Array) return new Int16Array(buffer);
  if (array instanceof Uint16Array) return new Uint16Array(buffer);
  return array instanceof Int32Array ? new Int32Array(buffer) : new Uint32Array(buffer);
}

function shareInt32(array: Int32Array): Int32Array {
  const copy = sharedInt32(array.length);
  copy.set(array);
  return copy;
}
