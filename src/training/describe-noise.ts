import type { LayerNoise } from './noise-spec.js';
import type { Recipe } from './recipe.js';

/** Noise in words: "additive sigma 0.4, dropped spikes probability 0.1"; "none" where all is off. */
export function describeNoise(noise: LayerNoise): string {
  const parts = [
    ...part('bit errors rate', noise.bitErrors?.rate),
    ...part('multiplicative sigma', noise.multiplicative?.sigma),
    ...part('additive sigma', noise.additive?.sigma),
    ...part('dropped spikes probability', noise.droppedSpikes?.probability),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}

const part = (name: string, level: number | undefined): readonly string[] =>
  level === undefined || level === 0 ? [] : [`${name} ${level}`];

/** The noise a recipe trains with, a line for all layers and one for each layer with its own; empty without any. */
export function describeRecipeNoise({ layers, training: { noise } }: Recipe): readonly string[] {
  const own = layers.flatMap((layer, index) => {
    const layerNoise = 'noise' in layer ? layer.noise : undefined;
    if (layerNoise === undefined) return [];
    return [`${layer.name ?? `layers.${index}`} (${layer.kind}): ${describeNoise(layerNoise)}`];
  });
  if (noise === undefined) return own;
  const warmup = noise.warmup === 0 ? '' : `, from epoch ${noise.warmup + 1} on`;
  return [`${describeNoise(noise)}${warmup}`, ...own];
}
