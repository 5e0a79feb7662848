import type { ChipStructure } from '../chips/chip.js';
import { present } from '../common/assert.js';
import { UserError } from '../common/diagnostics.js';
import { neededPrograms, planStudy } from './plan.js';
import { describePoint } from './point.js';
import { networkFor } from './running/deploy.js';
import { chipsOf, structureKey } from './running/structures.js';
import type { StudySpec } from './spec.js';
import { structureOn, weightedLayers } from './structure.js';
import { firstNetworks } from './training/first-networks.js';

/**
 * The points of a study in words, without training: layers are those of the recipes, cores those of networks with their first weights.
 */
export async function planOnly(spec: StudySpec): Promise<readonly string[]> {
  const untrained = await firstNetworks(spec.plannedNetworks);
  const structures = new Map<string, ChipStructure>();
  for (const { network, chip } of neededPrograms(spec)) {
    try {
      const { network: graph, data } = present(untrained.get(network), 'network');
      const request = { network: graph, name: network, data, chip, quantiseBits: spec.quantise?.bits };
      structures.set(structureKey(network, chip.name), structureOn(await networkFor(request), chip));
    } catch (error) {
      // What does not fit a chip is a failure of its points.
      if (!(error instanceof UserError)) throw error;
    }
  }
  const points = planStudy(spec, (name) => ({
    layers: weightedLayers(untrained.get(name)?.network.nodes ?? []),
    chips: chipsOf(structures, name, spec.targets),
  }));
  return points.map(describePoint);
}
