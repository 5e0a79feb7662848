/** Which cores of a TrueNorth program have faults. */
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import type { TrueNorthProgram } from '../ir/program/truenorth.js';
import type { FaultScope } from '../ir/trace/run-result.js';

/** What the cores of no layer are called: they time the others. */
const TIMER = 'timer';
/** Names in a message. */
const MOST_NAMES = 20;

/**
 * [nCores] 1 for cores with faults: those of the named layers, of them the listed ones; undefined for all.
 * @throws UserError with every unknown layer and core, and for a scope without any core
 */
export function coresAtRisk(program: TrueNorthProgram, { layers, cores }: FaultScope): Uint8Array | undefined {
  if (layers === undefined && cores === undefined) return undefined;
  const { nCores } = program.cores;
  const nameOf = (core: number): string => program.layers[program.coreLayer[core]!]?.name ?? TIMER;
  const names = [...new Set(Array.from({ length: nCores }, (_, core) => nameOf(core)))];
  throwIfErrors([...unknownLayers(layers ?? [], names), ...unknownCores(cores ?? [], nCores)]);
  const listed = new Set(cores);
  const atRisk = Uint8Array.from({ length: nCores }, (_, core) =>
    (layers === undefined || layers.includes(nameOf(core))) && (cores === undefined || listed.has(core)) ? 1 : 0,
  );
  if (!atRisk.includes(1)) {
    const place = [layers ?? [], cores ?? []].flat().join(',');
    const message = 'none of these cores belongs to these layers';
    throwIfErrors([
      errorAt(
        'empty-scope',
        `--fault-layers, --fault-cores ${place}`,
        message,
        'name one of them only, or cores of the layers',
      ),
    ]);
  }
  return atRisk;
}

function unknownLayers(layers: readonly string[], names: readonly string[]): readonly Diagnostic[] {
  return layers
    .filter((name) => !names.includes(name))
    .map((name) => {
      const suggestion = nearest(name, names);
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
      const remedy = `use ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
      return errorAt('unknown-layer', `--fault-layers ${name}`, `no core belongs to a layer "${name}"${hint}`, remedy);
    });
}

function unknownCores(cores: readonly number[], nCores: number): readonly Diagnostic[] {
  return cores
    .filter((core) => !(Number.isInteger(core) && core >= 0 && core < nCores))
    .map((core) =>
      errorAt('unknown-core', `--fault-cores ${core}`, `the program has ${nCores} cores`, `use 0 to ${nCores - 1}`),
    );
}
