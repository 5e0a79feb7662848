/** Events of the cores of a chip from those of the cores of a kernel, `blocks` of which are one core of the chip. */
export function sumBlocks(events: Float64Array, blocks: number): Float64Array {
  const sums = new Float64Array(events.length / blocks);
  events.forEach((n, core) => (sums[Math.floor(core / blocks)]! += n));
  return sums;
}
