/** One colour per layer of a network, whatever it is mapped to. */
import type { ProgramView } from '../ir/trace/program-view.js';
import { categoryColour } from './palette.js';

/** The colour of a layer by its name; that of no layer for a name that the network does not have. */
export type LayerColours = (layer: string) => string;

/** Colour of what belongs to no layer. */
export const NO_LAYER = 'var(--timer)';

/** The colours of each network: mappings of one network share them. */
export function layerColours(programs: readonly ProgramView[]): (network: string) => LayerColours {
  const layers = new Map<string, Map<string, number>>();
  for (const program of programs) {
    const own = layers.get(program.name) ?? new Map<string, number>();
    layers.set(program.name, own);
    for (const layer of layersOf(program)) if (!own.has(layer)) own.set(layer, own.size);
  }
  return (network) => (layer) => {
    const index = layers.get(network)?.get(layer);
    return index === undefined ? NO_LAYER : categoryColour(index);
  };
}

/** Names of the layers that a program's plan shows, in their order. */
export const layersOf = ({ floorPlan, steps }: ProgramView): readonly string[] =>
  floorPlan?.layers ?? steps?.steps.map(({ label }) => label) ?? [];
