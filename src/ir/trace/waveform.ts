/** Signals of one core along time: what `lodestone probe` records, VCD files hold and reports draw. */
import { z } from 'zod';
import { plainQuantitySchema } from '../../common/quantity-schema.js';
import type { Quantity } from '../../common/quantity.js';

/** How a signal is to be read. */
export const WAVE_KINDS = ['event', 'level', 'value'] as const;

/** One signal, by its changes. */
export interface WaveSignal {
  /** Signals of a group belong together: `spikes`, `potentials`. */
  readonly group: string;
  /** Unique in its group. */
  readonly name: string;
  /** `event`: 1 in the steps in which something happens; `level`: 1 while something lasts; `value`: an integer with a sign. */
  readonly kind: (typeof WAVE_KINDS)[number];
  /** Steps, ascending, from the first recorded one on, which is always there. */
  readonly times: readonly number[];
  /** [times] what it is from then on. */
  readonly values: readonly number[];
}

/** What was recorded of a core. */
export interface Waveform {
  readonly kind: 'waveform';
  /** Network, kind of chip, chip. */
  readonly name: string;
  readonly target: string;
  readonly chip: string;
  /** What entered the chip. */
  readonly input: string;
  readonly core: readonly [x: number, y: number];
  readonly time: {
    /** What a step is, in the singular: `tick`, `cycle`. */
    readonly unit: string;
    readonly unitSeconds: Quantity;
    /** The first step that was recorded, and the one after the last. */
    readonly from: number;
    readonly to: number;
  };
  /** The model that ran. */
  readonly model: string;
  readonly signals: readonly WaveSignal[];
}

const step = z.int().min(0);

/** Of untrusted origin. */
export const waveformSchema: z.ZodType<Waveform> = z
  .object({
    kind: z.literal('waveform'),
    ...{ name: z.string(), target: z.string().min(1), chip: z.string(), input: z.string(), model: z.string() },
    core: z.tuple([step, step]),
    time: z.object({ unit: z.string().min(1), unitSeconds: plainQuantitySchema, from: step, to: step }),
    signals: z.array(
      z
        .object({
          ...{ group: z.string(), name: z.string(), kind: z.enum(WAVE_KINDS) },
          ...{ times: z.array(step), values: z.array(z.int()) },
        })
        .refine(({ times, values }) => times.length === values.length, 'times and values have one entry per change')
        .refine(({ times }) => times.every((t, i) => i === 0 || t > (times[i - 1] ?? 0)), 'times ascend'),
    ),
  })
  .refine(({ time }) => time.from < time.to, { message: 'it has to hold a step at least', path: ['time'] })
  .refine(
    ({ time: { from, to }, signals }) => signals.every(({ times }) => times[0] === from && (times.at(-1) ?? to) < to),
    { message: 'every signal begins with the first step and ends before the last', path: ['signals'] },
  );

/** Collects a signal value by value, and keeps its changes. */
export class WaveRecorder {
  readonly #times: number[] = [];
  readonly #values: number[] = [];

  /** What the signal is in a step; steps ascend. */
  record(at: number, value: number): void {
    if (this.#values.at(-1) === value) return;
    this.#times.push(at);
    this.#values.push(value);
  }

  signal(about: Pick<WaveSignal, 'group' | 'name' | 'kind'>): WaveSignal {
    return { ...about, times: this.#times, values: this.#values };
  }
}

/** What a signal is in a step. */
export function valueAtStep({ times, values }: WaveSignal, at: number): number {
  let found = 0;
  for (let i = 0; i < times.length && (times[i] ?? 0) <= at; i++) found = values[i] ?? 0;
  return found;
}

/** The steps in which an event or level is not 0, within from..to - 1. */
export function stepsOf({ times, values }: WaveSignal, to: number): readonly number[] {
  return times.flatMap((at, i) => {
    if ((values[i] ?? 0) === 0) return [];
    const end = Math.min(times[i + 1] ?? to, to);
    return Array.from({ length: end - at }, (_, k) => at + k);
  });
}
