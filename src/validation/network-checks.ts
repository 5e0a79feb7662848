/** Checks of the known networks: what they decide as labelled, and on which samples a chip differs from the integer network. */
import type { Chip } from '../chips/chip.js';
import { present } from '../common/assert.js';
import { openNetwork } from '../compiler/frontends/open-network.js';
import { type Dataset, sliceDataset } from '../data/dataset.js';
import { readBounded } from '../data/files/bounded.js';
import { npyNumbers, parseNpy } from '../data/files/npy.js';
import { pathFrom, readImportText, readModelFile } from '../data/model-file.js';
import { loadSamples } from '../data/samples.js';
import { createFloatRunner } from '../evaluation/float/runner.js';
import type { NetworkEvaluation } from '../evaluation/interpreter/evaluate.js';
import { compileNetwork, runCompiled } from '../flow.js';
import { NO_NOISE } from '../ir/faults/levels.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { RunResult } from '../ir/trace/run-result.js';
import { quantisedAfter } from '../training/post/quantised-after.js';
import { type Check, type CheckHost, once } from './check.js';
import type { KnownData, KnownNetwork } from './known-networks.js';

/** A known network with its data. */
export interface OpenKnown {
  readonly graph: NetworkGraph;
  readonly samples: Dataset;
}

/** The network as its entry says, quantised if that says so. @throws UserError */
export async function openKnown(known: KnownNetwork, host: CheckHost): Promise<OpenKnown> {
  const asked = await readImportText(known.import ?? {}, host.models);
  const { graph } = await openNetwork(await readModelFile(pathFrom(host.models, known.file)), asked);
  const { data, quantise } = known;
  if (quantise === undefined || data.kind === 'npy') return { graph, samples: await samplesOf(data, graph, host) };
  const quantised = await quantisedAfter(
    { network: graph, place: known.id, data: await host.data(data.name) },
    quantise,
  );
  return { graph: quantised, samples: await samplesOf(data, quantised, host) };
}

async function samplesOf(data: KnownData, graph: NetworkGraph, host: CheckHost): Promise<Dataset> {
  if (data.kind === 'dataset') {
    return sliceDataset(await loadSamples(await host.data(data.name), graph, data.images), 0, data.images);
  }
  const read = async (file: string) => parseNpy(await readBounded(pathFrom(host.models, file)), file);
  const [inputs, labels] = [await read(data.inputs), await read(data.labels)];
  const [, height = 1, width = 1, channels = 1] = inputs.shape;
  return {
    name: data.inputs,
    split: 'test',
    shape: [height, width, channels],
    images: Uint8Array.from(npyNumbers(inputs), (x) => x + 128),
    labels: Uint8Array.from(npyNumbers(labels)),
    nClasses: data.nClasses,
  };
}

/** Scores and decisions of a network on its samples. */
export async function evaluateKnown({ graph, samples }: OpenKnown, host: CheckHost): Promise<NetworkEvaluation> {
  const runner = createFloatRunner(samples, host.workers);
  try {
    return await runner.evaluate(graph, { seed: 0, ...(host.signal === undefined ? {} : { signal: host.signal }) });
  } finally {
    await runner.close();
  }
}

/** A known network and what it decides, each computed when it is first asked for: several checks look at them. */
export interface Evaluated {
  readonly open: () => Promise<OpenKnown>;
  readonly evaluate: () => Promise<NetworkEvaluation>;
}

/** The network of an entry, not read yet. */
export function onceEvaluated(known: KnownNetwork, host: CheckHost): Evaluated {
  const open = once(() => openKnown(known, host));
  return { open, evaluate: once(async () => evaluateKnown(await open(), host)) };
}

/** Whether a network is to be tried on a chip. */
const isFor = ({ isBinary, isFloat }: KnownNetwork, { realWeights, validation }: Chip): boolean =>
  isFloat !== true && (realWeights === 'quantised' || (isBinary === true && validation !== undefined));

/** Accuracy of a network, and for every chip that may take it the samples on which it differs. */
export function networkChecks(known: KnownNetwork, host: CheckHost, evaluated: Evaluated): readonly Check[] {
  const { id, file, import: text = {}, data, accuracy, tolerance, source, instead } = known;
  const { inputMean, weights } = text;
  const files = [
    ...[file, inputMean, weights].filter((name) => typeof name === 'string'),
    ...(data.kind === 'npy' ? [data.inputs, data.labels] : []),
  ];
  const run = async (chip: Chip): Promise<RunResult> => {
    const { graph, samples: all } = await evaluated.open();
    const samples =
      host.chipImages === undefined ? all : sliceDataset(all, 0, Math.min(host.chipImages, all.labels.length));
    const compiled = compileNetwork(graph, { chip });
    const options = { workers: host.workers, seed: 1, noise: NO_NOISE, float: false };
    return runCompiled(compiled, samples, {
      ...options,
      ...(host.signal === undefined ? {} : { signal: host.signal }),
    });
  };
  return [
    {
      ...{ id, published: accuracy, unit: '%', tolerance, source, files, instead },
      compute: async () => {
        const { correct, nSamples } = await evaluated.evaluate();
        return percentOf(correct, nSamples);
      },
    },
    ...host.chips
      .filter((chip) => isFor(known, chip))
      .map((chip): Check => ({
        id: `${id} on ${chip.name}: samples whose scores differ`,
        published: 0,
        unit: 'samples',
        tolerance: { kind: 'absolute', value: 0 },
        source: 'from the integer network on, nothing may differ by one bit',
        files,
        compute: async () => {
          const { samples, mismatches } = await run(chip);
          present(samples > 0 ? samples : undefined, 'samples');
          return mismatches;
        },
      })),
  ];
}

/** Per cent without the noise of binary fractions. */
const percentOf = (correct: number, n: number): number => Math.round((correct / n) * 1e6) / 1e4;
