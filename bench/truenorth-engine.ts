/**
 * Speed of the TrueNorth engines: fast against reference, one thread, on chips that fit the cache and on larger ones.
 *
 *   leaky     every neuron leaks and fires at 2 % (or 10 %) per tick: every neuron is updated in every tick
 *   gated     no leak: 2 % of the axons are driven by the host, neurons change only when spikes arrive
 *
 * Run after `npm run build`: node dist/bench/truenorth-engine.js
 */
import { cpus } from 'node:os';
import { PURPOSE, sequence } from '../src/common/rng.js';
import { TRUENORTH } from '../src/hw-models/truenorth/spec.js';
import { NEGATIVE, NO_TARGET, RESET, type CoreArrays, type TrueNorthProgram } from '../src/ir/program/truenorth.js';
import type { Engine } from '../src/simulator/engines/contract.js';
import { createFastEngine } from '../src/simulator/engines/fast/engine.js';
import { createFastImage } from '../src/simulator/engines/fast/image.js';
import { createReferenceEngine } from '../src/simulator/engines/reference/engine.js';

interface Workload {
  readonly kind: 'leaky' | 'gated';
  readonly nCores: number;
  readonly density: number;
  readonly activity: number;
}

const WORKLOADS: readonly Workload[] = [
  { kind: 'leaky', nCores: 64, density: 0.1, activity: 0.02 },
  { kind: 'leaky', nCores: 64, density: 0.5, activity: 0.02 },
  { kind: 'leaky', nCores: 64, density: 0.1, activity: 0.1 },
  { kind: 'leaky', nCores: 64, density: 0.5, activity: 0.1 },
  { kind: 'leaky', nCores: 1024, density: 0.1, activity: 0.02 },
  { kind: 'gated', nCores: 64, density: 0.02, activity: 0.02 },
  { kind: 'gated', nCores: 64, density: 0.5, activity: 0.02 },
  { kind: 'gated', nCores: 1024, density: 0.02, activity: 0.001 },
];

const row = (cells: readonly (string | number)[]): void => {
  console.log(cells.map((cell) => String(cell).padStart(14)).join(''));
};

