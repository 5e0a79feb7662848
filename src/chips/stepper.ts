/** Steppers from readers and writers of fields. */
import type { ChipStepper, FieldLevel, StepperField, StepperState } from './kit.js';

/** One field of a model. */
export interface FieldAccess {
  readonly length: number;
  readonly what: string;
  readonly level?: FieldLevel;
  readonly known?: Uint8Array;
  /** The values, a copy. */
  readonly read: () => Int32Array;
  /** Absent for what cannot be written. */
  readonly write?: (index: number, value: number) => void;
}

/** The state of a model: taken out, and put into one that was opened for the same program and stimulus. */
export interface StateAccess {
  readonly take: () => StepperState['values'];
  /** @throws RangeError for values of another program */
  readonly put: (values: StepperState['values'], now: number) => void;
}

/** What a stepper is made of. */
export interface StepperParts {
  readonly steps: number;
  /** Computes step number `now`. */
  readonly compute: (now: number) => void;
  readonly fields: Readonly<Record<string, FieldAccess>>;
  /** Absent for models whose state is too much to be taken out: see {@link stepperAgain}. */
  readonly state?: StateAccess;
}

/** A stepper; fields and indices that are not there are refused. */
export function stepperOf({ steps, compute, fields, state }: StepperParts): ChipStepper {
  let now = 0;
  const access = accessOf(fields);
  return {
    get now() {
      return now;
    },
    ...access,
    step: () => {
      if (now >= steps) return false;
      compute(now);
      now++;
      return true;
    },
    ...(state === undefined
      ? {}
      : {
          snapshot: () => ({ now, values: state.take() }),
          restore: (from: StepperState) => {
            checkNow(from, steps);
            state.put(from.values, from.now);
            now = from.now;
          },
        }),
  };
}

/**
 * A stepper whose state is the number of its steps: it goes on by computing them again, on a model that is made anew. For models that nothing is
 * written to from outside.
 */
export function stepperAgain(open: () => StepperParts): ChipStepper {
  const first = open();
  let stepper = stepperOf(first);
  return {
    get now() {
      return stepper.now;
    },
    fields: stepper.fields,
    step: () => stepper.step(),
    peek: (field) => stepper.peek(field),
    poke: (field, index, value) => stepper.poke(field, index, value),
    snapshot: () => ({ now: stepper.now, values: {} }),
    restore: (from) => {
      checkNow(from, first.steps);
      if (from.now < stepper.now) stepper = stepperOf(open());
      while (stepper.now < from.now) stepper.step();
    },
  };
}

/** Reading and writing of fields. */
export function accessOf(fields: StepperParts['fields']): Pick<ChipStepper, 'fields' | 'peek' | 'poke'> {
  const fieldOf = (name: string): FieldAccess => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) throw new RangeError(`no field "${name}"; there are ${Object.keys(fields).join(', ')}`);
    return field;
  };
  return {
    fields: Object.entries(fields).map(([name, { length, what, level, known, write }]): StepperField => ({
      ...{ name, length, what, level, known, writable: write !== undefined },
    })),
    peek: (name) => fieldOf(name).read(),
    poke: (name, index, value) => {
      const { length, write } = fieldOf(name);
      if (write === undefined) throw new RangeError(`field "${name}" cannot be written`);
      if (!(Number.isInteger(index) && index >= 0 && index < length)) {
        throw new RangeError(`${name}[${index}]: there are ${length}`);
      }
      write(index, value);
    },
  };
}

/** The values of a name, of which there have to be so many. @throws RangeError */
export function valuesOf(values: StepperState['values'], name: string, length: number): Int32Array {
  const found = Object.hasOwn(values, name) ? values[name] : undefined;
  if (found?.length !== length) {
    throw new RangeError(`a state with ${found?.length ?? 'no'} ${name} is none of this program, which has ${length}`);
  }
  return found;
}

/** The field `spikes`: which neurons sent a spike in the last step. States hold it, and a state that was taken without it has none. */
export function firedField(nNeurons: number, counts: (neuron: number) => boolean = () => true) {
  const fired = new Int32Array(nNeurons);
  return {
    set: (neuron: number): void => {
      if (counts(neuron)) fired[neuron] = 1;
    },
    clear: (): void => {
      fired.fill(0);
    },
    take: () => ({ fired: fired.slice() }),
    put: ({ fired: values }: StepperState['values']): void => {
      fired.fill(0);
      if (values?.length === nNeurons) fired.set(values);
    },
    fields: {
      spikes: {
        length: nNeurons,
        what: '[nCores, nNeurons] 1 where a neuron sent a spike in the last step',
        read: () => fired.slice(),
      },
    },
  };
}

/** What there is room for in a chip of spiking cores. */
export interface SpikeRoom {
  readonly nCores: number;
  readonly nAxons: number;
  /** Farthest tick from the one that comes next. */
  readonly ahead: number;
}

/** Spikes on their way, [n, 3] tick, core and axon, to places that are there. @throws RangeError */
export function checkSpikes(spikes: Int32Array, now: number, { nCores, nAxons, ahead }: SpikeRoom): void {
  if (spikes.length % 3 !== 0) throw new RangeError(`${spikes.length} numbers are no spikes of three`);
  for (let k = 0; k < spikes.length; k += 3) {
    const [tick = -1, core = -1, axon = -1] = spikes.subarray(k, k + 3);
    const isThere = core >= 0 && core < nCores && axon >= 0 && axon < nAxons;
    if (isThere && tick >= now && tick <= now + ahead) continue;
    throw new RangeError(`a spike to core ${core} axon ${axon} in tick ${tick} is none of this program at ${now}`);
  }
}

function checkNow({ now }: StepperState, steps: number): void {
  if (!(Number.isInteger(now) && now >= 0 && now <= steps)) {
    throw new RangeError(`a state after step ${now} is none of this stimulus, which has ${steps} steps`);
  }
}
