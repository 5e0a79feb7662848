import { beforeAll, describe, expect, test } from 'vitest';
import { loadExample } from '../../../examples/networks.js';
import { runMeasures } from '../../../src/chips/truenorth/measures.js';
import { trueNorthAlternatives } from '../../../src/chips/truenorth/alternatives.js';
import { ranc } from '../../../src/chips/ranc/chip.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { capacityOf } from '../../../src/compiler/targets/truenorth/capacity.js';
import { costOf, type Objective } from '../../../src/compiler/targets/truenorth/choose-mapping.js';
import { compileTrueNorth, type TrueNorthCompilation } from '../../../src/compiler/targets/truenorth/compile.js';
import { toInteger } from '../../../src/flow.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NO_NOISE } from '../../../src/ir/faults/levels.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { runProgram } from '../../../src/simulator/run.js';

const OBJECTIVES = ['cores', 'latency', 'coreTicks', 'energy'] as const;
const NAMES = ['mnist-5core', 'mnist-30core', 'mnist-conv', 'mnist-mlp'] as const;
type Name = (typeof NAMES)[number];

const networks = new Map<Name, NetworkGraph>();
beforeAll(async () => {
  for (const name of NAMES) networks.set(name, toInteger(await loadExample(name)));
});

const compile = (name: Name, options: { objective?: Objective; window?: number } = {}): TrueNorthCompilation =>
  compileTrueNorth(networks.get(name)!, { spec: TRUENORTH, ...options });

describe('an objective', () => {
  test.each(NAMES)('has the best value of its measure among all mappings that any objective tried: %s', (name) => {
    const compiled = OBJECTIVES.map((objective) => ({ objective, ...compile(name, { objective }) }));
    const capacity = capacityOf(TRUENORTH);
    for (const { objective, tried } of compiled) {
      const chosen = tried.filter((choice) => choice.chosen);
      expect(chosen).toHaveLength(1);
      const all = compiled.flatMap((other) => other.tried.map((choice) => costOf(objective, choice, capacity)));
      expect(costOf(objective, chosen[0]!, capacity)).toBe(Math.min(...all));
    }
  });

  test('latency takes fan-outs of fewer ticks where they need more cores', () => {
    const { tried } = compile('mnist-conv', { objective: 'latency' });
    const [cores, ticks] = tried.filter(({ window }) => window === 8);
    expect([cores?.fanOut, ticks?.fanOut]).toEqual(['cores', 'ticks']);
    expect(ticks!.latency).toBe(cores!.latency - 1);
    expect(ticks!.cores).toBeGreaterThan(cores!.cores);
    expect(ticks!.chosen).toBe(true);
  });

  test('energy is refused where no energies of the chip are known', () => {
    expect(() => ranc.compile(networks.get('mnist-30core')!, { options: { objective: 'energy' } })).toThrow(
      /unknown-energy.*no energies of events are known/,
    );
  });
});

/** Energy per sample that the simulator counts on random bytes. */
async function measuredUj({ program }: TrueNorthCompilation): Promise<number> {
  const nSamples = 100;
  const random = sequence(1, PURPOSE.test, 12);
  const images = Uint8Array.from({ length: nSamples * sizeOf(program.inputShape) }, () => random.below(256));
  const data = { name: 'random', images, labels: new Uint8Array(nSamples), shape: program.inputShape, nClasses: 10 };
  const output = await runProgram(program, data, { workers: 1, seed: 1, chipSeed: 1, noise: NO_NOISE, engine: 'fast' });
  const { energyUj } = runMeasures(program, output);
  if ('unknown' in energyUj) throw new Error(energyUj.reason);
  return energyUj.value;
}

describe('the energy that is estimated', () => {
  test('orders mappings as the one that the simulator counts, and is within 10 % of it', async () => {
    const cases = [
      ['mnist-30core', undefined],
      ['mnist-conv', 8],
      ['mnist-conv', 16],
      ['mnist-conv', 32],
      ['mnist-mlp', 16],
      ['mnist-mlp', 32],
      ['mnist-mlp', 48],
      ['mnist-mlp', 96],
    ] as const;
    const found: { estimated: number; measured: number }[] = [];
    for (const [name, window] of cases) {
      const compilation = compile(name, window === undefined ? {} : { window });
      found.push({ estimated: compilation.tried[0]!.energyUj!, measured: await measuredUj(compilation) });
    }
    const order = (of: (pair: (typeof found)[number]) => number): readonly number[] =>
      [...found.keys()].sort((a, b) => of(found[a]!) - of(found[b]!));
    expect(order(({ estimated }) => estimated)).toEqual(order(({ measured }) => measured));
    for (const { estimated, measured } of found) {
      expect(estimated / measured).toBeGreaterThan(0.9);
      expect(estimated / measured).toBeLessThan(1.1);
    }
  });
});

describe('the tables of alternatives', () => {
  test('mark what was chosen, and have the cores and ticks that other windows are compiled to', () => {
    const compilation = compile('mnist-mlp');
    const [mappings, layers] = trueNorthAlternatives(compilation).map(({ table }) => table);
    const chosen = mappings!.rows.filter(([star]) => star === '*');
    const { program } = compilation;
    expect(chosen.map((row) => [row[3], row[4]])).toEqual([
      [String(program.cores.nCores), String(program.timing.period)],
    ]);
    const stars = layers!.rows.filter((row) => row[1] === '*');
    expect(stars.map((row) => [row[2], row[4]])).toEqual(
      program.layers.map(({ scheme, window, cores }) => [`${scheme}, window ${window}`, String(cores)]),
    );
    const other = compile('mnist-mlp', { window: 64 }).program;
    const first = layers!.rows.find((row) => row[2] === 'partial, window 64');
    expect(first?.[4]).toBe(String(other.layers[0]!.cores));
  });

  test('say why a scheme does not fit, and what signed sums would cost: that of the objective robustness', () => {
    const { alternatives } = compile('mnist-mlp', { window: 32 });
    const [first] = alternatives();
    expect(first!.schemes[0]).toEqual({ scheme: 'direct', refused: 'the fan-in does not fit one core in one tick' });
    const signed = first!.schemes.find(({ scheme }) => scheme === 'signed partial');
    expect(signed).toMatchObject({ window: 32, isChosen: false });
    const robust = compile('mnist-mlp', { window: 32, objective: 'robustness' }).alternatives()[0]!;
    expect(robust.schemes.filter((scheme) => 'isChosen' in scheme && scheme.isChosen)).toMatchObject([
      { scheme: 'signed partial' },
    ]);
  });
});
