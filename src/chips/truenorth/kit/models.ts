/** Further models of the kit: the specification with what is in it, the fast engine split and moved, the batch engine. */
import { errorAt, UserError } from '../../../common/diagnostics.js';
import { TrueNorthChip } from '../../../hw-models/truenorth/chip.js';
import type { CoreModels } from '../../../hw-models/truenorth/core.js';
import { NO_TARGET, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { createBatchEngine } from '../../../simulator/engines/batch/engine.js';
import { createBatchImage } from '../../../simulator/engines/batch/image.js';
import { batchSupports } from '../../../simulator/engines/batch/support.js';
import type { EngineCounters } from '../../../simulator/engines/contract.js';
import { createFastEngine, fastState, startThread } from '../../../simulator/engines/fast/engine.js';
import { createFastImage } from '../../../simulator/engines/fast/image.js';
import type { ChipStepper, StepperOptions, Stimulus } from '../../kit.js';
import { type FieldAccess, firedField, stepperOf } from '../../stepper.js';
import { Counters } from './counters.js';
import { arraysOf, injector, KEY, openEngine, pinsField, potentialsField, stateOf } from './steppers.js';

/** The seed of stochastic modes, as the reference model takes it. */
const DROP = { probability: KEY.drop, late: 0, seed: KEY.seed, firstSample: KEY.firstSample } as const;
/** Threads that share a program in the model `threads`, at most. */
const MOST_THREADS = 3;

/** What there may be to see of the specification, and what may stand in it. */
export type ReferenceOptions = Omit<StepperOptions, 'note'> & CoreModels;

/** The specification, or with `models` another one; see the rules that it notes. */
export function openReference(
  program: TrueNorthProgram,
  stimulus: Stimulus,
  { spikes: withSpikes = false, inside = false, ...models }: ReferenceOptions = {},
): ChipStepper {
  const chip = referenceChip(program, models);
  const { spec, cores } = program;
  const { neuronsPerCore: nN, axonsPerCore: nA } = spec;
  const inject = injector(stimulus, (core, axon, tick) => chip.inject(core, axon, tick));
  const spikes = withSpikes ? firedField(cores.target.length, (n) => cores.target[n] !== NO_TARGET) : undefined;
  const counters = new Counters();
  return stepperOf({
    steps: stimulus.steps,
    compute: (now) => {
      chip.pinCounts.fill(0);
      spikes?.clear();
      inject.give(now);
      chip.tick();
      if (spikes !== undefined) {
        chip.lastTick.forEach(({ spikes: fired }, core) => fired.forEach((j) => spikes.set(core * nN + j)));
      }
      if (inside) counters.of(takeEvents(chip));
    },
    fields: {
      potentials: {
        ...potentialsField(program),
        read: () => chip.potentials(),
        write: (index, value) => chip.setPotential(Math.floor(index / nN), index % nN, value),
      },
      pins: pinsField(chip.pinCounts.length, () => chip.pinCounts.slice()),
      ...spikes?.fields,
      ...(inside && { axons: axonsField(cores.nCores * nA, chip, nA), ...counters.fields(cores.nCores) }),
    },
    state: {
      take: () => ({ ...arraysOf(chip.state()), ...spikes?.take() }),
      put: (values, now) => {
        chip.resume(stateOf(values, now, program), DROP);
        spikes?.put(values);
        inject.goTo(now);
      },
    },
  });
}

const axonsField = (length: number, { lastTick }: TrueNorthChip, nA: number): FieldAccess => ({
  length,
  what: '[nCores, nAxons] 1 for each axon that was active in the last tick',
  read: () => {
    const all = new Int32Array(length);
    lastTick.forEach(({ axons }, core) => axons.forEach((axon) => (all[core * nA + axon] = 1)));
    return all;
  },
});

/** The chip behind {@link openReference}, reset with the seed of all models. */
export function referenceChip({ spec, cores, outputs }: TrueNorthProgram, models: CoreModels): TrueNorthChip {
  const chip = new TrueNorthChip({ spec, cores, nPins: outputs.pinClass.length, ...models });
  chip.reset(DROP);
  return chip;
}

function takeEvents({ events }: TrueNorthChip): EngineCounters {
  const { ticks, inputSpikes, hops } = events;
  const taken = { ticks, inputSpikes, hops, coreSpikes: events.coreSpikes.slice() };
  const operations = events.coreSynapticOperations.slice();
  events.hops = 0;
  events.coreSpikes.fill(0);
  events.coreSynapticOperations.fill(0);
  return { ...taken, coreSynapticOperations: operations };
}

/** The fast engine as several threads compute it, here one after the other: each has its share of the cores and its own rings. */
export function openSplit(
  program: TrueNorthProgram,
  stimulus: Stimulus,
  { inside = false }: StepperOptions = {},
): ChipStepper {
  const nThreads = Math.max(1, Math.min(MOST_THREADS, program.cores.nCores));
  const image = createFastImage(program, 1, nThreads);
  const state = fastState(image, 0);
  const threads = Array.from({ length: nThreads }, (_, thread) => startThread(image, 0, thread));
  const pinCounts = new Int32Array(program.outputs.pinClass.length);
  for (const thread of threads) thread.reset(KEY);
  const inject = injector(stimulus, state.inject);
  const counters = new Counters();
  return stepperOf({
    steps: stimulus.steps,
    compute: (now) => {
      for (const pins of state.pinCounts) pins.fill(0);
      inject.give(now);
      for (const thread of threads) thread.tick(now);
      pinCounts.fill(0);
      state.pinCounts.forEach((pins) => pins.forEach((count, pin) => (pinCounts[pin]! += count)));
      if (inside) counters.of(state.takeEvents());
    },
    fields: {
      potentials: { ...potentialsField(program), read: () => state.potentials() },
      pins: pinsField(pinCounts.length, () => pinCounts.slice()),
      ...(inside && counters.fields(program.cores.nCores)),
    },
  });
}

/** The fast engine with every core at another place of the mesh. */
export function openMoved(program: TrueNorthProgram, stimulus: Stimulus): ChipStepper {
  const { cores } = program;
  const moved = { ...cores, x: cores.x.slice().reverse(), y: cores.y.map((y) => (y === 0 ? 1 : 0)) };
  return openEngine({ ...program, cores: moved }, stimulus, (p) => createFastEngine(createFastImage(p, 1)), {});
}

/** The batch engine in its first lane; potentials of neurons that drive nothing are not computed. */
export function openBatch(program: TrueNorthProgram, stimulus: Stimulus): ChipStepper {
  if (!batchSupports(program)) {
    const message = 'the batch engine has no stochastic modes and no leak reversal';
    throw new UserError([errorAt('model-unsupported', program.name, message, 'take another model')]);
  }
  const nPins = program.outputs.pinClass.length;
  const engine = createBatchEngine(createBatchImage(pinPerClass(program), 1));
  engine.reset(1);
  const inject = injector(stimulus, (core, axon) => engine.inject(core, axon, 0));
  const known = Uint8Array.from(program.cores.target, (target) => (target === NO_TARGET ? 0 : 1));
  return stepperOf({
    steps: stimulus.steps,
    compute: (now) => {
      engine.clearPins();
      inject.give(now);
      engine.tick();
    },
    fields: {
      pins: pinsField(nPins, () => engine.scores().slice(0, nPins)),
      potentials: { ...potentialsField(program), known, read: () => engine.potentials(0) },
    },
  });
}

/** Scores that are the spikes of each pin. */
function pinPerClass(program: TrueNorthProgram): TrueNorthProgram {
  const n = program.outputs.pinClass.length;
  const outputs = {
    nClasses: n,
    pinClass: Int32Array.from({ length: n }, (_, pin) => pin),
    pinCoefficient: new Int32Array(n).fill(1),
    constant: new Int32Array(n),
    scale: new Float64Array(n).fill(1),
    offset: new Float64Array(n),
  };
  return { ...program, outputs };
}
