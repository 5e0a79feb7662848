/** What points run on: networks, their images, and chips that stay open from one point to the next. */
import type { Chip } from '../../chips/chip.js';
import { assert, present } from '../../common/assert.js';
import { throwIfErrors } from '../../common/diagnostics.js';
import { beyondData } from '../../data/asked.js';
import { type Dataset, sliceDataset } from '../../data/index.js';
import { loadSamples } from '../../data/samples.js';
import { createDistortionRunner, type DistortionRunner } from '../../experiments/distortion-runner.js';
import { createSweptChip, type SweptChip } from '../../experiments/swept-chip.js';
import { compileNetwork } from '../../flow.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { digestOf } from '../../experiments/points/digest.js';
import type { StudySpec } from '../spec.js';
import type { ReadyNetwork } from '../training/train-networks.js';
import { networkFor } from './deploy.js';

/** The networks of a study at hand. */
export interface Bench {
  /** Why one of the networks is not at hand; undefined if all are. */
  missing(names: readonly string[]): string | undefined;
  /** A network that is not missing. */
  network(name: string): Extract<ReadyNetwork, { kind: 'ready' }>;
  /** The first test images of a network's data set, as it reads them, and their digest. */
  images(name: string): Promise<{ readonly data: Dataset; readonly digest: string }>;
  /** The network as it is compiled for a chip. */
  deployed(name: string, chip: Chip): Promise<NetworkGraph>;
  /** Evaluates float networks on the images of a network; stays open. */
  floatRunner(name: string): Promise<DistortionRunner>;
  /** Networks on chips of a kind, together; they stay open until others are needed. One call at a time. */
  chips(names: readonly string[], chip: Chip): Promise<readonly SweptChip[]>;
  close(): Promise<void>;
}

/** Networks on chips that stay open, where a point does not need more. */
const OPEN_CHIPS = 4;

/** Opens a bench. Nothing is loaded before it is asked for. */
export function createBench(
  spec: StudySpec,
  networks: readonly ReadyNetwork[],
  options: { readonly workers: number; readonly signal?: AbortSignal | undefined },
): Bench {
  const byName = new Map(networks.map((network) => [network.plan.name, network]));
  const loaded = new Map<string, Promise<{ readonly data: Dataset; readonly digest: string }>>();
  const runners = new Map<string, Promise<DistortionRunner>>();
  const deployments = new Map<string, Promise<NetworkGraph>>();
  /** In the order of their last use. */
  const open = new Map<string, SweptChip>();

  const network: Bench['network'] = (name) => {
    const found = present(byName.get(name), `network "${name}"`);
    assert(found.kind === 'ready', `network "${name}" is missing`);
    return found;
  };
  /** Preprocessing belongs to a network: those without it share their images. */
  const imagesKey = (name: string): string => {
    const { network: graph, plan } = network(name);
    return graph.preprocessing === undefined ? plan.data : `${plan.data} for ${name}`;
  };
  const images: Bench['images'] = (name) => {
    const { network: graph, plan } = network(name);
    return once(loaded, imagesKey(name), async () => {
      const all = await loadSamples(plan.data, graph, spec.images);
      const there = { there: all.labels.length, data: `data set "${all.name}"` };
      throwIfErrors(beyondData({ asked: spec.images, place: `images: ${spec.images}` }, there));
      const data = sliceDataset(all, 0, spec.images);
      return { data, digest: digestOf(data.images, data.labels) };
    });
  };
  const deployed: Bench['deployed'] = (name, chip) =>
    once(deployments, `${name} on ${chip.name}`, async () => {
      const { network: graph, plan } = network(name);
      return networkFor({ network: graph, name, data: plan.data, chip, quantiseBits: spec.quantise?.bits });
    });
  return {
    missing: (names) => {
      for (const name of names) {
        const found = present(byName.get(name), `network "${name}"`);
        if (found.kind === 'failed') return found.message;
      }
      return undefined;
    },
    network,
    images,
    deployed,
    floatRunner: (name) =>
      once(runners, imagesKey(name), async () => createDistortionRunner((await images(name)).data, options.workers)),
    chips: async (names, chip) => {
      const wanted: SweptChip[] = [];
      for (const name of names) {
        const key = `${name} on ${chip.name}`;
        const graph = await deployed(name, chip);
        const { data } = await images(name);
        const found =
          open.get(key) ??
          createSweptChip({ ...compileNetwork(graph, { chip }), float: graph }, data, runOptions(options));
        open.delete(key);
        open.set(key, found);
        wanted.push(found);
      }
      for (const [oldest, other] of open) {
        if (open.size <= Math.max(OPEN_CHIPS, names.length)) break;
        open.delete(oldest);
        await other.close();
      }
      return wanted;
    },
    close: async () => {
      const opened = await Promise.all(runners.values());
      await Promise.all([...open.values(), ...opened].map((one) => one.close()));
      open.clear();
      runners.clear();
    },
  };
}

function runOptions({ workers, signal }: { readonly workers: number; readonly signal?: AbortSignal | undefined }) {
  return { workers, ...(signal === undefined ? {} : { signal }) };
}

/** Makes a value when it is first asked for. A failure is not kept: it says the same again. */
function once<T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
}
