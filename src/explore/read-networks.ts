/** The networks of an experiment and their images, with the digests that points are known by. */
import { type Diagnostic, errorAt, throwIfErrors, UserError } from '../common/diagnostics.js';
import { beyondData } from '../data/asked.js';
import { kindOf } from '../data/files/bounded.js';
import { type Dataset, sliceDataset } from '../data/index.js';
import { loadSamples } from '../data/samples.js';
import { digestOf } from '../experiments/points/digest.js';
import { writeStored } from '../experiments/points/store.js';
import { readModel } from '../experiments/read-model.js';
import { encodeNetwork } from '../ir/network/file.js';
import { hasRealWeights } from '../ir/network/real-weights.js';
import { imagesDigest } from './evaluate/bench.js';
import { encodeSamples, SAMPLES } from './evaluate/kept-samples.js';
import type { NetworkDigests } from './evaluate/request.js';
import type { Experiment, ExplorationNetwork } from './experiment.js';

/** Networks at hand. */
export interface ReadNetworks {
  /** By the name of the network, for so many images. */
  digestsOf(network: ExplorationNetwork, images: number): NetworkDigests;
  /** Places of data sets by the digests of their images. */
  readonly data: Readonly<Record<string, string>>;
  /** Model files by their digests, for the store. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Images by their digests. */
  readonly samples: ReadonlyMap<string, Dataset>;
}

/** Reads all networks. @throws UserError with everything that is missing or wrong, of all of them */
export async function readNetworks(experiment: Experiment, imageCounts: readonly number[]): Promise<ReadNetworks> {
  const problems: Diagnostic[] = [];
  const digests = new Map<string, NetworkDigests>();
  const data: Record<string, string> = {};
  const files = new Map<string, Uint8Array>();
  const samples = new Map<string, Dataset>();
  const absent: string[] = [];
  for (const network of experiment.networks) {
    if ((await kindOf(network.path)) === undefined) {
      absent.push(network.path);
      continue;
    }
    try {
      const { network: graph } = await readModel(network.path, network);
      const bytes = encodeNetwork(graph);
      const model = digestOf(bytes);
      files.set(model, bytes);
      const all = await loadSamples(network.data, graph, experiment.images);
      const asked = { asked: experiment.images, place: `${experiment.path}: images: ${experiment.images}` };
      problems.push(...beyondData(asked, { there: all.labels.length, data: `data set "${all.name}"` }));
      for (const images of imageCounts) {
        const part = sliceDataset(all, 0, Math.min(images, all.labels.length));
        const key = imagesDigest(part);
        samples.set(key, part);
        data[key] = network.data;
        digests.set(`${images} ${network.name}`, { model, data: key, isReal: hasRealWeights(graph) });
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.diagnostics);
    }
  }
  if (absent.length > 0) {
    const remedy = 'get them, and pass --models FOLDER where they lie elsewhere';
    problems.unshift(errorAt('files-absent', experiment.path, `not there: ${absent.join(', ')}`, remedy));
  }
  throwIfErrors(problems);
  return {
    digestsOf: (network, images) => {
      const found = digests.get(`${images} ${network.name}`);
      if (found === undefined) throw new Error(`no digests of ${network.name} for ${images} images`);
      return found;
    },
    data,
    files,
    samples,
  };
}

/** Writes the images into the store, for workers that do not have the data sets. */
export async function storeSamples({ samples }: ReadNetworks, store: string): Promise<void> {
  for (const [digest, part] of samples) await writeStored(store, digest, SAMPLES, encodeSamples(part));
}

/** Writes the networks into the store, from which processes read them. */
export async function storeNetworks({ files }: ReadNetworks, store: string): Promise<void> {
  for (const [digest, bytes] of files) await writeStored(store, digest, 'lsn', bytes);
}
