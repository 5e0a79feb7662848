/**
 * The placer: spike-weighted hops against rows of the grid and against the snake, on the example networks and on a random
 * modular network of a whole chip (and of four chips). IBM's placer is printed with 1.9x to 5.1x less active communication
 * power (Sawada et al., SC16).
 *
 * Run after `npm run build`: npm run bench -- placement [--json]
 */
import { parseArgs } from 'node:util';
import { EXAMPLES, loadExample } from '../examples/networks.js';
import { trueNorth } from '../src/chips/truenorth/chip.js';
import { PURPOSE, sequence } from '../src/common/rng.js';
import { placeCores, type Grid, type Placement } from '../src/compiler/targets/truenorth/placement.js';
import { compileNetwork } from '../src/flow.js';
import { COMMON_OPTIONS, cpuSeconds, finish, machineText, QUICK, say } from './harness.js';
import type { CoreTraffic } from '../src/hw-models/truenorth/board.js';

parseArgs({ options: COMMON_OPTIONS });

interface Row {
  readonly name: string;
  readonly cores: number;
  readonly seconds: number;
  readonly overRowMajor: number;
  readonly overSnake: number;
  readonly crossingsPerSpike: number;
  readonly rowMajorCrossingsPerSpike: number;
}

/** 64-core modules in random order; 256 spikes leave every core, four in five stay in its module. */
function modular(nCores: number, seed: number): readonly CoreTraffic[] {
  const random = sequence(seed, PURPOSE.test);
  const moduleOf = Array.from({ length: nCores }, (_, c) => ({ module: Math.floor(c / 64), key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ module }) => module);
  const members = Array.from({ length: Math.ceil(nCores / 64) }, (): number[] => []);
  moduleOf.forEach((m, core) => members[m]!.push(core));
  return moduleOf.flatMap((m, from) => {
    const own = members[m]!;
    return Array.from({ length: 256 }, () => {
      const to = random.below(5) < 4 ? own[random.below(own.length)]! : random.below(nCores);
      return { from, to, spikes: 1 };
    });
  });
}

const CHIP: Grid = { width: 64, height: 64, faulty: [] };
const BOARD: Grid = { width: 256, height: 256, faulty: [], chipWidth: 64, chipHeight: 64 };

function place(name: string, nCores: number, traffic: readonly CoreTraffic[], grid: Grid): Row {
  const start = cpuSeconds();
  const placement: Placement = placeCores(nCores, traffic, grid, 1);
  const seconds = cpuSeconds() - start;
  const spikes = traffic.reduce((sum, link) => sum + link.spikes, 0);
  return {
    name,
    cores: nCores,
    seconds,
    overRowMajor: placement.rowMajorHops / placement.hops,
    overSnake: placement.initialHops / placement.hops,
    crossingsPerSpike: placement.crossings / spikes,
    rowMajorCrossingsPerSpike: placement.rowMajorCrossings / spikes,
  };
}

const rows: Row[] = [];
for (const name of QUICK ? EXAMPLES.slice(0, 1) : EXAMPLES) {
  const { cores } = compileNetwork(await loadExample(name), { chip: trueNorth }).program;
  const traffic: CoreTraffic[] = [];
  cores.target.forEach((to, i) => {
    if (to >= 0) traffic.push({ from: Math.floor(i / 256), to, spikes: 0.5 });
  });
  rows.push(place(name, cores.nCores, traffic, CHIP));
}
if (QUICK) {
  rows.push(place('modular, 256 cores', 256, modular(256, 1), CHIP));
} else {
  rows.push(place('modular, 1 chip', 4096, modular(4096, 1), CHIP));
  rows.push(place('modular, 4 of 16 chips', 16_384, modular(16_384, 2), BOARD));
}

say(machineText);
say('network                  cores  seconds  hops: over rows  over snake  chip borders per spike (rows)');
for (const row of rows) {
  say(
    `${row.name.padEnd(24)} ${String(row.cores).padStart(5)} ${row.seconds.toFixed(2).padStart(8)} ` +
      `${`${row.overRowMajor.toFixed(2)}x`.padStart(16)} ${`${row.overSnake.toFixed(2)}x`.padStart(11)} ` +
      ` ${row.crossingsPerSpike.toFixed(3)} (${row.rowMajorCrossingsPerSpike.toFixed(3)})`,
  );
}
const ratios = rows.flatMap(({ name, overRowMajor, overSnake }) => [
  [`${name}: hops in rows / placed`, overRowMajor],
  [`${name}: hops in a snake / placed`, overSnake],
]);
finish({ bench: 'placement', rows, ratios: Object.fromEntries(ratios) });
