import { describe, expect, it } from 'vitest';
import { encodeContainer } from '../../../src/common/container.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { compileTrueNorth } from '../../../src/compiler/targets/truenorth/compile.js';
import { lowerToInteger } from '../../../src/compiler/pipelines.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { decodeProgram, encodeProgram, type ProgramFile } from '../../../src/ir/program/file.js';
import { TRUENORTH_FORMAT } from '../../../src/ir/program/truenorth-schema.js';
import type { TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import { randomNetwork } from '../../support/random-network.js';

const integer = lowerToInteger(randomNetwork(5));
const { program } = compileTrueNorth(integer, { spec: TRUENORTH });
const read = (value: unknown): ProgramFile<TrueNorthProgram> =>
  decodeProgram(encodeContainer('program', value), 'old.lsp', [TRUENORTH_FORMAT]);

/** The spec as version 0.1 wrote it. */
const { name, axonsPerCore, neuronsPerCore, axonTypes, weightMax, thresholdMax, potentialMax, maxDelay } = TRUENORTH;
const { gridWidth, gridHeight, maxHop, faultyCores, positiveComparison, negativeComparison, linearReset } = TRUENORTH;
const oldSpec = {
  ...{ name, axonsPerCore, neuronsPerCore, axonTypes, weightMax, thresholdMax, potentialMax, maxDelay },
  ...{ gridWidth, gridHeight, maxHop, faultyCores, positiveComparison, negativeComparison, linearReset },
};

describe('program files of TrueNorth-style chips', () => {
  it('are read as they were written', () => {
    expect(decodeProgram(encodeProgram({ program, integer }), 'new.lsp', [TRUENORTH_FORMAT]).program).toEqual(program);
  });

  it('of version 0.1, with fewer parameters and bytes for axons and flags, are programs of the standard chip', () => {
    const old = {
      ...program,
      spec: oldSpec,
      cores: {
        ...program.cores,
        targetAxon: Uint8Array.from(program.cores.targetAxon),
        stochastic: Uint8Array.from(program.cores.stochastic),
      },
      inputs: { ...program.inputs, axon: Uint8Array.from(program.inputs.axon) },
    };
    expect(read({ program: old, integer }).program).toEqual(program);
  });

  it('of version 0.1 have leaks as large as their weights', () => {
    const { spec } = read({ program: { ...program, spec: { ...oldSpec, weightMax: 31 } }, integer }).program;
    expect(spec).toMatchObject({ weightMax: 31, leakMax: 31 });
  });

  it('are refused with everything that is wrong with the spec and the cores', () => {
    const { delay, ...cores } = program.cores;
    const wrong = {
      ...program,
      spec: { ...TRUENORTH, axonTypes: 17, maxDelays: 3 },
      cores: { ...cores, delays: delay, weights: new Int32Array(3), nCores: -1 },
    };
    const places = (): readonly string[] => {
      try {
        read({ program: wrong, integer });
      } catch (error) {
        if (error instanceof UserError) return error.diagnostics.map((d) => d.place.replace('old.lsp: program.', ''));
        throw error;
      }
      return [];
    };
    expect([...places()].sort()).toEqual(
      ['cores.delay', 'cores.delays', 'cores.nCores', 'cores.weights', 'spec', 'spec.axonTypes'].sort(),
    );
  });
});
