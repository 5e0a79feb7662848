/**
 * `lodestone`: a network onto a chip, and what comes out of it. Versions are semantic: what is exported here, by `lodestone/chips` and by the other entries
 * of package.json keeps its meaning within a major version (docs/api.md); everything else in dist is internal.
 *
 *   lodestone            networks, chips, programs, runs, sweeps, reports, simulations
 *   lodestone/chips      what a chip of one's own is made of
 *   lodestone/models     the models of the chips themselves: meshes, cores, faults, engines
 *   lodestone/training   training; needs the packages of that part
 *   lodestone/studies    robustness studies; likewise
 */

// A network from its file, in any of its forms.
export { type OpenedNetwork, openNetwork } from './compiler/frontends/open-network.js';
export type {
  Fidelity,
  FileSample,
  FileValues,
  ForeignFile,
  ImportedOperator,
  ImportOptions,
} from './compiler/frontends/frontend.js';
export { encodeNetwork } from './ir/network/file.js';
export { parseNetwork } from './ir/network/parse.js';
export { printNetwork, type PrintOptions } from './ir/network/print.js';
export { verifyNetwork } from './ir/network/verify.js';
export type * from './ir/network/types.js';
export type { Transform } from './ir/network/preprocess.js';
export { createInterpreter, type Interpreter } from './evaluation/interpreter/network.js';

// The way of one network: compile, run, compare.
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
export { sha256 } from './common/sha256.js';
export type { Exactness, PassEvent, PassInfo, PassObserver, PassReport } from './compiler/passes/pass.js';
export type { ProgramFile } from './ir/program/file.js';

// Chips, and what they say.
export type * from './chips/chip.js';
export { CHIPS } from './chips/installed.js';
export { chipNamed } from './flow/chip-named.js';
export { trueNorth, type TrueNorthDamages } from './chips/truenorth/chip.js';
export type { TrueNorthCompileOptions } from './chips/truenorth/options.js';
export { type KeptPlacement, placementOf } from './compiler/targets/truenorth/kept-placement.js';
export type { Pin } from './compiler/targets/truenorth/pins.js';
export { northPole } from './chips/northpole/chip.js';
export type { NorthPoleCompileOptions } from './chips/northpole/options.js';
export { ranc } from './chips/ranc/chip.js';
export { metricOf, secondsOf } from './ir/trace/measures.js';
export type * from './ir/trace/measures.js';
export type * from './ir/trace/program-view.js';
export type { Counters, Energy, NoisePoint, RunHost, RunResult } from './ir/trace/run-result.js';
export type { Band, Quantity, QuantityStatus, Unknown } from './common/quantity.js';

// Findings about what a user gives.
export { type Diagnostic, formatDiagnostics, type Severity, UserError } from './common/diagnostics.js';

// Data sets.
export {
  applyTransforms,
  type Dataset,
  fitTransforms,
  loadDataset,
  type LoadOptions,
  type Split,
  type TransformSpec,
} from './data/index.js';
export type { LabelledImages } from './evaluation/tasks/samples.js';

// Faults, sweeps, distortions.
export { NO_NOISE, type NoiseSpec } from './ir/faults/levels.js';
export { sweepNoise, type SweepOptions } from './experiments/noise-sweep.js';
export { sweepDistortions, type DistortionPoint, type DistortionSweepOptions } from './experiments/distortion-sweep.js';
export { binaryWeightBits, gaussianChannelBits } from './common/channel-bits.js';
export { effectiveBits, type LayerBits } from './experiments/effective-bits.js';
export { type Distortion, distortWeights } from './compiler/passes/distort-weights.js';

// Step by step.
export { openSimulation, type Simulation, type SimulationRequest } from './flow/simulation.js';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './flow/checkpoint.js';
export type { Waveform, WaveSignal } from './ir/trace/waveform.js';
export { vcdOf } from './report/waveform/vcd.js';

// Reports.
export { renderReport, type ReportInput } from './report/render-report.js';
export { renderStudy, type StudyFigure, type StudyFiles } from './report/study/render-study.js';
export { decodeResultFile, encodeResultFile, type ResultFile } from './report/result-file.js';
