/**
 * What drawing the faults of one chip costs, and running a chip that draws at every use.
 *
 *   npm run bench -- faults [--repetitions 9] [--only text] [--json]
 *
 * A row per fault: milliseconds of CPU time of one thread, median of the repetitions and best; other programs matter less to CPU time than to
 * wall-clock time. Rows named "definition" are the plain loops that kernels are locked to by tests. To add a fault, add rows.
 */
import { parseArgs } from 'node:util';
import { loadExample } from '../examples/networks.js';
import { PURPOSE, sequence } from '../src/common/rng.js';
import { compileNorthPole } from '../src/compiler/targets/northpole/compile.js';
import { lowerToInteger } from '../src/compiler/pipelines.js';
import type { NorthPoleFaults } from '../src/hw-models/faults/northpole-faults.js';
import { weightsOnChip } from '../src/hw-models/faults/weight-faults.js';
import { NORTHPOLE } from '../src/hw-models/northpole/spec.js';
import { loadDataset } from '../src/index.js';
import type { Precision } from '../src/ir/program/northpole.js';
import { openWeightDrawing } from '../src/simulator/engines/northpole/chip-faults.js';
import { byDefault, COMMON_OPTIONS, cpuSeconds, finish, machineText, median, say } from './harness.js';
import { createNorthPoleRunner } from '../src/simulator/parallel/northpole-runner.js';

const { values: options } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    repetitions: { type: 'string', default: byDefault('9', '1') },
    only: { type: 'string', default: byDefault('', '8 bits, bit errors') },
  },
});
const repetitions = Number(options.repetitions);

/** One measurement. */
interface Row {
  readonly name: string;
  /** Done once per repetition; `chip` counts the repetitions, so that no chip is the one before. */
  readonly run: (chip: number) => unknown;
  /** The measured time stands for this many of what the name says; 1 without it. */
  readonly scale?: number;
}

interface Chip extends Partial<Omit<NorthPoleFaults, 'bits'>> {
  readonly ber?: number;
  readonly stuckAt0?: number;
}

/** Faults of chip `chipSeed` of the NorthPole kind. */
function faultsOf(chipSeed: number, { ber = 0, stuckAt0 = 0, ...others }: Chip): NorthPoleFaults {
  return {
    bits: { flip0to1: ber, flip1to0: ber, stuckAt0, stuckAt1: 0, protectedBits: [], chipSeed },
    ...{ memories: ['weights'], programmingError: 0, readNoise: 0, noiseSeed: chipSeed },
    ...others,
  };
}

const MILLION = 1_000_000;
const r = sequence(1, PURPOSE.test);
const bytes = Int8Array.from({ length: MILLION }, () => r.below(256) - 128);

/** Weights of a chip: drawn by the kernel, and a tenth of them as they are defined. */
function weightRows(what: string, chip: Chip, weightBits: Precision): readonly Row[] {
  const weights = bytes.map((w) => w >> (8 - weightBits));
  const tenth = weights.subarray(0, MILLION / 10);
  const draw = openWeightDrawing();
  const store = { layer: 0, weightBits };
  const name = `a million weights of ${weightBits} bits, ${what}`;
  return [
    { name, run: (seed) => draw(weights, store, faultsOf(seed, chip)) },
    { name: `${name}: definition`, run: (seed) => weightsOnChip(tenth, store, faultsOf(seed, chip)), scale: 10 },
  ];
}

const IMAGES = 1000;
const network = 'mnist-resnet-4bit';
const { program } = compileNorthPole(lowerToInteger(await loadExample(network)), { spec: NORTHPOLE });
const data = await loadDataset('mnist', 'test');
const runner = createNorthPoleRunner(program, 1);
const onChip = (limit: number, chip: Chip | undefined) => (seed: number) =>
  runner.run(data, { limit, seed: 1, ...(chip === undefined ? {} : { faults: faultsOf(seed, chip) }) });
const perUse = (what: string, chip: Chip | undefined): Row => ({
  name: `${network}: ${IMAGES} images${what}`,
  run: onChip(IMAGES, chip),
});
const perChip = (what: string, chip: Chip): Row => ({ name: `${network}: a chip with ${what}`, run: onChip(1, chip) });

const ROWS: readonly Row[] = [
  ...weightRows('bit errors', { ber: 0.01 }, 8),
  ...weightRows('bit errors', { ber: 0.01 }, 4),
  ...weightRows('stuck bits', { stuckAt0: 0.01 }, 8),
  ...weightRows('errors at programming', { programmingError: 0.05 }, 8),
  perUse('', undefined),
  perChip('bit errors of weights', { ber: 0.01 }),
  perChip('bit errors of biases', { ber: 0.01, memories: ['biases'] }),
  perChip('errors at programming', { programmingError: 0.05 }),
  perUse(', bit errors of activations', { ber: 0.01, memories: ['activations'] }),
  perUse(', read noise', { readNoise: 0.05 }),
];

say(machineText);
const measured = new Map<string, { readonly median: number; readonly best: number }>();
say(`${'CPU time'.padEnd(72)} ${'median ms'.padStart(10)} ${'best ms'.padStart(10)}`);
for (const { name, run, scale = 1 } of ROWS.filter((row) => row.name.includes(options.only))) {
  const times: number[] = [];
  for (let chip = 0; chip <= repetitions; chip++) {
    const before = cpuSeconds();
    await run(chip);
    // The first one warms up.
    if (chip > 0) times.push((cpuSeconds() - before) * 1e3 * scale);
  }
  const row = { median: median(times), best: Math.min(...times) };
  measured.set(name, row);
  say(`${name.padEnd(72)} ${row.median.toFixed(1).padStart(10)} ${row.best.toFixed(1).padStart(10)}`);
}
await runner.close();

/** By how much the kernel is faster than the definition. */
const ratios: Record<string, number> = {};
for (const [name, { best }] of measured) {
  const definition = measured.get(`${name}: definition`);
  if (definition !== undefined) ratios[`${name}: definition / kernel`] = definition.best / best;
}
const rows = [...measured].map(([name, times]) => ({ name, ...times }));
finish({ bench: 'faults', rows, ratios, notes: { unit: 'ms of CPU time', repetitions } });
