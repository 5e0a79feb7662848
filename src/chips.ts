/**
 * `lodestone/chips`: what a chip of one's own is made of. The contract, the installed chips to start from, and the parts that every chip here is
 * built with. docs/add-a-chip.md shows how; what is exported here keeps to semantic versions.
 */
export type * from './chips/chip.js';
export { CHIPS } from './chips/installed.js';
export { chipLike, type OtherChip } from './chips/chip-like.js';
export { chipProblems } from './chips/own-chip.js';
export { choiceOption, wholeOption } from './chips/options.js';
export { storedBitFaults } from './chips/stored-bit-faults.js';
export { type FieldAccess, stepperOf, type StepperParts } from './chips/stepper.js';
export { trueNorth } from './chips/truenorth/chip.js';
export { northPole } from './chips/northpole/chip.js';
export { ranc } from './chips/ranc/chip.js';

// Specs as tables of parameters.
export * from './common/parameters/parameter.js';
export {
  defineSpec,
  type OtherPreset,
  preset,
  type Preset,
  type SpecDefinition,
  type SpecRule,
} from './common/parameters/spec-definition.js';

// Findings about what a user gives, and draws that depend on nothing but their seed.
export {
  type Diagnostic,
  errorAt,
  fail,
  formatDiagnostics,
  throwIfErrors,
  UserError,
  warningAt,
} from './common/diagnostics.js';
export { draw, PURPOSE, sequence, type Sequence } from './common/rng.js';
export { present } from './common/assert.js';
export type { Quantity, Unknown } from './common/quantity.js';

// Networks: types, text form, shapes, the interpreter that defines them.
export type * from './ir/network/types.js';
export { parseNetwork } from './ir/network/parse.js';
export { printNetwork } from './ir/network/print.js';
export { checkNetwork } from './ir/network/check-network.js';
export { verifyNetwork } from './ir/network/verify.js';
export { inferShapes, sizeOf } from './ir/network/shapes.js';
export { completeReadout } from './ir/network/readout.js';
export { codedBuffer, encodeCounts } from './ir/network/input-code.js';
export { createInterpreter, type Interpreter, type OnValue } from './evaluation/interpreter/network.js';
export { evaluateNetwork } from './evaluation/interpreter/evaluate.js';
export type { LabelledImages } from './evaluation/tasks/samples.js';

// Passes.
export type * from './compiler/passes/pass.js';
export { PassLog } from './compiler/passes/pass-log.js';
export { networkVerdict } from './compiler/passes/network-verdict.js';

// Programs, faults, results.
export type { ChipProgram, ProgramFormat } from './ir/program/chip-program.js';
export type { ProgramFile } from './ir/program/file.js';
export { type FaultSupport, memoriesAtRisk } from './ir/faults/support.js';
export { NO_NOISE, type NoiseSpec } from './ir/faults/levels.js';
export { faultWeights } from './hw-models/faults/weight-faults.js';
export { withReadNoise, type NoisySum } from './hw-models/faults/read-noise.js';
export type * from './ir/trace/measures.js';
export type * from './ir/trace/program-view.js';
export { z } from 'zod';
