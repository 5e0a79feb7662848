/** What a conformance kit needs of TrueNorth-style chips. */
import { PURPOSE, sequence } from '../../../common/rng.js';
import { verifyProgram } from '../../../compiler/targets/truenorth/verify.js';
import { TRUENORTH } from '../../../hw-models/truenorth/spec.js';
import { TRUENORTH_TICK_RULES } from '../../../hw-models/truenorth/tick-rules.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { createFastEngine } from '../../../simulator/engines/fast/engine.js';
import { createFastImage } from '../../../simulator/engines/fast/image.js';
import type { ChipKit, ProgramWishes } from '../../kit.js';
import { probeCore } from '../../probe-core.js';
import { eventProblems } from '../../stimulus.js';
import { explainTrueNorth } from './explain.js';
import { TRUENORTH_FOREIGN } from './foreign.js';
import { TRUENORTH_MUTANTS } from './mutants.js';
import { randomProgram } from './random-program.js';
import { reduceTrueNorth } from './reduce.js';
import { openBatch, openMoved, openReference, openSplit } from './models.js';
import { openEngine, openThreads, sampleEvents } from './steppers.js';

const STEPS = 40;

/** The kit. Events are spikes of the host: tick, core, axon. */
export const trueNorthKit: ChipKit<TrueNorthProgram, TrueNorthSpec> = {
  rules: TRUENORTH_TICK_RULES,
  models: ['reference', 'fast'],
  variants: [
    { name: 'split', takes: 'everything' },
    { name: 'batch', takes: 'plain' },
    { name: 'moved', takes: 'everything' },
  ],
  randomProgram: (seed, spec = TRUENORTH, wishes = {}) => {
    const random = sequence(seed, PURPOSE.test, 3);
    const { plain = false, deterministic = plain, cores: most = 4 } = wishes;
    const nCores = 1 + random.below(Math.min(most, spec.gridWidth * spec.gridHeight - spec.faultyCores.length));
    const density = 0.02 + 0.3 * random.uniform();
    const stochastic = random.below(2) * 0.2;
    return randomProgram({
      ...{ seed, nCores, density, plain },
      stochastic: deterministic ? 0 : stochastic,
      compact: random.below(3) === 0,
      spec: sized(spec, wishes),
    });
  },
  randomStimulus: ({ cores, spec }, seed, steps = STEPS) => {
    const random = sequence(seed, PURPOSE.test, 4);
    const events: number[] = [];
    for (let tick = 0; tick < steps; tick++) {
      const n = random.below(4) === 0 ? 0 : random.below(40);
      for (let i = 0; i < n && cores.nCores > 0; i++) {
        events.push(tick, random.below(cores.nCores), random.below(spec.axonsPerCore));
      }
    }
    return { steps, events: Int32Array.from(events), values: new Int32Array(0) };
  },
  sampleStimulus: (program, { data, index, seed }) => sampleEvents(program, data, { index, seed }),
  open: (program, stimulus, model = 'reference', options = {}) => {
    switch (model) {
      case 'reference':
        return openReference(program, stimulus, options);
      case 'fast':
        return openEngine(program, stimulus, (p) => createFastEngine(createFastImage(p, 1)), options);
      case 'split':
        return openSplit(program, stimulus, options);
      case 'batch':
        return openBatch(program, stimulus);
      case 'moved':
        return openMoved(program, stimulus);
      default:
        throw new RangeError(`no model "${model}"; there are reference, fast, split, batch, moved`);
    }
  },
  openThreads,
  probe: probeCore,
  problems: (program, stimulus) => [
    // A compiled program stays clear of the clamp of potentials; here it has to be met.
    ...verifyProgram(program).filter(({ code }) => code !== 'potential-range'),
    ...eventProblems(stimulus, { cores: program.cores.nCores, lines: program.spec.axonsPerCore }),
  ],
  cores: ({ cores }) => cores.nCores,
  explain: explainTrueNorth,
  mutants: TRUENORTH_MUTANTS,
  reductions: reduceTrueNorth,
  foreign: TRUENORTH_FOREIGN,
};

/** Cores of a share of the size; never smaller than a spec may say. */
function sized(spec: TrueNorthSpec, { size = 1 }: ProgramWishes): TrueNorthSpec {
  const of = (n: number): number => Math.max(Math.min(8, n), Math.round(n * size));
  return { ...spec, axonsPerCore: of(spec.axonsPerCore), neuronsPerCore: of(spec.neuronsPerCore) };
}
