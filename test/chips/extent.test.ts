import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Chip } from '../../src/chips/chip.js';
import { CHIPS } from '../../src/chips/installed.js';
import { present } from '../../src/common/assert.js';
import { valueAt } from '../../src/common/parameters/value-tree.js';
import { loadSamples } from '../../src/data/samples.js';
import { compileNetwork, readNetwork } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';

const place = 'examples/models/mnist-5core.lsn';
const network = readNetwork(readFileSync(place), place);
const data = await loadSamples('mnist', network, 40);
const priced = CHIPS.filter(({ reprice }) => reprice !== undefined);
const changed = (chip: Chip, path: string, value: unknown) => {
  const base = Object.keys(chip.specs.presets)[0];
  const tree = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return chip.specs.parse(JSON.stringify({ base, name: 'changed', ...Object(tree) }), path).spec;
};

describe('what a program takes of the silicon', () => {
  for (const chip of CHIPS.filter(({ extent }) => extent !== undefined)) {
    test(`${chip.name}: has an area with its band, memory, and a share in use`, () => {
      const { program } = compileNetwork(network, { chip: chip.name });
      const { areaMm2, memoryBits, utilisation } = present(chip.extent?.(program), 'extent');
      expect(areaMm2.value).toBeGreaterThan(0);
      expect(areaMm2.low).toBeLessThanOrEqual(areaMm2.value);
      expect(areaMm2.high).toBeGreaterThanOrEqual(areaMm2.value);
      expect(areaMm2.unit).toBe('mm2');
      expect(memoryBits).toBeGreaterThan(1000);
      expect(utilisation > 0 && utilisation <= 1).toBe(true);
    });
  }
});

describe('parameters of cost', () => {
  for (const chip of priced) {
    test(`${chip.name}: change no program, and a run is priced anew as it would have been measured`, async () => {
      const run = async (spec: ReturnType<typeof changed>) => {
        const { program } = compileNetwork(network, { chip: chip.name, spec });
        const runner = chip.open(program, { workers: 1 });
        const output = await runner.run(data, { noise: NO_NOISE, chipSeed: 1, seed: 1, limit: 40 });
        await runner.close();
        return { program, output };
      };
      const base = present(Object.values(chip.specs.presets)[0], 'preset');
      const first = await run(base);
      // Those of one table go one way.
      for (const path of (chip.costParameters ?? []).filter((one) => !/Pj/.test(one))) {
        const spec = changed(chip, path, Number(valueAt(base, path)) === 2 ? 1 : Number(valueAt(base, path)) * 2);
        const { program, output } = await run(spec);
        expect({ ...program, spec: undefined }, path).toEqual({ ...first.program, spec: undefined });
        expect(output.scores, path).toEqual(first.output.scores);
        expect(chip.reprice?.(first.program, first.output, spec), path).toEqual(output.measures);
      }
    });
  }

  test('are parameters of their chips', () => {
    for (const { specs, costParameters = [] } of priced) {
      const paths = specs.parameters.map(({ path }) => path);
      expect(costParameters.filter((path) => !paths.includes(path))).toEqual([]);
    }
  });
});
