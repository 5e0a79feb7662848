/** Crossbars as lines of text, for models in other processes. */

/** The crossbars of cores of one size: every axon with its type and the neurons that it is connected to. */
interface Crossbars {
  readonly nCores: number;
  /** [cores, axons] */
  readonly axonType: ArrayLike<number>;
  /** [cores, axons, words] a bit per neuron, the first the lowest. */
  readonly synapses: Uint32Array;
}

/** A line `axon CORE AXON TYPE N NEURON...` for every axon with synapses. */
export function* crossbarLines(
  { nCores, axonType, synapses }: Crossbars,
  nAxons: number,
  nNeurons: number,
): Generator<string> {
  const words = Math.ceil(nNeurons / 32);
  for (let row = 0; row < nCores * nAxons; row++) {
    const connected: number[] = [];
    for (let j = 0; j < nNeurons; j++) {
      if (((synapses[row * words + (j >>> 5)]! >>> (j & 31)) & 1) === 1) connected.push(j);
    }
    if (connected.length === 0) continue;
    yield ['axon', Math.floor(row / nAxons), row % nAxons, axonType[row], connected.length, ...connected].join(' ');
  }
}
