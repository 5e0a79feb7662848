/** What the layouts of both mesh kernels have in common. */

/** The first page is left to the kernel's own data. */
const BASE = 65536;

/** A layout: `base` is what the kernel's `setup` takes. */
export interface MeshLayout {
  readonly base: number;
  readonly bytes: number;
  /** Offset of the arrival cycles, [nPackets] i32. */
  readonly arrival: number;
  /** Writes header, packets and edges into a memory of at least `bytes` bytes. */
  fill(memory: ArrayBufferLike): void;
}

/** A kernel's memory, cut into stretches one after the other, each at a multiple of 64 bytes. */
export function kernelMemory(): { readonly take: (bytes: number) => number; readonly end: () => number } {
  let end = BASE;
  const take = (bytes: number): number => {
    const start = end;
    end = Math.ceil((end + bytes) / 64) * 64;
    return start;
  };
  return { take, end: () => end };
}
