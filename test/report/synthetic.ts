import { mean, sampleStandardDeviation, studentInterval, wilsonInterval } from '../../src/common/statistics.js';
import { bitsToText } from '../../src/common/bit-text.js';
import { NO_NOISE, type NoiseSpec } from '../../src/ir/faults/levels.js';
import type { FloorPlan, ProgramView } from '../../src/ir/trace/program-view.js';
import type { NoisePoint, RunResult } from '../../src/ir/trace/run-result.js';

const ROLES = ['layer weights', 'partial sums', 'splitter', 'timer'];

/** A made-up program of a shape that shows every role: four layers, partial sums, splitters, a timer. */
export function syntheticProgram(
  name: string,
  layerCores: readonly number[],
): ProgramView & { readonly floorPlan: FloorPlan } {
  const cores: { layer: number; role: number }[] = layerCores.flatMap((count, layer) =>
    Array.from({ length: count }, (_, i) => ({ layer, role: layer === 0 && i % 5 === 4 ? 2 : i % 3 === 2 ? 1 : 0 })),
  );
  cores.push({ layer: -1, role: 3 });
  const columns = Math.ceil(Math.sqrt(cores.length));
  const layers = layerCores.map((_, i) => `layer-${i + 1}`);
  return {
    kind: 'program-view',
    target: 'truenorth',
    name,
    chip: 'truenorth',
    nClasses: 10,
    cores: cores.length,
    time: {
      unit: 'tick',
      perSample: 19,
      latency: 57,
      unitSeconds: { value: 0.001, unit: 's', source: 'made up', status: 'assumed' },
    },
    lead: `${cores.length} cores; a sample every 19 ticks, its decision after 57.`,
    layers: {
      columns: [
        { title: 'layer', align: 'text' },
        { title: 'scheme', align: 'text' },
        { title: 'cores', align: 'number' },
        { title: 'limited by', align: 'text' },
      ],
      rows: layerCores.map((count, i) => [layers[i]!, count > 8 ? 'partial' : 'gated', String(count), 'axons']),
      note: 'Schemes: gated, partial.',
    },
    floorPlan: {
      gridWidth: 64,
      gridHeight: 64,
      faultyCores: [[0, 1]],
      x: cores.map((_, i) => 1 + (i % columns)),
      y: cores.map((_, i) => 1 + Math.floor(i / columns)),
      layer: cores.map((core) => core.layer),
      role: cores.map((core) => core.role),
      layers,
      roles: ROLES,
    },
  };
}

/** A made-up run of a program. */
export function syntheticResult(program: ProgramView, noise: NoiseSpec = NO_NOISE): RunResult {
  const samples = 1000;
  const correct = 964;
  const nCores = program.cores;
  const outcomes = new Uint8Array(samples / 8);
  for (let s = 0; s < correct; s++) outcomes[s >> 3]! |= 1 << (s & 7);
  const spikes = Array.from({ length: nCores }, (_, i) => ((i % 7) * (1 + (i % 3))) / 20);
  const count = (label: string, value: number) => ({ label, value, unit: '' });
  return {
    kind: 'run-result',
    target: program.target,
    name: program.name,
    chip: program.chip,
    data: 'mnist test',
    samples,
    correct,
    accuracy: correct / samples,
    accuracyInterval: wilsonInterval(correct, samples),
    accuracyInteger: correct / samples,
    accuracyFloat: correct / samples,
    mismatches: 0,
    outcomes: bitsToText(outcomes),
    cores: nCores,
    time: program.time,
    metrics: {
      coreTicks: count('core-ticks', 19_000 * nCores),
      spikes: count('spikes', 240_000),
      synapticOperations: count('synaptic operations', 9_000_000),
    },
    energyUj: {
      value: 12,
      low: 10,
      high: 14,
      unit: 'uJ',
      source: 'constants fitted to eight published power figures',
      status: 'calibrated',
    },
    energyParts: [
      { name: 'idle power of the cores in use', value: 6, fixed: true, events: '19 core-ticks' },
      { name: 'neuron updates', value: 4, fixed: false, events: '4,864 rows' },
      { name: 'synaptic operations', value: 2, fixed: false, events: '9,000 operations' },
    ],
    loads: [
      { label: 'Spikes fired', unit: 'spikes per tick', values: spikes },
      { label: 'Synaptic operations', unit: 'operations per tick', values: spikes.map((n, i) => n * (40 + i)) },
    ],
    seed: 1,
    engine: 'fast',
    noise,
    host: { seconds: 2.5, samplesPerSecond: 400, workers: 2 },
  };
}

/** A made-up sweep: accuracy falls from `golden` to chance as the level grows. */
export function syntheticNoise(
  network: string,
  distortion: keyof NoiseSpec,
  levels: readonly number[],
  golden: number,
): readonly NoisePoint[] {
  return levels.map((level) => {
    const centre = 0.1 + (golden - 0.1) / (1 + (level / 0.03) ** 1.6);
    const accuracies = Array.from({ length: 10 }, (_, chip) =>
      level === 0 ? golden : centre + ((chip * 7) % 10) * 0.004 - 0.018,
    );
    return {
      network,
      target: 'truenorth',
      distortion,
      level,
      chips: accuracies.length,
      accuracies,
      accuracyMean: mean(accuracies),
      accuracyStd: sampleStandardDeviation(accuracies),
      interval: studentInterval(accuracies),
    };
  });
}
