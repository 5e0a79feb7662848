/** What a process has at hand for points: networks and images by their digests, programs, runs. */
import type { Chip, ChipOutput } from '../../chips/chip.js';
import { CHIPS } from '../../chips/installed.js';
import { present } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import { lowerToInteger } from '../../compiler/pipelines.js';
import { type Dataset, sliceDataset } from '../../data/index.js';
import { readBounded } from '../../data/files/bounded.js';
import { loadSamples } from '../../data/samples.js';
import { createFloatRunner } from '../../evaluation/float/runner.js';
import { contentKey, digestOf } from '../../experiments/points/digest.js';
import { readStored, storePath, writeStored } from '../../experiments/points/store.js';
import { compileIntegerNetwork } from '../../flow/deploy.js';
import type { Compilation } from '../../flow/runnable.js';
import { decodeNetwork, encodeNetwork } from '../../ir/network/file.js';
import type { BitWidth, NetworkGraph } from '../../ir/network/types.js';
import { quantisedAfter } from '../../training/post/quantised-after.js';
import type { Metrics } from '../metrics.js';
import { specText } from '../space/candidate.js';
import { type Cache, openCache } from './cache.js';
import { decodeSamples, SAMPLES } from './kept-samples.js';
import { networkMetrics } from './network-metrics.js';
import { quantisedKeyOf } from './quantised.js';
import { type PointRequest, programKeyOf } from './request.js';
import type { BenchSetup } from './setup.js';

/** A network as it is compiled. */
export interface NetworkAtHand {
  /** With real weights quantised. */
  readonly network: NetworkGraph;
  readonly integer: NetworkGraph;
  readonly data: Dataset;
  readonly metrics: Metrics;
  /** Of network, bits and images. */
  readonly key: string;
}

/** A chip with its outputs of a run, by the number of the simulated chip. */
export interface RunAtHand {
  readonly compilation: Compilation;
  readonly outputs: readonly ChipOutput[];
}

/** The bench. */
export interface Bench {
  /** @throws UserError for networks that cannot be read, quantised or made integer */
  network(request: PointRequest): Promise<NetworkAtHand>;
  /** @throws UserError for what does not fit */
  program(request: PointRequest, at: NetworkAtHand): Compilation;
  /** The chip of a request. @throws UserError where this program does not have it */
  chip(request: PointRequest): Chip;
  /** [nSamples, nClasses] scores of the integer network that a program computes. */
  reference(request: PointRequest, at: NetworkAtHand, compilation: Compilation): Promise<Int32Array>;
  readonly runs: Cache<Promise<readonly ChipOutput[]>>;
}

const MOST_NETWORKS = 4;
const MOST_PROGRAMS = 2;
const MOST_RUNS = 8;
const BITS: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** Opens the bench of a process that knows these chips. */
export function openBench(
  { store, data: places }: Pick<BenchSetup, 'store' | 'data'>,
  chips: readonly Chip[] = CHIPS,
): Bench {
  const chipOf = (name: string): Chip =>
    chips.find((chip) => chip.name === name) ??
    fail(
      'unknown-chip',
      name,
      'it is no chip here',
      'use the version that made the point, or name the chip with --chip',
    );
  const networks = openCache<Promise<NetworkAtHand>>(MOST_NETWORKS);
  const programs = openCache<Compilation>(MOST_PROGRAMS);
  const references = openCache<Promise<Int32Array>>(MOST_NETWORKS);

  const graphOf = async ({ model }: PointRequest): Promise<NetworkGraph> => {
    const path = storePath(store, model, 'lsn');
    return decodeNetwork(await readBounded(path), path);
  };
  const dataOf = async (request: PointRequest, graph: NetworkGraph): Promise<Dataset> => {
    const kept = await readStored(store, request.data, SAMPLES);
    const place = present(places[request.data], 'place of a data set');
    const all = kept === undefined ? await loadSamples(place, graph, request.images) : decodeSamples(kept, place);
    const data = sliceDataset(all, 0, request.images);
    if (imagesDigest(data) === request.data) return data;
    const message = 'its images are others than those that the point was made for';
    return fail('data-changed', `data set "${place}"`, message, 'get the data set as it was, or explore again');
  };
  const quantised = async (request: PointRequest, graph: NetworkGraph): Promise<NetworkGraph> => {
    const key = quantisedKeyOf(request, places);
    if (request.bits === undefined || key === undefined) return graph;
    const known = await readStored(store, key, 'lsn');
    if (known !== undefined) return decodeNetwork(known, key);
    const width = (n: number): BitWidth => BITS.find((one) => one === n) ?? 8;
    const { weights, activations, layers } = request.bits;
    const made = await quantisedAfter(
      { network: graph, place: 'network', data: present(places[request.data], 'place of a data set') },
      {
        weights: width(weights),
        activations: width(activations),
        layers: Object.fromEntries(Object.entries(layers).map(([layer, n]) => [layer, width(n)])),
      },
    );
    await writeStored(store, key, 'lsn', encodeNetwork(made));
    return made;
  };
  return {
    chip: ({ chip }) => chipOf(chip),
    network: (request) => {
      const { model, bits, data: wanted, images, seed } = request;
      const key = contentKey({ model, bits, data: wanted, images, seed });
      return networks.get(key, async () => {
        const graph = await graphOf(request);
        const data = await dataOf(request, graph);
        const network = await quantised(request, graph);
        const integer = lowerToInteger(network);
        return { network, integer, data, metrics: networkMetrics(integer, data), key };
      });
    },
    program: (request, { integer }) => {
      const chip = chipOf(request.chip);
      const key = programKeyOf(request, chip.costParameters ?? []);
      return programs.get(key, () => {
        const { spec } = chip.specs.parse(specText(request.base, request.parameters), request.chip);
        return compileIntegerNetwork(chip, integer, { spec, values: request.compile });
      });
    },
    reference: (request, at, { integer }) => {
      const { seed, images } = request;
      const { data } = at;
      // A chip that rounds by itself computes a network of its own.
      const own = integer === at.integer ? undefined : programKeyOf(request, []);
      const key = own === undefined ? at.key : contentKey({ of: at.key, program: own });
      return references.get(key, async () => {
        const known = await readStored(store, key, 'scores');
        if (known !== undefined) return new Int32Array(known.slice().buffer);
        const runner = createFloatRunner(data, 1);
        const { scores } = await runner.evaluate(integer, { seed, limit: images });
        await runner.close();
        const made = Int32Array.from(scores);
        await writeStored(store, key, 'scores', new Uint8Array(made.buffer));
        return made;
      });
    },
    runs: openCache(MOST_RUNS),
  };
}

/** The digest of the images that a network reads, and of their labels. */
export const imagesDigest = (data: Pick<Dataset, 'images' | 'labels'>): string => digestOf(data.images, data.labels);
