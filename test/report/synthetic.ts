import { mean, sampleStandardDeviation, studentInterval, wilsonInterval } from '../../src/common/statistics.js';
import { energyPerSampleUj } from '../../src/hw-models/truenorth/costs.js';
import type { CoreRole, LayerMapping } from '../../src/ir/program/truenorth.js';
import { NO_NOISE, type NoiseSpec } from '../../src/ir/faults/levels.js';
import type { NoisePoint, TrueNorthRunResult } from '../../src/ir/trace/run-result.js';
import type { TrueNorthView } from '../../src/report/program-view.js';

/** A made-up program of a shape that shows every role: four layers, partial sums, splitters, a timer. */
export function syntheticProgram(name: string, layerCores: readonly number[]): TrueNorthView {
  const cores: { layer: number; role: CoreRole }[] = layerCores.flatMap((count, layer) =>
    Array.from({ length: count }, (_, i) => ({
      layer,
      role:
        layer === 0 && i % 5 === 4 ? ('splitter' as const) : i % 3 === 2 ? ('partial' as const) : ('layer' as const),
    })),
  );
  cores.push({ layer: -1, role: 'timer' });
  const columns = Math.ceil(Math.sqrt(cores.length));
  return {
    kind: 'program-view',
    name,
    chip: 'truenorth',
    gridWidth: 64,
    gridHeight: 64,
    faultyCores: [[0, 1]],
    nClasses: 10,
    x: cores.map((_, i) => 1 + (i % columns)),
    y: cores.map((_, i) => 1 + Math.floor(i / columns)),
    coreLayer: cores.map((core) => core.layer),
    coreRole: cores.map((core) => core.role),
    layers: layerCores.map((count, i) => syntheticLayer(`layer-${i + 1}`, count)),
    periodTicks: 19,
    latencyTicks: 57,
  };
}

function syntheticLayer(name: string, cores: number): LayerMapping {
  return {
    name,
    scheme: cores > 8 ? 'partial' : 'gated',
    fanIn: 256,
    nIn: 784,
    nOut: 256,
    cores,
    partialCores: Math.floor(cores / 3),
    splitterCores: 0,
    copies: 12,
    window: 16,
    ticks: 19,
    axonUse: 0.93,
    neuronUse: 0.71,
    limitedBy: 'axons',
  };
}

/** A made-up run of a program. */
export function syntheticResult(program: TrueNorthView, noise: NoiseSpec = NO_NOISE): TrueNorthRunResult {
  const samples = 1000;
  const correct = 964;
  const nCores = program.x.length;
  const ticks = samples * program.periodTicks;
  const coreSpikes = program.x.map((_, i) => (i % 7) * 900 * (1 + (i % 3)));
  const coreSynapticOperations = coreSpikes.map((spikes, i) => spikes * (40 + i));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const counters = {
    ticks,
    coreTicks: ticks * nCores,
    rows: ticks * nCores * 256,
    spikes: sum(coreSpikes),
    inputSpikes: 100_000,
    synapticOperations: sum(coreSynapticOperations),
    hops: sum(coreSpikes) * 3,
  };
  return {
    kind: 'run-result',
    target: 'truenorth',
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
    seconds: 2.5,
    samplesPerSecond: 400,
    cores: nCores,
    ticksPerSample: program.periodTicks,
    latencyTicks: program.latencyTicks,
    coreTicks: counters.coreTicks,
    spikes: counters.spikes,
    synapticOperations: counters.synapticOperations,
    counters,
    energyUj: energyPerSampleUj(counters, nCores, samples),
    seed: 1,
    workers: 2,
    engine: 'fast',
    noise,
    coreSpikes,
    coreSynapticOperations,
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
