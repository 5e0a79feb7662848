/** What the cycle-by-cycle chip throws when a schedule breaks a rule of the hardware: always a fault of who made the program. */

/** Where something happened on the chip. */
export interface Place {
  /** Cycle since the start of the batch. */
  readonly cycle: number;
  /** Core, y * gridWidth + x; -1 for what belongs to no single core. */
  readonly core: number;
}

/** An internal error that names cycle, core and resource. */
export function violation(place: Place, resource: string, what: string): Error {
  const where = place.core < 0 ? '' : `, core ${place.core}`;
  return new Error(`internal error: cycle ${place.cycle}${where}, ${resource}: ${what}`);
}
