import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { northPole } from '../../../src/chips/northpole/chip.js';
import { hasBit, textToBits } from '../../../src/common/bit-text.js';
import { present } from '../../../src/common/assert.js';
import { compileNetwork, readNetwork } from '../../../src/flow.js';
import { countLayer } from '../../../src/hw-models/northpole/counters.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import type { ProgramView } from '../../../src/ir/trace/program-view.js';
import { decodeResultFile, encodeResultFile } from '../../../src/report/result-file.js';
import { modelPath } from '../../cli/harness.js';

let program: NorthPoleProgram;
let view: ProgramView;
beforeAll(() => {
  const path = modelPath('mnist-resnet-4bit');
  program = compileNetwork(readNetwork(readFileSync(path), path), { chip: northPole }).program;
  view = northPole.view(program);
});

/** A track of the view: values per layer, and the limit. */
const trackOf = (label: string) =>
  present(
    view.tracks?.flatMap(({ tracks }) => tracks).find((track) => track.label === label),
    label,
  );

describe('the view of a program', () => {
  it('shows the cores of each layer in their places', () => {
    const { steps, gridWidth, gridHeight } = present(view.steps, 'steps');
    expect([gridWidth, gridHeight]).toEqual([16, 16]);
    expect(steps.map(({ label }) => label)).toEqual(program.layers.map(({ name }) => name));
    program.layers.forEach(({ mapping }, l) => {
      const bits = present(textToBits(steps[l]?.cores ?? '', 256), 'bits');
      const set = Array.from({ length: 256 }, (_, core) => core).filter((core) => hasBit(bits, core));
      expect(set).toEqual([...new Set(mapping.cores)].sort((a, b) => a - b));
    });
    expect(steps[0]?.text).toMatch(/^49 cores, \d+ cycles, \d+ ns$/);
  });

  it('shows how long the matrix unit of each core works: together the cycles that are counted, never more than a layer takes', () => {
    const { use, steps } = present(view.steps, 'steps');
    program.layers.forEach(({ kind, mapping }, l) => {
      const busy = present(use.busy[l], 'busy');
      const counted = Object.values(countLayer(program, l).vmmCycles).reduce((sum: number, n: number) => sum + n, 0);
      expect(
        busy.reduce((sum, n) => sum + n, 0),
        steps[l]?.label,
      ).toBe(counted);
      expect(counted > 0, steps[l]?.label).toBe(kind === 'vmm');
      busy.forEach((cycles, core) => {
        expect(cycles).toBeLessThanOrEqual(present(use.lengths[l], 'length'));
        if (!mapping.cores.includes(core)) expect(cycles).toBe(0);
      });
    });
  });

  it('shows what the memory of each core holds: the fullest and the mean are those along time', () => {
    const { memory, memoryBytes } = present(view.steps, 'steps').use;
    const used = [...new Set(program.layers.flatMap(({ mapping }) => [...mapping.cores]))];
    expect(memoryBytes).toBe(program.spec.memory.bytes);
    memory.forEach((bytes, l) => {
      expect(Math.max(...bytes)).toBe(trackOf('fullest core').values[l]);
      const sum = bytes.reduce((a, b) => a + b, 0);
      expect(sum / used.length).toBeCloseTo(trackOf('mean of the cores in use').values[l]!, 9);
      bytes.forEach((n, core) => expect(n > 0).toBe(used.includes(core)));
    });
  });

  it('shows what the four networks carry while a layer works: together the bytes that are counted', () => {
    const lengths = present(view.tracks?.[0]?.steps, 'steps').map(({ length }) => length);
    const counted = program.layers.map((_, l) => countLayer(program, l).networks);
    const check = (label: string, network: keyof (typeof counted)[number]): void => {
      trackOf(label).values.forEach((rate, l) => {
        expect(rate * lengths[l]!, `${label}, layer ${l}`).toBeCloseTo(counted[l]![network].bytes, 6);
      });
    };
    check('model network: weights', 'model');
    check('partial-sum network', 'partialSum');
    check('activation network', 'activation');
    check('instruction network: programs', 'instruction');
  });

  it('shows how full the memories are: at least programs and weights, never more than there is', () => {
    const { values, limit } = trackOf('fullest core');
    const mean = trackOf('mean of the cores in use');
    expect(limit).toBe(program.spec.memory.bytes);
    const programs = program.layers.reduce((sum, { memory }) => sum + memory.programBytes, 0);
    // Where the last weights of a core begin, something lies below.
    const weights = Math.max(...program.layers.flatMap(({ memory }) => [...memory.weightBase]));
    values.forEach((bytes, l) => {
      expect(bytes).toBeGreaterThan(Math.max(programs, weights));
      expect(bytes).toBeLessThanOrEqual(program.spec.memory.bytes);
      expect(mean.values[l]).toBeGreaterThan(programs);
      expect(mean.values[l]).toBeLessThanOrEqual(bytes);
    });
    // Values wait and are read: it is not the same all the time.
    expect(new Set(values).size).toBeGreaterThan(1);
  });

  it('says time in seconds beside cycles', () => {
    expect(view.lead).toMatch(/532 cycles, 1\.33 \u00b5s at 400 MHz/);
    const time = view.layers.columns.findIndex(({ title }) => title === 'time');
    expect(view.layers.columns[time - 1]?.title).toBe('cycles');
    expect(view.layers.rows[0]?.[time]).toMatch(/^\d+(\.\d+)? ns$/);
  });

  it('comes back from a result file', () => {
    const file = encodeResultFile({ results: [], programs: [view], noise: [], commands: [] });
    expect(decodeResultFile(file, 'r.json').programs).toEqual([view]);
  });
});
