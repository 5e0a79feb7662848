/** Steppers from readers and writers of fields. */
import type { ChipStepper, StepperField } from './chip.js';

/** One field of a model. */
export interface FieldAccess {
  readonly length: number;
  readonly what: string;
  readonly read: () => Int32Array;
  /** Absent for what cannot be written. */
  readonly write?: (index: number, value: number) => void;
}

/** What a stepper is made of. */
export interface StepperParts {
  readonly steps: number;
  /** Computes step number `now`. */
  readonly compute: (now: number) => void;
  readonly fields: Readonly<Record<string, FieldAccess>>;
}

/** A stepper; fields and indices that are not there are refused. */
export function stepperOf({ steps, compute, fields }: StepperParts): ChipStepper {
  let now = 0;
  const fieldOf = (name: string): FieldAccess => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) throw new RangeError(`no field "${name}"; there are ${Object.keys(fields).join(', ')}`);
    return field;
  };
  return {
    get now() {
      return now;
    },
    fields: Object.entries(fields).map(([name, { length, what, write }]): StepperField => ({
      ...{ name, length, what, writable: write !== undefined },
    })),
    step: () => {
      if (now >= steps) return false;
      compute(now);
      now++;
      return true;
    },
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
