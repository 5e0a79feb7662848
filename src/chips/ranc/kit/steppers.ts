/** The models of the kit, tick by tick, with their fields. */
import { UserError } from '../../../common/diagnostics.js';
import { RancChip } from '../../../hw-models/ranc/chip.js';
import { widthsOf } from '../../../hw-models/ranc/chip-spec.js';
import type { CoreModels } from '../../../hw-models/ranc/core.js';
import type { RancPackets } from '../../../ir/program/formats/ranc/types.js';
import { NO_TARGET, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { ChipState } from '../../../ir/trace/chip-state.js';
import { createFastEngine } from '../../../simulator/engines/fast/engine.js';
import { createFastImage } from '../../../simulator/engines/fast/image.js';
import { createTracingEngine } from '../../../simulator/noc/spike-trace.js';
import type { ChipStepper, StepperOptions, StepperState, Stimulus } from '../../kit.js';
import { checkSpikes, firedField, stepperOf, valuesOf } from '../../stepper.js';
import { type RancProgram, rancSpecOf } from '../program.js';
import { trueNorthOf } from '../truenorth.js';

/** The specification, or with an `update` another one. */
export function openReference(
  program: RancProgram,
  stimulus: Stimulus,
  { spikes: withSpikes = false, ...models }: Omit<StepperOptions, 'note'> & CoreModels = {},
): ChipStepper {
  const nN = program.spec.neuronsPerCore;
  const spikes = withSpikes ? spikesField(program) : undefined;
  // The chip asks of every spike whether it is lost: none is, but this is where it is seen.
  const sees = (core: number, neuron: number): boolean => {
    spikes?.set(core * nN + neuron);
    return false;
  };
  const chip = referenceChip(program, stimulus, models, spikes === undefined ? undefined : sees);
  return stepperOf({
    steps: stimulus.steps,
    compute: () => {
      spikes?.clear();
      chip.tick();
    },
    fields: {
      potentials: {
        ...potentialsField(program),
        read: () => chip.potentials(),
        write: (index, value) => chip.setPotential(Math.floor(index / nN), index % nN, value),
      },
      bus: { ...busField(program), read: () => Int32Array.from(chip.bus) },
      ...spikes?.fields,
    },
    state: {
      take: () => ({ ...arraysOf(chip.state()), ...spikes?.take() }),
      put: (values, now) => {
        chip.resume(stateOf(values, now, program));
        spikes?.put(values);
      },
    },
  });
}

/** The chip behind {@link openReference}, before its first tick. */
export function referenceChip(
  program: RancProgram,
  stimulus: Stimulus,
  models: CoreModels,
  sees?: (core: number, neuron: number) => boolean,
): RancChip {
  const { spec, cores, outputBus } = program;
  const packets = packetsOf(program, stimulus);
  return new RancChip({ spec: rancSpecOf(program), cores, outputBus, packets }, widthsOf(spec), sees, models);
}

/** The fast engine on the equal program of a TrueNorth-style chip. */
export function openFast(
  program: RancProgram,
  { steps, events }: Stimulus,
  { spikes: withSpikes = false }: StepperOptions = {},
): ChipStepper {
  const equivalent = equivalentOf(program);
  const spikes = withSpikes ? spikesField(program) : undefined;
  const engine =
    spikes === undefined
      ? createFastEngine(createFastImage(equivalent, 1))
      : createTracingEngine(equivalent, (tick) => tick.spikes.forEach(spikes.set));
  const key = { drop: 0, seed: 1, firstSample: 0 };
  engine.reset(key);
  let at = 0;
  return stepperOf({
    steps,
    compute: (now) => {
      spikes?.clear();
      engine.pinCounts.fill(0);
      for (; at < events.length && events[at]! <= now; at += 3) engine.inject(events[at + 1]!, events[at + 2]!, now);
      engine.tick();
    },
    fields: {
      potentials: { ...potentialsField(program), read: () => engine.potentials() },
      bus: { ...busField(program), read: () => engine.pinCounts.slice() },
      ...spikes?.fields,
    },
    state: {
      take: () => ({ ...arraysOf(engine.snapshot()), ...spikes?.take() }),
      put: (values, now) => {
        spikes?.put(values);
        engine.restore(stateOf(values, now, program), key);
        for (at = 0; at < events.length && events[at]! < now;) at += 3;
      },
    },
  });
}

/** @throws UserError with what of the program has no counterpart on TrueNorth-style chips */
export function equivalentOf(program: RancProgram): TrueNorthProgram {
  const equivalent = trueNorthOf(program);
  if ('problems' in equivalent) throw new UserError(equivalent.problems);
  return equivalent.program;
}

/** What fired in the last tick, of the neurons that reach a core or the bus; of all of them where there is no equivalent that says which do. */
function spikesField(program: RancProgram) {
  const equivalent = trueNorthOf(program);
  const target = 'program' in equivalent ? equivalent.program.cores.target : undefined;
  return firedField(program.cores.nCores * program.spec.neuronsPerCore, (neuron) => target?.[neuron] !== NO_TARGET);
}

const potentialsField = ({ spec, cores }: RancProgram) => ({
  length: cores.nCores * spec.neuronsPerCore,
  what: '[nCores, nNeurons] potentials after the last tick',
});

const busField = ({ outputBus }: RancProgram) => ({
  length: outputBus.nOutputs,
  level: 'outputs' as const,
  what: '[nOutputs] 1 for each line of the bus that a spike reached in the last tick',
});

const arraysOf = ({ potentials, pins, spikes }: ChipState) => ({ potentials, pins, spikes });

/** The state that values hold. @throws RangeError for those of another program */
function stateOf(values: StepperState['values'], now: number, { cores, spec, outputBus }: RancProgram): ChipState {
  const potentials = valuesOf(values, 'potentials', cores.nCores * spec.neuronsPerCore);
  const pins = valuesOf(values, 'pins', outputBus.nOutputs);
  const spikes = values['spikes'] ?? new Int32Array(0);
  checkSpikes(spikes, now, { nCores: cores.nCores, nAxons: spec.axonsPerCore, ahead: spec.maxTickOffset - 2 });
  return { now, potentials, pins, spikes };
}

/** The events as packets: entry t acts in tick t + 1, which is step t. */
function packetsOf({ cores }: RancProgram, { events, steps }: Stimulus): RancPackets {
  const tickStart = new Int32Array(steps + 1);
  for (let k = 0; k < events.length; k += 3) tickStart[events[k]! + 1]!++;
  for (let t = 0; t < steps; t++) tickStart[t + 1]! += tickStart[t]!;
  const column = (offset: number): Int32Array =>
    Int32Array.from({ length: events.length / 3 }, (_, k) => events[3 * k + offset]!);
  const core = column(1);
  return {
    tickStart,
    x: core.map((c) => cores.x[c]!),
    y: core.map((c) => cores.y[c]!),
    axon: column(2),
    tickOffset: new Int32Array(core.length),
  };
}
