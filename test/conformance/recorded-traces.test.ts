/** What other simulators recorded, as traces that the kits compare with their models: the vendor's NSCS, and RANC's own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rancKit } from '../../src/chips/ranc/kit/index.js';
import type { RancProgram } from '../../src/chips/ranc/program.js';
import { loadMap, loadModel } from '../../src/chips/truenorth/commands/read-files.js';
import { prepare } from '../../src/chips/truenorth/commands/recording.js';
import { trueNorthKit } from '../../src/chips/truenorth/kit/index.js';
import type { Stimulus } from '../../src/chips/kit.js';
import { present } from '../../src/common/assert.js';
import { agrees, compareModels } from '../../src/conformance/compare.js';
import type { RunningModel } from '../../src/conformance/model.js';
import { RANC_CHIP } from '../../src/hw-models/ranc/chip-spec.js';
import { readRancModel } from '../../src/ir/program/formats/ranc/read.js';
import type { RancModel } from '../../src/ir/program/formats/ranc/types.js';
import type { TimedSpikes } from '../../src/ir/trace/timed-spikes.js';

const SHARED = fileURLToPath(new URL('../../../shared/vectors', import.meta.url));
const OURS = fileURLToPath(new URL('ranc-vectors', import.meta.url));
const hasShared = existsSync(SHARED);
const note = hasShared ? '' : ' (skipped: ../shared/vectors is not there)';

/** A recording of one field, step by step. */
function recorded(
  name: string,
  length: number,
  steps: number,
  at: (step: number, into: Int32Array) => void,
  known?: Uint8Array,
): RunningModel {
  const values = new Int32Array(length);
  let now = 0;
  return {
    fields: [{ name, length, writable: false, what: 'recorded', known }],
    step: () => {
      if (now >= steps) return false;
      values.fill(0);
      at(now++, values);
      return true;
    },
    peek: () => values,
  };
}

describe.skipIf(!hasShared)(`spikes of the vendor's simulator${note}`, () => {
  const folder = join(SHARED, 'nscs');
  const both = [
    {
      name: 'patternMatch',
      model: 'patternMatch.json',
      input: 'patternMatch_inputSpikes.sfti',
      expect: 'patternMatch_outputSpikes0.sfcp',
      outMap: 'patternMatch_outMap.bin',
      models: ['reference', 'fast'],
    },
    {
      name: 'mnist_neil2',
      model: 'model.json',
      input: 'in.sfci',
      expect: 'out.sfcp',
      outMap: 'outMap.bin',
      models: ['fast'],
    },
  ] as const;

  it.each(both)(
    '$name: a trace that the models reproduce',
    async ({ name, model, input, expect: golden, outMap, models }) => {
      const at = (file: string): string => join(folder, name, file);
      const imported = await loadModel(at(model));
      const { program } = imported;
      const map = at(outMap);
      const options = {
        input: at(input),
        expect: at(golden),
        outMap: map,
        json: false,
        engine: 'fast',
        seed: 1,
      } as const;
      const { inputs, nTicks, expected } = await prepare(imported, options, { in: undefined, out: await loadMap(map) });
      const { spikes, isCompared } = present(expected, 'a recording');
      const { axonsPerCore } = program.spec;
      const events = Int32Array.from(inputs.tick.length * 3 > 0 ? rowsOf(inputs, axonsPerCore) : []);
      const stimulus: Stimulus = { steps: nTicks, events, values: new Int32Array(0) };
      expect(trueNorthKit.problems(program, stimulus)).toEqual([]);
      for (const word of models) {
        let next = 0;
        const show = (step: number, into: Int32Array): void => {
          for (; next < spikes.tick.length && spikes.tick[next]! <= step; next++) into[spikes.index[next]!] = 1;
        };
        const nscs = recorded('spikes', program.cores.target.length, nTicks, show, isCompared);
        const comparison = await compareModels(nscs, trueNorthKit.open(program, stimulus, word, { spikes: true }));
        expect(comparison).toMatchObject({ nDifferences: 0, steps: nTicks, fields: ['spikes'] });
        expect(agrees(comparison)).toBe(true);
        expect(next).toBe(spikes.tick.length);
      }
    },
  );
});

