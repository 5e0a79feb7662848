/** What a conformance kit needs of TrueNorth-style chips. */
import { PURPOSE, sequence } from '../../../common/rng.js';
import { TrueNorthChip } from '../../../hw-models/truenorth/chip.js';
import { TRUENORTH_TICK_RULES } from '../../../hw-models/truenorth/tick-rules.js';
import { TRUENORTH } from '../../../hw-models/truenorth/spec.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { createFastImage } from '../../../simulator/engines/fast/image.js';
import { createFastEngine } from '../../../simulator/engines/fast/engine.js';
import type { ChipKit, ChipStepper, Stimulus } from '../../chip.js';
import { stepperOf } from '../../stepper.js';
import { randomProgram } from './random-program.js';

const STEPS = 40;

/** The kit. Events are spikes of the host: tick, core, axon. */
export const trueNorthKit: ChipKit<TrueNorthProgram, TrueNorthSpec> = {
  rules: TRUENORTH_TICK_RULES,
  models: ['reference', 'fast'],
  randomProgram: (seed, spec = TRUENORTH) => {
    const random = sequence(seed, PURPOSE.test, 3);
    const nCores = 1 + random.below(4);
    const density = 0.02 + 0.3 * random.uniform();
    return randomProgram({
      seed,
      nCores,
      density,
      stochastic: random.below(2) * 0.2,
      compact: random.below(3) === 0,
      spec,
    });
  },
  randomStimulus: ({ cores, spec }, seed) => {
    const random = sequence(seed, PURPOSE.test, 4);
    const events: number[] = [];
    for (let tick = 0; tick < STEPS; tick++) {
      const n = random.below(4) === 0 ? 0 : random.below(40);
      for (let i = 0; i < n && cores.nCores > 0; i++) {
        events.push(tick, random.below(cores.nCores), random.below(spec.axonsPerCore));
      }
    }
    return { steps: STEPS, events: Int32Array.from(events), values: new Int32Array(0) };
  },
  open: (program, stimulus, model = 'reference') => {
    if (model === 'reference') return openReference(program, stimulus);
    if (model === 'fast') return openFast(program, stimulus);
    throw new RangeError(`no model "${model}"; there are reference, fast`);
  },
};

/** The seed of stochastic modes in both models. */
const KEY = { drop: 0, seed: 1, firstSample: 0 } as const;

function openReference(program: TrueNorthProgram, stimulus: Stimulus): ChipStepper {
  const { spec, cores, outputs } = program;
  const chip = new TrueNorthChip({ spec, cores, nPins: outputs.pinClass.length });
  chip.reset({ probability: KEY.drop, late: 0, seed: KEY.seed, firstSample: KEY.firstSample });
  const inject = injector(stimulus, (core, axon, tick) => chip.inject(core, axon, tick));
  return stepperOf({
    steps: stimulus.steps,
    compute: (now) => {
      chip.pinCounts.fill(0);
      inject(now);
      chip.tick();
    },
    fields: {
      potentials: {
        length: cores.nCores * spec.neuronsPerCore,
        what: '[nCores, nNeurons] potentials after the last tick',
        read: () => chip.potentials(),
        write: (index, value) =>
          chip.setPotential(Math.floor(index / spec.neuronsPerCore), index % spec.neuronsPerCore, value),
      },
      pins: pinsField(chip.pinCounts),
    },
  });
}

function openFast(program: TrueNorthProgram, stimulus: Stimulus): ChipStepper {
  const engine = createFastEngine(createFastImage(program, 1));
  engine.reset(KEY);
  const inject = injector(stimulus, (core, axon, tick) => engine.inject(core, axon, tick));
  return stepperOf({
    steps: stimulus.steps,
    compute: (now) => {
      engine.pinCounts.fill(0);
      inject(now);
      engine.tick();
    },
    fields: {
      potentials: {
        length: program.cores.nCores * program.spec.neuronsPerCore,
        what: '[nCores, nNeurons] potentials after the last tick',
        read: () => engine.potentials(),
      },
      pins: pinsField(engine.pinCounts),
    },
  });
}

const pinsField = (counts: Int32Array) => ({
  length: counts.length,
  what: '[nPins] spikes that reached each output pin in the last tick',
  read: () => counts.slice(),
});

/** Gives the events of a tick to the chip when the tick comes. */
function injector({ events }: Stimulus, inject: (core: number, axon: number, tick: number) => void) {
  let at = 0;
  return (now: number): void => {
    for (; at < events.length && events[at]! <= now; at += 3) inject(events[at + 1]!, events[at + 2]!, now);
  };
}