console.log(`machine: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
row(['workload', 'cores', 'density', 'activity', 'fast', 'Gsynops/s', 'reference', 'fast / ref']);
console.log('fast and reference in core-ticks per second of CPU time, median of 5');
for (const workload of WORKLOADS) {
  const program = build(workload);
  const nTicks = Math.max(20, Math.round(200_000 / workload.nCores));
  const fast = median(5, () => measure(createFastEngine(createFastImage(program, 1)), workload, nTicks));
  const reference = median(1, () =>
    measure(createReferenceEngine({ program }), workload, workload.nCores > 64 ? 2 : 20),
  );
  row([
    workload.kind,
    workload.nCores,
    workload.density,
    fast.activity.toFixed(4),
    `${(fast.rate / 1e3).toFixed(0)} k`,
    (fast.synapticOperations / 1e9).toFixed(2),
    `${(reference.rate / 1e3).toFixed(1)} k`,
    (fast.rate / reference.rate).toFixed(0),
  ]);
}

interface Measurement {
  readonly rate: number;
  readonly synapticOperations: number;
  readonly activity: number;
}

function median(n: number, once: () => Measurement): Measurement {
  const sorted = Array.from({ length: n }, once).sort((a, b) => a.rate - b.rate);
  const middle = sorted[n >> 1];
  if (middle === undefined) throw new Error('nothing measured');
  return middle;
}

/** CPU time, so that other programs on the machine matter less. */
function measure(engine: Engine, workload: Workload, nTicks: number): Measurement {
  const { nCores } = workload;
  engine.reset({ drop: 0, seed: 1, firstSample: 0 });
  const inputs = hostInputs(workload, nTicks + 10);
  const advance = (tick: number): void => {
    for (const axon of inputs[tick] ?? []) engine.inject(axon >> 8, axon & 255, tick);
    engine.tick();
  };
  for (let tick = 0; tick < 10; tick++) advance(tick);
  engine.takeCounters();
  const start = process.cpuUsage();
  for (let tick = 10; tick < 10 + nTicks; tick++) advance(tick);
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const counters = engine.takeCounters();
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  const coreTicks = nTicks * nCores;
  return {
    rate: coreTicks / seconds,
    synapticOperations: sum(counters.coreSynapticOperations) / seconds,
    activity: (sum(counters.coreSpikes) + counters.inputSpikes) / (coreTicks * 256),
  };
}

/** Axons (core * 256 + axon) that the host drives in each tick. */
function hostInputs({ kind, nCores, activity }: Workload, nTicks: number): Int32Array[] {
  const random = sequence(2, PURPOSE.test);
  const perTick = kind === 'gated' ? Math.round(nCores * 256 * activity) : 0;
  return Array.from({ length: nTicks }, () => Int32Array.from({ length: perTick }, () => random.below(nCores * 256)));
}

function build(workload: Workload): TrueNorthProgram {
  const { nCores } = workload;
  const nNeurons = nCores * 256;
  const random = sequence(1, PURPOSE.test);
  const leaky = workload.kind === 'leaky';
  const threshold = Math.round(2 / workload.activity);
  const cores: CoreArrays = {
    nCores,
    x: Int16Array.from({ length: nCores }, (_, core) => core % 64),
    y: Int16Array.from({ length: nCores }, (_, core) => Math.floor(core / 64)),
    axonType: Uint8Array.from({ length: nNeurons }, () => random.below(4)),
    synapses: new Uint32Array(nNeurons * 8).map(() => randomBits(workload.density, random.uniform)),
    weights: Int16Array.from({ length: nNeurons * 4 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + random.below(8))),
    leak: new Int16Array(nNeurons).fill(leaky ? 2 : 0),
    leakReversal: new Uint8Array(nNeurons),
    threshold: new Int32Array(nNeurons).fill(leaky ? threshold : TRUENORTH.thresholdMax),
    negativeThreshold: new Int32Array(nNeurons).fill(leaky ? threshold : TRUENORTH.thresholdMax),
    resetMode: new Uint8Array(nNeurons).fill(RESET.linear),
    negativeMode: new Uint8Array(nNeurons).fill(NEGATIVE.saturate),
    resetPotential: new Int32Array(nNeurons),
    initialPotential: Int32Array.from({ length: nNeurons }, () => (leaky ? random.below(threshold) : 0)),
    stochastic: new Uint8Array(nNeurons),
    thresholdBits: new Uint8Array(nNeurons),
    target: Int32Array.from({ length: nNeurons }, () => (leaky ? random.below(nCores) : NO_TARGET)),
    targetAxon: Uint8Array.from({ length: nNeurons }, () => random.below(256)),
    delay: Uint8Array.from({ length: nNeurons }, () => 1 + random.below(15)),
  };
  return {
    kind: 'truenorth',
    name: 'bench',
    spec: TRUENORTH,
    cores,
    coreLayer: new Int32Array(nCores),
    coreRole: Array.from({ length: nCores }, () => 'layer' as const),
    layers: [],
    inputShape: [1],
    inputCode: { kind: 'threshold', level: 128 },
    inputs: {
      nElements: 0,
      rowStart: new Int32Array(1),
      core: new Int32Array(0),
      axon: new Uint8Array(0),
      maxCount: 1,
    },
    mergedAxons: new Int32Array(0),
    timing: { period: 1, inputStart: 0, inputTicks: 1, outputStart: 0, outputTicks: 1 },
    outputs: {
      nClasses: 1,
      pinClass: new Int32Array(0),
      pinCoefficient: new Int32Array(0),
      constant: new Int32Array(1),
      scale: new Float64Array(1).fill(1),
      offset: new Float64Array(1),
    },
  };
}

function randomBits(density: number, uniform: () => number): number {
  let bits = 0;
  for (let bit = 0; bit < 32; bit++) if (uniform() < density) bits |= 1 << bit;
  return bits >>> 0;
}
