/** Where the cores of a program stand, beside those of an older one. */

/** A place on the grid. */
export type GridPlace = readonly [x: number, y: number];

/** A core of one of two programs, or of both: then `before` and `after` are there. */
export interface CoreMove {
  readonly layer: string;
  readonly role: string;
  readonly before?: GridPlace;
  readonly after?: GridPlace;
}
