/**
 * `lodestone/models`: the models of the chips themselves, for who looks inside them: specs, faults, meshes, engines, sequences. Semantic versions hold
 * here as for the main entry.
 */
export type { NorthPoleLayer, NorthPoleProgram, NorthPoleSpec, NorthPoleTensor } from './ir/program/northpole.js';
export type * from './ir/program/truenorth.js';
export { TRUENORTH } from './hw-models/truenorth/spec.js';
export {
  NORTHPOLE,
  NORTHPOLE_PRESETS,
  NORTHPOLE_SMALL,
  NORTHPOLE_SPECS,
  parseNorthPoleSpec,
  printNorthPoleSpec,
} from './hw-models/northpole/spec.js';
export { verifyProgram } from './compiler/targets/truenorth/verify.js';
export { verifyNorthPole } from './compiler/targets/northpole/verify.js';

// Boards, meshes, time inside a tick.
export { type BoardName, BOARDS } from './hw-models/truenorth/board.js';
export { type CorePlace, drawDeadCores, withDeadCores } from './hw-models/truenorth/board-faults.js';
export {
  type DownFabric,
  type DownRates,
  downFabric,
  drawDownFabric,
  withDetours,
  withUnknownDown,
} from './hw-models/truenorth/fabric-faults.js';
export { type MeshSpec, type MeshTraffic, standardMesh } from './hw-models/truenorth/mesh.js';
export { DEFAULT_TIMING, TIMING_SOURCES, type TimingConstants } from './hw-models/truenorth/timing.js';
export { type MeshRun, simulateMesh } from './simulator/noc/fast-mesh.js';
export { timeProgram, type TimingOptions } from './simulator/noc/program-timing.js';
export type { TimingResult } from './ir/trace/timing-result.js';

// Faults, place by place.
export { type NeuronFaults, withCrossbarFaults, withNeuronFaults } from './hw-models/faults/core-faults.js';
export { type ParameterDeviations, withDeviations } from './hw-models/faults/parameter-deviations.js';
export { type StoredWordFaults, withDestinationFaults, withThresholdFaults } from './hw-models/faults/stored-words.js';
export type { PotentialUpsets } from './hw-models/faults/potential-upsets.js';
export type { StoredBitFaults } from './hw-models/faults/stored-bits.js';
export { NORTHPOLE_MEMORIES, type NorthPoleFaults, type NorthPoleMemory } from './hw-models/faults/northpole-faults.js';
export { faultWeights, programWeights, type WeightStore, weightsOnChip } from './hw-models/faults/weight-faults.js';

// Engines, and programs on several threads.
export { type CycleRunOptions, runCycles } from './simulator/engines/northpole-cycle/engine.js';
export { createNorthPoleEngine, type NorthPoleEngine } from './simulator/engines/northpole/engine.js';
export { type NorthPoleRunOptions, runNorthPole } from './simulator/run-northpole.js';
export { createThreadedChip, type ThreadedChip } from './simulator/parallel/chip-threads.js';
export { timelineJson, type TimelineOptions } from './simulator/timeline/northpole.js';
export { type NorthPolePerformance, northPolePerformance } from './chips/northpole/performance.js';

// Sequences, token by token.
export {
  runSequences,
  type SequenceOutput,
  type SequenceRunOptions,
  type TokenSequences,
} from './simulator/run-sequences.js';
export { runSums, type SumsOptions, type SumsResult } from './chips/northpole/sums.js';
export { type AnswerAccuracy, answerAccuracy, sumsForm, sumSequences, sumsText } from './data/sums.js';
