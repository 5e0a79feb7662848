/** Places of tensors in the arena of a state: two tensors share bytes only if one is not needed any more when the other is written. */
import { SLACK } from './plan.js';

/** When a tensor is needed, in steps of the program: written in `from`, last read in `to`. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Offsets of the tensors from `start`, first fit in order of their first step, and the end of all. */
export function placeTensors(
  lifetimes: readonly Lifetime[],
  start: number,
): { readonly offsets: readonly number[]; readonly end: number } {
  const offsets = new Array<number>(lifetimes.length).fill(start);
  const placed: number[] = [];
  let end = start;
  const order = lifetimes.map((_, index) => index).sort((a, b) => lifetimes[a]!.from - lifetimes[b]!.from || a - b);
  for (const index of order) {
    const tensor = lifetimes[index]!;
    const size = sizeInArena(tensor);
    const others = placed
      .filter((other) => lifetimes[other]!.from <= tensor.to && lifetimes[other]!.to >= tensor.from)
      .sort((a, b) => offsets[a]! - offsets[b]!);
    let offset = start;
    for (const other of others) {
      if (offset + size <= offsets[other]!) break;
      offset = Math.max(offset, offsets[other]! + sizeInArena(lifetimes[other]!));
    }
    offsets[index] = offset;
    placed.push(index);
    end = Math.max(end, offset + size);
  }
  return { offsets, end };
}

const sizeInArena = ({ bytes }: Lifetime): number => Math.ceil((bytes + SLACK) / 64) * 64;
