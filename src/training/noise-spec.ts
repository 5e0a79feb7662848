import { z } from 'zod';

const sigma = z.number().min(0).max(10);
const probability = z.number().min(0).max(1);

/** Noise on weights; what is left out is off. */
export const weightNoiseSpec = z.strictObject({
  additive: z.strictObject({ sigma }).exactOptional(),
  multiplicative: z.strictObject({ sigma }).exactOptional(),
  bitErrors: z.strictObject({ rate: probability }).exactOptional(),
});

/** Noise on what activations send. */
export const spikeNoiseSpec = z.strictObject({
  droppedSpikes: z.strictObject({ probability }).exactOptional(),
});

/** Noise of a layer with weights and activations, in place of the recipe's. */
export const layerNoiseSpec = z.strictObject({ ...weightNoiseSpec.shape, ...spikeNoiseSpec.shape });

/** `training.noise` of a recipe. */
export const trainingNoiseSpec = z.strictObject({ ...layerNoiseSpec.shape, warmup: z.int().min(0).default(0) });

/**
 * Noise that a layer is trained with, drawn anew in every step on top of the projected weight w; a is the bound of the layer, or its
 * largest |w| where there is none. In this order:
 *
 * - `bitErrors`: every stored bit of the integer that w deploys as flips with the probability `rate` (Stutz et al., "Bit error
 *   robustness for energy-efficient DNN accelerators", MLSys 2021): a weight of one bit becomes -w, the crossbar bit of blockDense
 *   makes 0 of a sign and the sign of 0, weights of more bits (2 for `ternary`) are two's complement. Not for real weights.
 * - `multiplicative`: w (1 + sigma n), n a standard normal.
 * - `additive`: w + sigma a n.
 * - `droppedSpikes`: a value that a sign, step or quantise layer sends is lost for all who read it, with `probability`: it becomes
 *   what no spike is, -1 for sign and 0 for the others. A quantise layer of several bits sends each value as one message.
 *
 * Both passes see the noise, as a constant: the gradient goes straight through it to the latents and to the input of the
 * activation.
 */
export type LayerNoise = z.infer<typeof layerNoiseSpec>;

/** {@link LayerNoise} of all layers without their own; in the first `warmup` epochs no layer has noise. */
export type TrainingNoise = z.infer<typeof trainingNoiseSpec>;
