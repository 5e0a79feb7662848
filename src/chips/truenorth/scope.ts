/** Which cores of a TrueNorth program have faults. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import type { ProgramFrame } from '../../ir/program/truenorth-schema.js';
import type { FaultScope } from '../../ir/faults/scope.js';

/** What the cores of no layer are called: they time the others. */
export const TIMER = 'timer';
/** Names in a message. */
const MOST_NAMES = 20;

/** What says which core belongs to which layer. */
export interface CoresOfLayers extends Pick<ProgramFrame, 'layers' | 'coreLayer'> {
  readonly cores: { readonly nCores: number };
}

/** Name of the layer of a core. */
const layerOf = ({ layers, coreLayer }: CoresOfLayers, core: number): string => layers[coreLayer[core]!]?.name ?? TIMER;

/** Every layer and core of a scope that the program does not have, and a scope without any core. */
export function scopeProblems(program: CoresOfLayers, { layers, cores }: FaultScope): readonly Diagnostic[] {
  const { nCores } = program.cores;
  const names = [...new Set(Array.from({ length: nCores }, (_, core) => layerOf(program, core)))];
  const unknown = [...unknownLayers(layers ?? [], names), ...unknownCores(cores ?? [], nCores)];
  if (unknown.length > 0 || layers === undefined || cores === undefined) return unknown;
  if (cores.some((core) => layers.includes(layerOf(program, core)))) return [];
  const message = `none of the cores ${cores.join(',')} belongs to these layers`;
  return [errorAt('empty-scope', 'scope.layers', message, 'name one of them only, or cores of the layers')];
}

/**
 * [nCores] 1 for cores with faults: those of the named layers, of them the listed ones; undefined for all.
 * @throws UserError with everything that {@link scopeProblems} finds
 */
export function coresAtRisk(program: CoresOfLayers, scope: FaultScope): Uint8Array | undefined {
  const { layers, cores } = scope;
  if (layers === undefined && cores === undefined) return undefined;
  throwIfErrors(scopeProblems(program, scope));
  const listed = new Set(cores);
  return Uint8Array.from({ length: program.cores.nCores }, (_, core) =>
    (layers === undefined || layers.includes(layerOf(program, core))) && (cores === undefined || listed.has(core))
      ? 1
      : 0,
  );
}

function unknownLayers(layers: readonly string[], names: readonly string[]): readonly Diagnostic[] {
  return layers.flatMap((name, i) => {
    if (names.includes(name)) return [];
    const suggestion = nearest(name, names);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
    const remedy = `use ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
    return [errorAt('unknown-layer', `scope.layers[${i}]`, `no core belongs to a layer "${name}"${hint}`, remedy)];
  });
}

function unknownCores(cores: readonly number[], nCores: number): readonly Diagnostic[] {
  return cores.flatMap((core, i) => {
    if (Number.isInteger(core) && core >= 0 && core < nCores) return [];
    const message = `there is no core ${core}, the program has ${nCores}`;
    return [errorAt('unknown-core', `scope.cores[${i}]`, message, `use 0 to ${nCores - 1}`)];
  });
}
