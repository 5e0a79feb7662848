/** Random words in quantity: what `fillWords` of common/rng draws, by a kernel. */
import { loadKernel, startKernel } from '../../common/kernel-module.js';
import { type Purpose, seedKey } from '../../common/rng.js';

/** Words per call of a {@link WordSource}. */
export const WORDS = 4096;

/** Block `a` of a stream: word i is word i mod 4 of `draw4` at (a, floor(i / 4), c). Good until the next call. */
export type WordSource = (a: number, c: number) => Uint32Array;

/** The kernel's own data lies below. */
const OUT = 65536;

/** Opens the stream (seed, purpose). */
export function openWords(seed: number, purpose: Purpose): WordSource {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  const fill = startKernel(loadKernel('simulator/noc/kernel/words'), memory)('fill');
  const words = new Uint32Array(memory.buffer, OUT, WORDS);
  const [low, high] = seedKey(seed);
  return (a, c) => {
    fill(low, high, purpose, a, c, OUT, WORDS);
    return words;
  };
}
