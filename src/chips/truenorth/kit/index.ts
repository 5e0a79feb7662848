/** What a conformance kit needs of TrueNorth-style chips. */
import { PURPOSE, sequence } from '../../../common/rng.js';
import { TRUENORTH_TICK_RULES } from '../../../hw-models/truenorth/tick-rules.js';
import { TRUENORTH } from '../../../hw-models/truenorth/spec.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import type { ChipKit } from '../../chip.js';
import { randomProgram } from './random-program.js';
import { ENGINES, openEngine, openThreads, sampleEvents } from './steppers.js';

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
  sampleStimulus: (program, { data, index, seed }) => sampleEvents(program, data, { index, seed }),
  open: (program, stimulus, model = 'reference', { spikes = false } = {}) => {
    const create = ENGINES.get(model);
    if (create === undefined) throw new RangeError(`no model "${model}"; there are ${[...ENGINES.keys()].join(', ')}`);
    return openEngine(program, stimulus, create, spikes);
  },
  openThreads,
};
