/** What becomes of layers that do not fit the cores and neurons of a TrueNorth-style chip. */
import { integer } from '../../common/format.js';
import type { LayerMapping, TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { LayerSplit } from '../chip.js';

const cores = (n: number): string => `${integer(n)} ${n === 1 ? 'core' : 'cores'}`;

/** Sums in parts, and neurons and cores that copy spikes. */
export const trueNorthSplits = ({ layers, spec }: Pick<TrueNorthProgram, 'layers' | 'spec'>): readonly LayerSplit[] =>
  layers.flatMap((layer) => [...partsOf(layer, spec.axonsPerCore), ...copiesOf(layer)]);

function partsOf(
  { name, scheme, fanIn, partialCores, splitterCores, window, ...all }: LayerMapping,
  axons: number,
): readonly LayerSplit[] {
  if (scheme !== 'partial') return [];
  return [
    {
      layer: name,
      why: `sums of ${integer(fanIn)} inputs, with what controls them, do not fit a core of ${integer(axons)} axons`,
      into: `sums in parts on ${cores(partialCores)}, which ${cores(all.cores - partialCores - splitterCores)} add`,
      cost: `${cores(all.cores)}, and a window of ${integer(window)} ticks in which the parts travel`,
    },
  ];
}

function copiesOf({ name, copies, splitterCores }: LayerMapping): readonly LayerSplit[] {
  if (copies === 0 && splitterCores === 0) return [];
  const into = [
    ...(copies === 0 ? [] : [`${integer(copies)} more neurons with the same spikes`]),
    ...(splitterCores === 0 ? [] : [`${cores(splitterCores)} that only copy spikes`]),
  ];
  return [
    {
      layer: name,
      why: 'several cores read its outputs, and a neuron sends to one axon',
      into: into.join(', '),
      cost: splitterCores === 0 ? 'their neurons' : `their neurons, and a tick`,
    },
  ];
}
