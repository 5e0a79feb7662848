import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import type { MeshSpec, MeshTraffic } from '../../hw-models/truenorth/mesh.js';

/** Whole numbers a mesh may have, and what each is. */
const RANGES = {
  width: [1, 256],
  height: [1, 256],
  bufferFlits: [1, 64],
  injectCycles: [1, 32],
  hopCycles: [1, 32],
  ejectCycles: [1, 1024],
  creditCycles: [1, 32],
  chipWidth: [1, 256],
  chipHeight: [1, 256],
  edgeCycles: [0, 31],
} as const satisfies Record<keyof MeshSpec, readonly [number, number]>;

/** @throws UserError with every number of the mesh that is out of range, and for packets that are unsorted or off the mesh. */
export function checkMesh(spec: MeshSpec, { release, source, destination }: MeshTraffic): void {
  const found: Diagnostic[] = [];
  for (const [name, value] of Object.entries(spec)) {
    const range = Object.entries(RANGES).find(([known]) => known === name)?.[1];
    if (range === undefined || (Number.isInteger(value) && value >= range[0] && value <= range[1])) continue;
    const remedy = `give a whole number from ${range[0]} to ${range[1]}`;
    found.push(errorAt('mesh-range', `mesh ${name}`, `${String(value)} is out of range`, remedy));
  }
  if (spec.edgeCycles > 0 && Math.max(spec.chipWidth, spec.chipHeight) > 64) {
    found.push(
      errorAt('mesh-range', 'mesh chipWidth, chipHeight', 'a shared port serves up to 64 rows', 'use up to 64'),
    );
  }
  const sameLength = source.length === release.length && destination.length === release.length;
  const nRouters = spec.width * spec.height;
  if (!isAscending(release) || !sameLength || !areBelow(source, nRouters) || !areBelow(destination, nRouters)) {
    found.push(errorAt('mesh-packets', 'packets', 'unsorted, or not on the mesh', 'sort by release; use its routers'));
  }
  throwIfErrors(found);
}

// Plain loops: a call per packet took a third of the time of the mesh itself.

/** True where all values are at least 0 and none is below the one before. */
function isAscending(values: Int32Array): boolean {
  let last = 0;
  for (let p = 0; p < values.length; p++) {
    if (values[p]! < last) return false;
    last = values[p]!;
  }
  return true;
}

/** True where all values are in 0 <= value < limit. */
function areBelow(values: Int32Array, limit: number): boolean {
  let outside = 0;
  for (let p = 0; p < values.length; p++) outside |= values[p]! | (limit - 1 - values[p]!);
  return outside >= 0;
}
