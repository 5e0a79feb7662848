/** What a conformance kit needs of NorthPole-style chips. */
import { present } from '../../../common/assert.js';
import { UserError } from '../../../common/diagnostics.js';
import { PURPOSE, sequence } from '../../../common/rng.js';
import { compileNorthPole } from '../../../compiler/targets/northpole/compile.js';
import { NorthPoleChip } from '../../../hw-models/northpole/chip.js';
import { loadTensor, loadWeights, readTensor } from '../../../hw-models/northpole/load.js';
import { NORTHPOLE_CYCLE_RULES } from '../../../hw-models/northpole/cycle-rules.js';
import { NORTHPOLE_SMALL } from '../../../hw-models/northpole/spec.js';
import { codedBuffer, encodeCounts } from '../../../ir/network/input-code.js';
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { ChipKit, Stimulus } from '../../chip.js';
import { type FieldAccess, stepperAgain, type StepperParts } from '../../stepper.js';
import { randomIntegerNetwork } from './random-network.js';

/** The kit. Values are the coded input of a batch, [batch, height, width, channels]. */
export const northPoleKit: ChipKit<NorthPoleProgram, NorthPoleSpec> = {
  rules: NORTHPOLE_CYCLE_RULES,
  models: ['cycle'],
  randomProgram: (seed, spec = NORTHPOLE_SMALL) => {
    const random = sequence(seed, PURPOSE.test, 3);
    const batch = 1 + random.below(2);
    // A network that is too large for the chip is no program of it: the next one is taken.
    for (let attempt = 0; ; attempt++) {
      const integer = randomIntegerNetwork(seed + 1_000_003 * attempt, { maxSide: 6, maxChannels: 6, blocks: 2 });
      try {
        return compileNorthPole(integer, { spec, batch }).program;
      } catch (error) {
        if (!(error instanceof UserError) || attempt >= 20) throw error;
      }
    }
  },
  randomStimulus: ({ inputCode, inputShape, batch, cycles }, seed) => {
    const random = sequence(seed, PURPOSE.test, 4);
    const nPixels = sizeOf(inputShape);
    const frames = Array.from({ length: batch }, (_, frame) => {
      const pixels = Uint8Array.from({ length: nPixels }, () => random.below(256));
      const counts = codedBuffer(inputCode, nPixels);
      encodeCounts(inputCode, pixels, frame, 1, counts);
      return Array.from(counts);
    });
    return { steps: cycles, events: new Int32Array(0), values: Int32Array.from(frames.flat()) };
  },
  open: (program, stimulus, model = 'cycle') => {
    if (model !== 'cycle') throw new RangeError(`no model "${model}"; there is cycle`);
    return stepperAgain(() => openChip(program, stimulus));
  },
  sampleStimulus: ({ inputCode, inputShape, batch, cycles }, { data, index, seed }) => {
    const nPixels = sizeOf(inputShape);
    // One sample after the other fills the batch; where there are no more, the last one again.
    const frames = Array.from({ length: batch }, (_, frame) => {
      const at = Math.min(index + frame, Math.floor(data.images.length / nPixels) - 1);
      const counts = codedBuffer(inputCode, nPixels);
      encodeCounts(inputCode, data.images.subarray(at * nPixels, (at + 1) * nPixels), at, seed, counts);
      return Array.from(counts);
    });
    return { steps: cycles, events: new Int32Array(0), values: Int32Array.from(frames.flat()) };
  },
};

function openChip(program: NorthPoleProgram, { steps, values }: Stimulus): StepperParts {
  const chip = new NorthPoleChip(program);
  const all = program.layers.map((_, l) => l);
  loadWeights(chip, all);
  loadTensor(chip, 0, values, all);
  // What a layer has stored is read when it ends: later its memory may hold something else.
  const stored = program.layers.map(
    ({ output }) => new Int32Array(program.batch * sizeOf(present(program.tensors[output], 'tensor').shape)),
  );
  const keep = (cycle: number): void =>
    program.layers.forEach(({ timing }, l) => {
      if (timing.end === cycle) stored[l]?.set(Int32Array.from(readTensor(chip, l, cycle).values));
    });
  const layers = program.layers.map(({ name }, l): readonly [string, FieldAccess] => {
    const held = present(stored[l], 'values');
    const what = '[batch, height, width, channels] results, 0 before the layer ends';
    return [`layer ${l} ${name}`, { length: held.length, what, read: () => held.slice() }];
  });
  return {
    steps,
    compute: (now) => {
      chip.step(now);
      keep(now + 1);
      if (now + 1 === program.cycles) chip.finish(program.cycles);
    },
    fields: {
      ends: {
        length: program.layers.length,
        what: '[layers] the cycle after the last write so far',
        read: () => Int32Array.from(chip.observedEnds),
      },
      ...Object.fromEntries(layers),
    },
  };
}
