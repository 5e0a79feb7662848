/**
 * Functions from a weight w to what it is projected to, with a bound a > 0: |w| > a counts as a sign(w). After Merolla,
 * Appuswamy, Arthur, Esser, Modha, "Deep neural networks are robust to weight binarization and other non-linear distortions",
 * arXiv 1606.01981 (2016), which names the families in its abstract; how they are parametrised here is our choice.
 * Math.pow is not the same to the last bit on every machine: what it gives is a real weight to be stored, never recomputed
 * on a chip.
 */

/** w within -a..a. */
export const clipWeight = (w: number, a: number): number => (w > a ? a : w < -a ? -a : w);

/** +1 or -1; 0 counts as +1. */
export const signOf = (w: number): 1 | -1 => (w >= 0 ? 1 : -1);

/** Largest level of `bits` bits, 2..8: the 2^bits - 1 levels are the integers of at most this magnitude. */
export const largestLevel = (bits: number): number => 2 ** (bits - 1) - 1;

/** The nearest of the 2^bits - 1 levels that divide -a..a evenly, as an integer; ties away from 0. 2 bits are ternary. */
export function roundToLevel(w: number, a: number, bits: number): number {
  const level = Math.floor((Math.abs(clipWeight(w, a)) / a) * largestLevel(bits) + 0.5);
  return w < 0 && level > 0 ? -level : level;
}

/**
 * a sign(w) |w / a|^beta, beta >= 0: the identity at 1 and the sign at 0, where w = 0 becomes +a as a sign does. At every
 * other beta 0 stays 0.
 */
export function powerOf(w: number, a: number, beta: number): number {
  return signOf(w) * a * Math.pow(Math.abs(clipWeight(w, a)) / a, beta);
}

/** A random sign with P(+1) = (w / a + 1) / 2, from 32 random bits: -a is always -1, a always +1. */
export const randomSign = (w: number, a: number, word: number): 1 | -1 =>
  word / 4294967296 < (clipWeight(w, a) / a + 1) / 2 ? 1 : -1;

/** Uniform in gamma..1/gamma, 0 < gamma <= 1, from 32 random bits. */
export const uniformFactor = (gamma: number, word: number): number => gamma + (1 / gamma - gamma) * (word / 4294967296);

/** Mean of {@link uniformFactor}. */
export const meanFactor = (gamma: number): number => (gamma + 1 / gamma) / 2;