function rowsOf({ tick, index }: TimedSpikes, axonsPerCore: number): readonly number[] {
  return Array.from(tick, (t, k) => [t, Math.floor(index[k]! / axonsPerCore), index[k]! % axonsPerCore]).flat();
}

describe("RANC's own outputs", () => {
  const roots = [OURS, ...(hasShared ? [join(SHARED, 'ranc')] : [])];
  const folders = roots.flatMap((root) =>
    readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(root, entry.name)),
  );

  it.each(folders.map((folder) => [folder.split('/').at(-1), folder] as const))(
    '%s: a trace that the models reproduce',
    async (_, folder) => {
      const named = (name: string) => ({ text: readFileSync(join(folder, name), 'utf8'), place: name });
      const { model } = readRancModel(named('input.json'), named('config.json'));
      const rows = readFileSync(join(folder, 'output.txt'), 'utf8').replace('\uFEFF', '').trimEnd().split(/\r?\n/);
      const bits = rows.map((row) => Array.from(row.matchAll(/[01]/g), ([bit]) => Number(bit)));
      const steps = rows.length - 1;
      const { program, stimulus } = caseOf(model, steps);
      const known = unreachedLines(model);
      expect(rancKit.problems(program, stimulus)).toEqual([]);
      // Row t shows what reached the bus in tick t, and step s is tick s + 1.
      const bus = recorded(
        'bus',
        model.outputBus.nOutputs,
        steps,
        (step, into) => into.set(bits[step + 1] ?? []),
        known,
      );
      const comparison = await compareModels(bus, rancKit.open(program, stimulus));
      expect(comparison).toMatchObject({ nDifferences: 0, steps, fields: ['bus'] });
    },
  );
});

/** [nOutputs] 0 for lines to which the host sends packets itself: a stimulus has no such events. */
function unreachedLines({ outputBus, packets }: RancModel): Uint8Array {
  const known = new Uint8Array(outputBus.nOutputs).fill(1);
  packets.axon.forEach((line, k) => {
    if (packets.x[k] === outputBus.x && packets.y[k] === outputBus.y) known[line] = 0;
  });
  return known;
}

function caseOf(model: RancModel, steps: number): { readonly program: RancProgram; readonly stimulus: Stimulus } {
  const { spec, cores, outputBus, packets } = model;
  const template = rancKit.randomProgram(1, RANC_CHIP, { size: 1 / 32 });
  const lines = outputBus.nOutputs;
  const program: RancProgram = {
    ...{ ...template, cores, outputBus, spec: { ...RANC_CHIP, ...spec, name: 'recorded' } },
    ...{
      coreLayer: new Int32Array(cores.nCores).fill(-1),
      coreRole: Array.from({ length: cores.nCores }, () => 'layer'),
    },
    outputs: { ...template.outputs, pinClass: new Int32Array(lines), pinCoefficient: new Int32Array(lines).fill(1) },
  };
  const core = new Map(Array.from({ length: cores.nCores }, (_, c) => [`${cores.x[c]},${cores.y[c]}`, c]));
  const events: (readonly [number, number, number])[] = [];
  for (let t = 0; t < packets.tickStart.length - 1; t++) {
    for (let k = packets.tickStart[t]!; k < packets.tickStart[t + 1]!; k++) {
      const c = core.get(`${packets.x[k]},${packets.y[k]}`);
      const offset = packets.tickOffset[k]!;
      if (c !== undefined && offset < spec.maxTickOffset - 1 && t + offset < steps)
        events.push([t + offset, c, packets.axon[k]!]);
    }
  }
  events.sort((a, b) => a[0] - b[0]);
  return { program, stimulus: { steps, events: Int32Array.from(events.flat()), values: new Int32Array(0) } };
}
