/** What the passes that place say about it, those of networks with time and the others. */
import type { Placing } from './placing.js';

/** The placing of a compilation; its seed is 1 where none is given. */
export const placingOf = ({ seed = 1, pins, keep }: Partial<Placing>): Placing => ({ seed, pins, keep });

/** Options of both passes. */
export const PLACING_OPTIONS = {
  seed: 'seed of the placement',
  spec: 'grid, board and faulty cores',
  pin: 'rectangles that the cores of layers stay in',
  keepPlacement: 'a program whose cores stay where they are',
} as const;
