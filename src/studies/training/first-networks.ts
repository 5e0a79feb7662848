import { loadDataset } from '../../data/index.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { buildModel } from '../../training/model.js';
import { readModel } from '../../experiments/read-model.js';
import type { PlannedNetwork } from '../networks.js';
import { readGiven } from './given-network.js';

/** A network before its training, and the data set it is for. */
export interface FirstNetwork {
  readonly network: NetworkGraph;
  readonly data: string;
}

/** Networks by name as they are before any training: structure is all that can be read from them. @throws UserError */
export async function firstNetworks(networks: readonly PlannedNetwork[]): Promise<ReadonlyMap<string, FirstNetwork>> {
  const found = new Map<string, FirstNetwork>();
  for (const plan of networks) {
    if (plan.kind === 'given') {
      found.set(plan.name, { network: (await readGiven(plan)).network, data: plan.data });
      continue;
    }
    const { shape, nClasses } = await loadDataset(plan.data, 'test', { shape: plan.recipe.imageShape });
    const { start: from, recipe } = plan;
    const read = from === undefined ? undefined : await readModel(from.path, { ...from, import: recipe.import });
    const start = read?.network;
    found.set(plan.name, { network: buildModel(plan.recipe, shape, nClasses, start).deploy(), data: plan.data });
  }
  return found;
}
