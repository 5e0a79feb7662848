import type { CoreArrays } from '../../ir/program/truenorth.js';

/** Mesh hops of a packet between two cores (indices): |dx| + |dy|, first along x, then along y. */
export function hops(cores: Pick<CoreArrays, 'x' | 'y'>, from: number, to: number): number {
  return Math.abs(cores.x[to]! - cores.x[from]!) + Math.abs(cores.y[to]! - cores.y[from]!);
}
