/** What a conformance kit needs of NorthPole-style chips. */
import { present } from '../../../common/assert.js';
import { UserError } from '../../../common/diagnostics.js';
import { PURPOSE, sequence } from '../../../common/rng.js';
import { compileNorthPole } from '../../../compiler/targets/northpole/compile.js';
import { verifyNorthPole } from '../../../compiler/targets/northpole/verify.js';
import { NORTHPOLE_CYCLE_RULES } from '../../../hw-models/northpole/cycle-rules.js';
import { NORTHPOLE_SMALL } from '../../../hw-models/northpole/spec.js';
import { codedBuffer, encodeCounts } from '../../../ir/network/input-code.js';
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { ChipKit, Stimulus } from '../../kit.js';
import { stepperAgain, stepperOf } from '../../stepper.js';
import { noEvents, valueProblems } from '../../stimulus.js';
import { explainNorthPole } from './explain.js';
import { NORTHPOLE_MUTANTS } from './mutants.js';
import { probeNorthPole } from './probe.js';
import { randomIntegerNetwork } from './random-network.js';
import { reduceNorthPole } from './reduce.js';
import { openChip, openFunctional } from './steppers.js';

/** The kit. Values are the coded input of a batch, [batch, height, width, channels]. */
export const northPoleKit: ChipKit<NorthPoleProgram, NorthPoleSpec> = {
  rules: NORTHPOLE_CYCLE_RULES,
  models: ['cycle'],
  variants: [
    { name: 'reversed', takes: 'everything' },
    { name: 'functional', takes: 'everything' },
  ],
  randomProgram: (seed, spec = NORTHPOLE_SMALL, { size = 1 } = {}) => {
    const random = sequence(seed, PURPOSE.test, 3);
    const batch = 1 + random.below(2);
    // A network that is too large for the chip is no program of it: the next one is taken.
    for (let attempt = 0; ; attempt++) {
      const limits = { maxSide: 4 + Math.round(2 * size), maxChannels: 6, blocks: Math.round(2 * size) };
      const integer = randomIntegerNetwork(seed + 1_000_003 * attempt, limits);
      try {
        return compileNorthPole(integer, { spec, batch }).program;
      } catch (error) {
        if (!(error instanceof UserError) || attempt >= 20) throw error;
      }
    }
  },
  randomStimulus: stimulusOf,
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
  open: (program, stimulus, model = 'cycle', { inside = false, note } = {}) => {
    if (model === 'cycle') return stepperAgain(() => openChip(program, stimulus, { inside, note }));
    if (model === 'reversed') return stepperOf(openChip(program, stimulus, { inside, reversed: true }));
    if (model === 'functional') return openFunctional(program, stimulus);
    throw new RangeError(`no model "${model}"; there are cycle, reversed, functional`);
  },
  probe: (program, _stepper, _stimulus, request) => probeNorthPole(program, request),
  problems: (program, stimulus) => {
    const { bits, signed, zeroPoint = 0, shape } = present(program.tensors[0], 'the input');
    const low = (signed ? -(2 ** (bits - 1)) : 0) - zeroPoint;
    const range = { n: program.batch * sizeOf(shape), low, high: low + 2 ** bits - 1 };
    return [...verifyNorthPole(program), ...valueProblems(stimulus, range), ...noEvents(stimulus)];
  },
  cores: ({ spec }) => spec.gridWidth * spec.gridHeight,
  explain: explainNorthPole,
  mutants: NORTHPOLE_MUTANTS,
  reductions: (program, stimulus) => reduceNorthPole(program, stimulus, stimulusOf),
};

/** Random pixels of every frame of a batch, coded. */
function stimulusOf({ inputCode, inputShape, batch, cycles }: NorthPoleProgram, seed: number): Stimulus {
  const random = sequence(seed, PURPOSE.test, 4);
  const nPixels = sizeOf(inputShape);
  const frames = Array.from({ length: batch }, (_, frame) => {
    const pixels = Uint8Array.from({ length: nPixels }, () => random.below(256));
    const counts = codedBuffer(inputCode, nPixels);
    encodeCounts(inputCode, pixels, frame, 1, counts);
    return Array.from(counts);
  });
  return { steps: cycles, events: new Int32Array(0), values: Int32Array.from(frames.flat()) };
}
