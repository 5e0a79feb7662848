/** Programs of networks with time, made ready for samples of so many steps. */
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { codeMax, sizeOf } from '../ir/network/shapes.js';
import {
  codedBuffer,
  encodeCounts,
  encodeDigits,
  encodeRaster,
  type InputDigits,
  type SampleKey,
  spikesInTick,
} from '../ir/network/input-code.js';
import type { InputCode } from '../ir/network/types.js';
import type { EventWindow } from '../ir/program/chip-program.js';
import type { FrameTiming, OutputMap } from '../ir/program/truenorth.js';

/** What is read of a program here. */
interface EventProgram {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly inputCode: InputCode;
  readonly inputs: { readonly nElements: number; readonly digits?: InputDigits };
  readonly timing: FrameTiming;
  readonly outputs: OutputMap;
  readonly events?: EventWindow;
}

/** What is read of samples here. */
interface Frames {
  readonly name: string;
  readonly shape: readonly number[];
  readonly images: Uint8Array;
}

/**
 * The program for the samples of a data set: the same for networks without time; else a sample is as many steps as the data have, which enter and
 * leave in a tick each, and constants of class scores count once a step. @throws UserError for more steps than the program is exact for, and for
 * counts that it has no axons for
 */
export function windowed<P extends EventProgram>(program: P, data: Frames): P {
  const { events, timing, outputs, name } = program;
  if (events === undefined) return program;
  const steps = data.shape[0] ?? 1;
  const place = `data set "${data.name}"`;
  const beyond =
    steps > events.maxSteps
      ? [
          errorAt(
            'too-many-steps',
            place,
            `its samples have ${steps} steps; the potentials of "${name}" are sure to fit their registers for ${events.maxSteps}`,
            `use at most ${events.maxSteps} --steps, or quantise the network to fewer bits`,
          ),
        ]
      : [];
  throwIfErrors([...beyond, ...countProblems(program, events, data, place)]);
  return {
    ...program,
    timing: { ...timing, period: timing.outputStart + steps, inputTicks: steps, outputTicks: steps },
    outputs: { ...outputs, constant: outputs.constant.map((constant) => constant * steps) },
    events: { ...events, steps },
  };
}

function countProblems(
  { name, inputCode }: EventProgram,
  { maxCount }: EventWindow,
  data: Frames,
  place: string,
): readonly Diagnostic[] {
  if (codeMax(inputCode) <= maxCount) return [];
  // Codes of counts rise with the pixel.
  const largest = data.images.reduce((most, pixel) => Math.max(most, pixel), 0);
  const coded = codedBuffer(inputCode, 1);
  encodeCounts(inputCode, Uint8Array.of(largest), 0, 0, coded);
  const count = Math.max(...coded);
  if (count <= maxCount) return [];
  const message = `it has up to ${count} events of a pixel in a step; "${name}" has axons for ${maxCount}`;
  const remedy = `compile with --max-count ${count}, or count pixels once with --event-counts one`;
  return [errorAt('counts-beyond-axons', place, message, remedy)];
}

/** Whether the spikes of a sample are known tick by tick, not by counts from the first tick on. */
export const hasRaster = ({ inputCode, events }: EventProgram): boolean =>
  inputCode.kind === 'bernoulli' || events !== undefined;

/** Bytes of one sample. */
export const sampleBytes = ({ inputShape, events }: EventProgram): number => sizeOf(inputShape) * (events?.steps ?? 1);

/** How often every element of the input spikes in the frame of a sample; `out` is [inputs.nElements]. Not for programs with rasters. */
export function writeCounts(
  { inputCode, inputs: { digits } }: EventProgram,
  pixels: Uint8Array,
  { sample, seed }: SampleKey,
  out: Uint8Array,
): void {
  if (digits !== undefined && inputCode.kind === 'integer') encodeDigits(inputCode, digits, pixels, out);
  else encodeCounts(inputCode, pixels, sample, seed, out);
}

/** The spikes of a sample, [inputTicks, inputs.nElements] zeros and ones. */
export function rasterOf(program: EventProgram, pixels: Uint8Array, key: SampleKey): Uint8Array {
  const { inputCode, inputShape, inputs, events } = program;
  if (events === undefined && inputs.digits === undefined) return encodeRaster(inputCode, pixels, key);
  if (events === undefined) {
    const counts = new Uint8Array(inputs.nElements);
    writeCounts(program, pixels, key, counts);
    const raster = new Uint8Array(program.timing.inputTicks * counts.length);
    for (let t = 0; t < program.timing.inputTicks; t++) {
      for (let e = 0; e < counts.length; e++) if (spikesInTick(counts[e]!, t)) raster[t * counts.length + e] = 1;
    }
    return raster;
  }
  const { maxCount, steps = 1 } = events;
  const size = sizeOf(inputShape);
  const { nElements } = inputs;
  const raster = new Uint8Array(steps * nElements);
  const counts = codedBuffer(inputCode, size);
  for (let step = 0; step < steps; step++) {
    encodeCounts(inputCode, pixels.subarray(step * size, (step + 1) * size), key.sample, key.seed, counts);
    for (let e = 0; e < counts.length; e++) {
      const at = step * nElements + e * maxCount;
      raster.fill(1, at, at + counts[e]!);
    }
  }
  return raster;
}
