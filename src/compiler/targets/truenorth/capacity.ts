/** Whether the cores of a network have room on a chip. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { usableCells } from './placement.js';

/** Cores of a spec that can be used. */
export const capacityOf = ({ gridWidth, gridHeight, faultyCores }: TrueNorthSpec): number =>
  usableCells({ width: gridWidth, height: gridHeight, faulty: faultyCores });

/** Every layer's share of a chip that is too small: `shares` as `name cores`. */
export function checkCapacity(
  name: string,
  spec: TrueNorthSpec,
  cores: number,
  shares: () => readonly string[],
  remedy: string,
): readonly Diagnostic[] {
  const capacity = capacityOf(spec);
  if (cores <= capacity) return [];
  const message = `the network needs ${cores} cores (${shares().join(', ')}), chip "${spec.name}" has ${capacity}: ${cores - capacity} too many`;
  return [errorAt('chip-too-small', name, message, remedy)];
}
