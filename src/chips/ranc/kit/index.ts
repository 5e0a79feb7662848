/** What a conformance kit needs of RANC: its rules, random legal programs, and its own model beside the fast engine, tick by tick. */
import { PURPOSE, sequence } from '../../../common/rng.js';
import { RANC_CHIP, type RancChipSpec } from '../../../hw-models/ranc/chip-spec.js';
import { RANC_TICK_RULES } from '../../../hw-models/ranc/tick-rules.js';
import type { ChipKit } from '../../kit.js';
import type { RancProgram } from '../program.js';
import { probeCore } from '../../probe-core.js';
import { eventProblems } from '../../stimulus.js';
import { sampleEvents } from '../../truenorth/kit/steppers.js';
import { verifyRanc } from '../verify.js';
import { explainRanc } from './explain.js';
import { RANC_FOREIGN } from './foreign.js';
import { RANC_MUTANTS } from './mutants.js';
import { randomProgram } from './random-program.js';
import { reduceRanc } from './reduce.js';
import { equivalentOf, openFast, openReference } from './steppers.js';

const STEPS = 40;

/** The kit. Events are packets of the host: tick (0 is RANC's tick 1), core, axon. */
export const rancKit: ChipKit<RancProgram, RancChipSpec> = {
  rules: RANC_TICK_RULES,
  models: ['reference', 'fast'],
  randomProgram: (seed, spec = RANC_CHIP, { size = 1, cores = 4 } = {}) => {
    const of = (n: number): number => Math.max(Math.min(8, n), Math.round(n * size));
    const sized = { ...spec, axonsPerCore: of(spec.axonsPerCore), neuronsPerCore: of(spec.neuronsPerCore) };
    return randomProgram(sequence(seed, PURPOSE.test, 5), sized, cores);
  },
  randomStimulus: ({ cores, spec }, seed, steps = STEPS) => {
    const random = sequence(seed, PURPOSE.test, 6);
    const events: number[] = [];
    for (let tick = 0; tick < steps; tick++) {
      const n = random.below(4) === 0 ? 0 : random.below(40);
      for (let i = 0; i < n; i++) events.push(tick, random.below(cores.nCores), random.below(spec.axonsPerCore));
    }
    return { steps, events: Int32Array.from(events), values: new Int32Array(0) };
  },
  sampleStimulus: (program, { data, index, seed }) => sampleEvents(equivalentOf(program), data, { index, seed }),
  open: (program, stimulus, model = 'reference', options = {}) => {
    if (model === 'reference') return openReference(program, stimulus, options);
    if (model === 'fast') return openFast(program, stimulus, options);
    throw new RangeError(`no model "${model}"; there are reference, fast`);
  },
  probe: probeCore,
  problems: (program, stimulus) => [
    ...verifyRanc(program),
    ...eventProblems(stimulus, { cores: program.cores.nCores, lines: program.spec.axonsPerCore }),
  ],
  cores: ({ cores }) => cores.nCores,
  explain: explainRanc,
  mutants: RANC_MUTANTS,
  reductions: reduceRanc,
  foreign: RANC_FOREIGN,
};
