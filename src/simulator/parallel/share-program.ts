import { sharedBytes, sharedInt32, sharedWords } from '../../evaluation/tasks/shared.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';

/** The program with the arrays of its cores and its input map in shared memory; the rest is small. */
export function shareProgram(program: TrueNorthProgram): TrueNorthProgram {
  const { cores, inputs } = program;
  return {
    ...program,
    layers: [],
    cores: {
      nCores: cores.nCores,
      x: shareInt16(cores.x),
      y: shareInt16(cores.y),
      axonType: sharedBytes(cores.axonType),
      synapses: sharedWords(cores.synapses),
      weights: shareInt16(cores.weights),
      leak: shareInt16(cores.leak),
      leakReversal: sharedBytes(cores.leakReversal),
      threshold: shareInt32(cores.threshold),
      negativeThreshold: shareInt32(cores.negativeThreshold),
      resetMode: sharedBytes(cores.resetMode),
      negativeMode: sharedBytes(cores.negativeMode),
      resetPotential: shareInt32(cores.resetPotential),
      initialPotential: shareInt32(cores.initialPotential),
      stochastic: sharedBytes(cores.stochastic),
      thresholdBits: sharedBytes(cores.thresholdBits),
      target: shareInt32(cores.target),
      targetAxon: sharedBytes(cores.targetAxon),
      delay: sharedBytes(cores.delay),
      ...(cores.extraHops === undefined ? {} : { extraHops: sharedHalves(cores.extraHops) }),
    },
    inputs: {
      nElements: inputs.nElements,
      rowStart: shareInt32(inputs.rowStart),
      core: shareInt32(inputs.core),
      axon: sharedBytes(inputs.axon),
      maxCount: inputs.maxCount,
    },
  };
}

function sharedHalves(array: Uint16Array): Uint16Array {
  const copy = new Uint16Array(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

function shareInt16(array: Int16Array): Int16Array {
  const copy = new Int16Array(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

function shareInt32(array: Int32Array): Int32Array {
  const copy = sharedInt32(array.length);
  copy.set(array);
  return copy;
}
