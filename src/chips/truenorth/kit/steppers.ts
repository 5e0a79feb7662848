/** Programs on engines, step by step, and on several threads. */
import type { LabelledImages } from '../../../evaluation/tasks/samples.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { ChipState } from '../../../ir/trace/chip-state.js';
import type { StatefulEngine } from '../../../simulator/engines/contract.js';
import { windowed } from '../../../simulator/event-window.js';
import { frameInputs } from '../../../simulator/frame-inputs.js';
import { createTracingEngine } from '../../../simulator/noc/spike-trace.js';
import { createThreadedChip, type ThreadedChip } from '../../../simulator/parallel/chip-threads.js';
import type { ChipStepper, StepperOptions, StepperState, Stimulus, ThreadedStepper } from '../../kit.js';
import { accessOf, checkSpikes, firedField, stepperOf, valuesOf } from '../../stepper.js';
import { Counters } from './counters.js';

/** The seed of stochastic modes in all models. */
export const KEY = { drop: 0, seed: 1, firstSample: 0 } as const;

/** The events of one sample, which a chip at rest gets. */
export function sampleEvents(
  program: TrueNorthProgram,
  data: LabelledImages,
  { index, seed }: { readonly index: number; readonly seed: number },
): Stimulus {
  const ready = windowed(program, data);
  const { spikes, nTicks } = frameInputs(ready, { images: data.images, nSamples: 1, firstSample: index, seed });
  const { axonsPerCore } = program.spec;
  const events = new Int32Array(spikes.tick.length * 3);
  spikes.tick.forEach((tick, k) => {
    const place = spikes.index[k]!;
    events.set([tick, Math.floor(place / axonsPerCore), place % axonsPerCore], 3 * k);
  });
  return { steps: nTicks, events, values: new Int32Array(0) };
}

/** A program on an engine, before its first step. Counters are not there together with the field of what fired. */
export function openEngine(
  program: TrueNorthProgram,
  stimulus: Stimulus,
  create: (program: TrueNorthProgram) => StatefulEngine,
  { spikes: withSpikes = false, inside = false }: StepperOptions,
): ChipStepper {
  const { cores, spec } = program;
  const counters = inside && !withSpikes ? new Counters() : undefined;
  const spikes = withSpikes ? firedField(cores.target.length) : undefined;
  const engine =
    spikes === undefined
      ? create(program)
      : createTracingEngine(program, (tick) => tick.spikes.forEach(spikes.set), create);
  engine.reset(KEY);
  const inject = injector(stimulus, engine.inject);
  return stepperOf({
    steps: stimulus.steps,
    compute: (now) => {
      engine.pinCounts.fill(0);
      spikes?.clear();
      inject.give(now);
      engine.tick();
      counters?.of(engine.takeCounters());
    },
    fields: {
      potentials: {
        ...potentialsField(program),
        read: engine.potentials,
        write: (index, value) =>
          engine.setPotential(Math.floor(index / spec.neuronsPerCore), index % spec.neuronsPerCore, value),
      },
      pins: pinsField(engine.pinCounts.length, () => engine.pinCounts.slice()),
      ...spikes?.fields,
      ...counters?.fields(cores.nCores),
    },
    state: {
      take: () => ({ ...arraysOf(engine.snapshot()), ...spikes?.take() }),
      put: (values, now) => {
        engine.restore(stateOf(values, now, program), KEY);
        spikes?.put(values);
        inject.goTo(now);
      },
    },
  });
}

/** A program on several threads, at most one for each core. */
export async function openThreads(
  program: TrueNorthProgram,
  stimulus: Stimulus,
  workers: number,
): Promise<ThreadedStepper> {
  const chip = await createThreadedChip(program, Math.max(1, Math.min(workers, program.cores.nCores)));
  await chip.reset(KEY);
  return threadedStepper(chip, program, stimulus);
}

function threadedStepper(chip: ThreadedChip, program: TrueNorthProgram, stimulus: Stimulus): ThreadedStepper {
  const { outputs } = program;
  const inject = injector(stimulus, chip.inject);
  let before: Int32Array = new Int32Array(outputs.pinClass.length);
  let last: Int32Array = before;
  return {
    get now() {
      return chip.now;
    },
    ...accessOf({
      potentials: { ...potentialsField(program), read: chip.potentials },
      pins: pinsField(before.length, () => last.map((count, pin) => count - before[pin]!)),
    }),
    run: async (steps) => {
      const end = Math.min(stimulus.steps, chip.now + steps);
      const first = chip.now;
      while (chip.now < end) {
        before = Int32Array.from(last);
        inject.give(chip.now);
        // Up to the next event; the last step alone, whose pins are asked for.
        await chip.run(Math.max(1, Math.min(inject.next(), end - 1) - chip.now));
        last = chip.pinCounts();
      }
      return end - first;
    },
    snapshot: () => {
      const state = chip.snapshot();
      const pins = last.map((count, pin) => count - before[pin]!);
      return { now: chip.now, values: arraysOf({ ...state, pins }) };
    },
    restore: async ({ now, values }) => {
      const state = stateOf(values, now, program);
      await chip.restore(state, KEY);
      last = Int32Array.from(state.pins);
      before = new Int32Array(last.length);
      inject.goTo(now);
    },
    close: chip.close,
  };
}

/** The arrays of a state, by name. */
export const arraysOf = ({ potentials, pins, spikes }: ChipState) => ({ potentials, pins, spikes });

/** The state that values hold. @throws RangeError for those of another program, and for spikes to places that are not there */
export function stateOf(
  values: StepperState['values'],
  now: number,
  { cores, spec, outputs }: TrueNorthProgram,
): ChipState {
  const potentials = valuesOf(values, 'potentials', cores.nCores * spec.neuronsPerCore);
  const pins = valuesOf(values, 'pins', outputs.pinClass.length);
  const spikes = values['spikes'] ?? new Int32Array(0);
  checkSpikes(spikes, now, { nCores: cores.nCores, nAxons: spec.axonsPerCore, ahead: spec.maxDelay });
  const beyond = potentials.find((value) => Math.abs(value) > spec.potentialMax + 1);
  if (beyond !== undefined) throw new RangeError(`a potential of ${beyond} is beyond the registers of this chip`);
  return { now, potentials, pins, spikes };
}

/** The field of what left the chip. */
export const pinsField = (length: number, read: () => Int32Array) => ({
  length,
  level: 'outputs' as const,
  what: '[nPins] spikes that reached each output pin in the last tick',
  read,
});

/** The field of all potentials, but for how they are read. */
export const potentialsField = ({ spec, cores }: TrueNorthProgram) => ({
  length: cores.nCores * spec.neuronsPerCore,
  level: 'state' as const,
  what: '[nCores, nNeurons] potentials after the last tick',
});

/** Gives the events of a tick to the chip when the tick comes. */
export function injector({ events }: Stimulus, inject: (core: number, axon: number, tick: number) => void) {
  let at = 0;
  return {
    give: (now: number): void => {
      for (; at < events.length && events[at]! <= now; at += 3) inject(events[at + 1]!, events[at + 2]!, now);
    },
    /** The tick of the next event. */
    next: (): number => events[at] ?? Infinity,
    /** Events from a tick on come next. */
    goTo: (now: number): void => {
      at = 0;
      while (at < events.length && events[at]! < now) at += 3;
    },
  };
}
