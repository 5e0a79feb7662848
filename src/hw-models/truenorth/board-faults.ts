/**
 * Cores that fail without the compiler knowing: spikes to them vanish, their neurons are silent. Their routers go on working,
 * as those of known faulty cores do.
 */
import { checkRates } from '../faults/check-rates.js';
import { errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { draw, PURPOSE } from '../../common/rng.js';
import { NO_TARGET, type TrueNorthProgram, type TrueNorthSpec } from '../../ir/program/truenorth.js';

/** A place on the grid. */
export type CorePlace = readonly [x: number, y: number];

/** @throws UserError with every place off the grid; `what` names them. */
export function checkPlaces(places: readonly CorePlace[], spec: TrueNorthSpec, what: string): void {
  throwIfErrors(
    places
      .filter(([x, y]) => !(x >= 0 && y >= 0 && x < spec.gridWidth && y < spec.gridHeight))
      .map(([x, y]) =>
        errorAt(
          'core-off-grid',
          `${what} ${x},${y}`,
          `chip "${spec.name}" has ${spec.gridWidth} x ${spec.gridHeight} cores`,
          'name a core of the grid',
        ),
      ),
  );
}

/**
 * The program as it acts on a chip whose cores at `places` are dead: nothing leaves them, and no neuron drives them. Places without a
 * core of the program change nothing: the same object then. Energy is counted as if spikes to dead cores were not sent.
 * @throws UserError for places off the grid
 */
export function withDeadCores(program: TrueNorthProgram, places: readonly CorePlace[]): TrueNorthProgram {
  const { cores, spec } = program;
  checkPlaces(places, spec, 'dead core');
  const dead = new Set(places.map(([x, y]) => `${x},${y}`));
  const isDead = Array.from(cores.x, (x, core) => dead.has(`${x},${cores.y[core]!}`));
  if (!isDead.includes(true)) return program;
  const target = cores.target.map((to, n) => {
    const silent = isDead[Math.floor(n / spec.neuronsPerCore)] === true;
    return silent || (to >= 0 && isDead[to] === true) ? NO_TARGET : to;
  });
  // Host spikes to a dead core find no synapse.
  const synapses = cores.synapses.slice();
  const coreWords = spec.axonsPerCore * Math.ceil(spec.neuronsPerCore / 32);
  isDead.forEach((is, core) => {
    if (is) synapses.fill(0, core * coreWords, (core + 1) * coreWords);
  });
  return { ...program, cores: { ...cores, target, synapses } };
}

/**
 * Dead cores of a chip: every place of the grid fails with probability `rate`, drawn from the chip's seed. Nested: the failures at a
 * lower rate are a subset.
 */
export function drawDeadCores(
  { gridWidth, gridHeight }: { readonly gridWidth: number; readonly gridHeight: number },
  rate: number,
  chipSeed: number,
): readonly CorePlace[] {
  checkRates([['rate', 'down_cores', rate]]);
  const places: CorePlace[] = [];
  for (let y = 0; y < gridHeight; y++) {
    for (let x = 0; x < gridWidth; x++) {
      if (draw(chipSeed, PURPOSE.deadCore, x, y, 0) < rate * 4294967296) places.push([x, y]);
    }
  }
  return places;
}
