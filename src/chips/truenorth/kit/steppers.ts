/** The models of a TrueNorth-style chip, step by step: the two engines, and several threads. */
import type { LabelledImages } from '../../../evaluation/tasks/samples.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { ChipState } from '../../../ir/trace/chip-state.js';
import type { StatefulEngine } from '../../../simulator/engines/contract.js';
import { createFastImage } from '../../../simulator/engines/fast/image.js';
import { createFastEngine } from '../../../simulator/engines/fast/engine.js';
import { createReferenceEngine } from '../../../simulator/engines/reference/engine.js';
import { windowed } from '../../../simulator/event-window.js';
import { frameInputs } from '../../../simulator/frame-inputs.js';
import { createTracingEngine } from '../../../simulator/noc/spike-trace.js';
import { createThreadedChip, type ThreadedChip } from '../../../simulator/parallel/chip-threads.js';
import type { ChipStepper, StepperState, Stimulus, ThreadedStepper } from '../../chip.js';
import { accessOf, checkSpikes, firedField, stepperOf, valuesOf } from '../../stepper.js';

/** The seed of stochastic modes in all models. */
const KEY = { drop: 0, seed: 1, firstSample: 0 } as const;

/** The models; the first one is the specification. */
export const ENGINES: ReadonlyMap<string, (program: TrueNorthProgram) => StatefulEngine> = new Map([
  ['reference', (program: TrueNorthProgram) => createReferenceEngine({ program })],
  ['fast', (program: TrueNorthProgram) => createFastEngine(createFastImage(program, 1))],
]);

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

/** A program on an engine, before its first step; with `withSpikes`, there is a field of what fired. */
export function openEngine(
  program: TrueNorthProgram,
  stimulus: Stimulus,
  create: (program: TrueNorthProgram) => StatefulEngine,
  withSpikes: boolean,
): ChipStepper {
  const { cores, spec } = program;
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
    },
    fields: {
      potentials: {
        length: cores.nCores * spec.neuronsPerCore,
        what: '[nCores, nNeurons] potentials after the last tick',
        read: engine.potentials,
        write: (index, value) =>
          engine.setPotential(Math.floor(index / spec.neuronsPerCore), index % spec.neuronsPerCore, value),
      },
      pins: pinsField(engine.pinCounts.length, () => engine.pinCounts.slice()),
      ...spikes?.fields,
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
  const { cores, spec, outputs } = program;
  const inject = injector(stimulus, chip.inject);
  let before: Int32Array = new Int32Array(outputs.pinClass.length);
  let last: Int32Array = before;
  return {
    get now() {
      return chip.now;
    },
    ...accessOf({
      potentials: {
        length: cores.nCores * spec.neuronsPerCore,
        what: '[nCores, nNeurons] potentials after the last tick',
        read: chip.potentials,
      },
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

const arraysOf = ({ potentials, pins, spikes }: ChipState) => ({ potentials, pins, spikes });

/** The state that values hold. @throws RangeError for those of another program, and for spikes to places that are not there */
function stateOf(values: StepperState['values'], now: number, { cores, spec, outputs }: TrueNorthProgram): ChipState {
  const potentials = valuesOf(values, 'potentials', cores.nCores * spec.neuronsPerCore);
  const pins = valuesOf(values, 'pins', outputs.pinClass.length);
  const spikes = values['spikes'] ?? new Int32Array(0);
  checkSpikes(spikes, now, { nCores: cores.nCores, nAxons: spec.axonsPerCore, ahead: spec.maxDelay });
  const beyond = potentials.find((value) => Math.abs(value) > spec.potentialMax + 1);
  if (beyond !== undefined) throw new RangeError(`a potential of ${beyond} is beyond the registers of this chip`);
  return { now, potentials, pins, spikes };
}

const pinsField = (length: number, read: () => Int32Array) => ({
  length,
  what: '[nPins] spikes that reached each output pin in the last tick',
  read,
});

/** Gives the events of a tick to the chip when the tick comes. */
function injector({ events }: Stimulus, inject: (core: number, axon: number, tick: number) => void) {
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
