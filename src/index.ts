/** The public API of Lodestone: the way of one network (flow.ts), its types, data, training, sweeps and reports. */
export {
  type Compilation,
  type CompileOptions,
  compileNetwork,
  type NamedCompileOptions,
  readNetwork,
  readProgram,
  runCompiled,
  type Runnable,
  type RunOptions,
  toInteger,
  writeProgram,
} from './flow.js';
export { type OpenedNetwork, openNetwork } from './compiler/frontends/open-network.js';
export type {
  Fidelity,
  FileSample,
  FileValues,
  ForeignFile,
  ImportedOperator,
  ImportOptions,
} from './compiler/frontends/frontend.js';
export { type Preflight, preflight, type StageReport } from './flow/preflight.js';
export {
  type ComparedForms,
  compareLayers,
  type ComparisonOptions,
  type LayersCompared,
} from './flow/compare-layers.js';
export type * from './ir/trace/layer-comparison.js';
export { type OriginFile, originOf } from './flow/origin.js';
export type { ProgramOrigin } from './ir/trace/origin.js';
export { openSimulation, type Simulation, type SimulationRequest } from './flow/simulation.js';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './flow/checkpoint.js';
export type { Waveform, WaveSignal } from './ir/trace/waveform.js';
export { vcdOf } from './report/waveform/vcd.js';
export { sha256 } from './common/sha256.js';
export { chipNamed } from './flow/chip-named.js';
export type * from './chips/chip.js';
export { CHIPS } from './chips/installed.js';
export { trueNorth, type TrueNorthDamages } from './chips/truenorth/chip.js';
export type { TrueNorthCompileOptions } from './chips/truenorth/options.js';
export { type KeptPlacement, placementOf } from './compiler/targets/truenorth/kept-placement.js';
export type { Pin } from './compiler/targets/truenorth/pins.js';
export { northPole } from './chips/northpole/chip.js';
export type { NorthPoleCompileOptions } from './chips/northpole/options.js';
export { type NorthPolePerformance, northPolePerformance } from './chips/northpole/performance.js';
export { metricOf, secondsOf } from './ir/trace/measures.js';
export type * from './ir/trace/measures.js';
export type * from './ir/trace/program-view.js';
export { type Diagnostic, formatDiagnostics, type Severity, UserError } from './common/diagnostics.js';
export type { Band, Quantity, QuantityStatus, Unknown } from './common/quantity.js';
export type { Exactness, PassEvent, PassInfo, PassObserver, PassReport } from './compiler/passes/pass.js';
export { encodeNetwork } from './ir/network/file.js';
export { parseNetwork } from './ir/network/parse.js';
export { printNetwork, type PrintOptions } from './ir/network/print.js';
export type * from './ir/network/types.js';
export { verifyNetwork } from './ir/network/verify.js';
export type { ProgramFile } from './ir/program/file.js';
export type { NorthPoleLayer, NorthPoleProgram, NorthPoleSpec, NorthPoleTensor } from './ir/program/northpole.js';
export type * from './ir/program/truenorth.js';
export { NO_NOISE, type NoiseSpec } from './ir/faults/levels.js';
export type { Counters, Energy, NoisePoint, RunHost, RunResult } from './ir/trace/run-result.js';
export type { TimingResult } from './ir/trace/timing-result.js';
export { type BoardName, BOARDS } from './hw-models/truenorth/board.js';
export { type NeuronFaults, withCrossbarFaults, withNeuronFaults } from './hw-models/faults/core-faults.js';
export { type ParameterDeviations, withDeviations } from './hw-models/faults/parameter-deviations.js';
export { type StoredWordFaults, withDestinationFaults, withThresholdFaults } from './hw-models/faults/stored-words.js';
export type { PotentialUpsets } from './hw-models/faults/potential-upsets.js';
export type { StoredBitFaults } from './hw-models/faults/stored-bits.js';
export { NORTHPOLE_MEMORIES, type NorthPoleFaults, type NorthPoleMemory } from './hw-models/faults/northpole-faults.js';
export { faultWeights, programWeights, type WeightStore, weightsOnChip } from './hw-models/faults/weight-faults.js';
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
export { TRUENORTH } from './hw-models/truenorth/spec.js';
export { DEFAULT_TIMING, TIMING_SOURCES, type TimingConstants } from './hw-models/truenorth/timing.js';
export { verifyProgram } from './compiler/targets/truenorth/verify.js';
export { type MeshRun, simulateMesh } from './simulator/noc/fast-mesh.js';
export { timeProgram, type TimingOptions } from './simulator/noc/program-timing.js';
export { createInterpreter, type Interpreter } from './evaluation/interpreter/network.js';
export type { LabelledImages } from './evaluation/tasks/samples.js';
export {
  applyTransforms,
  type Dataset,
  fitTransforms,
  loadDataset,
  type LoadOptions,
  type Split,
  type TransformSpec,
} from './data/index.js';
export type { Transform } from './ir/network/preprocess.js';
export {
  backendName,
  parseRecipe,
  type Recipe,
  train,
  type TrainingOptions,
  type TrainingResult,
} from './training/index.js';
export type * from './ir/trace/study.js';
export {
  readStudyResult,
  readStudySpec,
  runStudy,
  type StudyOptions,
  type StudyProgress,
  writeStudyFiles,
} from './studies/run-study.js';
export type { StudySpec } from './studies/spec.js';
export { sweepNoise, type SweepOptions } from './experiments/noise-sweep.js';
export { sweepDistortions, type DistortionPoint, type DistortionSweepOptions } from './experiments/distortion-sweep.js';
export { binaryWeightBits, effectiveBits, gaussianChannelBits, type LayerBits } from './experiments/effective-bits.js';
export { type Distortion, distortWeights } from './compiler/passes/distort-weights.js';
export { renderReport, type ReportInput } from './report/render-report.js';
export { renderStudy, type StudyFigure, type StudyFiles } from './report/study/render-study.js';
export { runSums, type SumsOptions, type SumsResult } from './chips/northpole/sums.js';
export {
  runSequences,
  type SequenceOutput,
  type SequenceRunOptions,
  type TokenSequences,
} from './simulator/run-sequences.js';
export { type AnswerAccuracy, answerAccuracy, sumsForm, sumSequences, sumsText } from './data/sums.js';
export {
  parseSequenceRecipe,
  type SequenceRecipe,
  type SequenceTrainingOptions,
  type SequenceTrainingResult,
  trainSequence,
} from './training/sequence/index.js';
export {
  NORTHPOLE,
  NORTHPOLE_PRESETS,
  NORTHPOLE_SMALL,
  NORTHPOLE_SPECS,
  parseNorthPoleSpec,
  printNorthPoleSpec,
} from './hw-models/northpole/spec.js';
export { verifyNorthPole } from './compiler/targets/northpole/verify.js';
export { type CycleRunOptions, runCycles } from './simulator/engines/northpole-cycle/engine.js';
export { createNorthPoleEngine, type NorthPoleEngine } from './simulator/engines/northpole/engine.js';
export { type NorthPoleRunOptions, runNorthPole } from './simulator/run-northpole.js';
export { timelineJson, type TimelineOptions } from './simulator/timeline/northpole.js';
