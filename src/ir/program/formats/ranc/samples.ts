/** Samples for an exported network: packets in, class scores out. */
import { z } from 'zod';
import { checkSchema } from '../../../../common/check-schema.js';
import { errorAt, fail, throwIfErrors } from '../../../../common/diagnostics.js';
import { parseJson } from '../../../../common/parse-json.js';
import type { Readout, ReadoutStep } from '../../../network/readout.js';
import type { TrueNorthProgram } from '../../truenorth.js';
import type { RancNetwork } from './from-truenorth.js';
import type { RancOutput } from './output.js';
import type { RancPackets } from './types.js';

/**
 * The packets of consecutive samples, as the program's timing says, to cores in the order of the program. `raster(sample)` gives the spikes of the
 * coded input, [inputTicks, nElements] of 0 and 1. Entry t of RANC's packets acts in its tick t + 1, which is tick t of the program.
 */
export function rancPackets(
  { inputs, timing }: Pick<TrueNorthProgram, 'inputs' | 'timing'>,
  { cores }: Pick<RancNetwork, 'cores'>,
  nSamples: number,
  raster: (sample: number) => Uint8Array,
): RancPackets {
  const { period, inputStart, inputTicks } = timing;
  const counts = new Int32Array((nSamples - 1) * period + inputStart + inputTicks);
  const x: number[] = [];
  const y: number[] = [];
  const axon: number[] = [];
  for (let sample = 0; sample < nSamples; sample++) {
    const spikes = raster(sample);
    for (let tick = 0; tick < inputTicks; tick++) {
      const before = axon.length;
      for (let element = 0; element < inputs.nElements; element++) {
        if (spikes[tick * inputs.nElements + element] !== 1) continue;
        for (let k = inputs.rowStart[element]!; k < inputs.rowStart[element + 1]!; k++) {
          x.push(cores.x[inputs.core[k]!]!);
          y.push(cores.y[inputs.core[k]!]!);
          axon.push(inputs.axon[k]!);
        }
      }
      counts[sample * period + inputStart + tick] = axon.length - before;
    }
  }
  const tickStart = new Int32Array(counts.length + 1);
  counts.forEach((count, t) => (tickStart[t + 1] = tickStart[t]! + count));
  return {
    tickStart,
    x: Int32Array.from(x),
    y: Int32Array.from(y),
    axon: Int32Array.from(axon),
    tickOffset: new Int32Array(axon.length),
  };
}

/** How rows of the bus become class scores: what `decoding.json` holds beside an exported network. */
export interface RancDecoding {
  readonly kind: 'ranc-decoding';
  readonly network: string;
  readonly data: string;
  /** Ticks to run. */
  readonly ticks: number;
  readonly nSamples: number;
  readonly nClasses: number;
  /** Sample s is in rows firstRow + s * period + [0, rows), 0-based. */
  readonly firstRow: number;
  readonly period: number;
  readonly rows: number;
  /** score[c] = constant[c] + sum over lines p of class c of lineCoefficient[p] * ones in the sample's rows. */
  readonly lineClass: readonly number[];
  readonly lineCoefficient: readonly number[];
  readonly constant: readonly number[];
  /**
   * The decision takes the largest scale[c] * x[c] + offset[c] in float64, ties to the lowest class; x is the score after `steps`,
   * operations of one rounding each, or the score itself without them.
   */
  readonly steps?: readonly { readonly kind: ReadoutStep['kind']; readonly by: readonly number[] }[];
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  readonly labels: readonly number[];
  /** [nSamples][nClasses] what the integer network computes. */
  readonly expectedScores: readonly (readonly number[])[];
}

/** What a program's outputs mean in RANC's rows; `expected` is [nSamples, nClasses]. */
export function rancDecoding(
  program: Pick<TrueNorthProgram, 'name' | 'timing' | 'outputs'>,
  data: { readonly name: string; readonly labels: Uint8Array },
  expected: ArrayLike<number>,
): RancDecoding {
  const { timing, outputs } = program;
  const { nClasses } = outputs;
  const nSamples = expected.length / nClasses;
  // A spike of the program's tick t is fired in RANC's tick t + 1 and shown in row t + 1.
  const firstRow = timing.outputStart + 1;
  return {
    kind: 'ranc-decoding',
    network: program.name,
    data: data.name,
    ticks: firstRow + (nSamples - 1) * timing.period + timing.outputTicks,
    nSamples,
    nClasses,
    firstRow,
    period: timing.period,
    rows: timing.outputTicks,
    lineClass: Array.from(outputs.pinClass),
    lineCoefficient: Array.from(outputs.pinCoefficient),
    constant: Array.from(outputs.constant),
    ...(outputs.steps === undefined
      ? {}
      : { steps: outputs.steps.map(({ kind, by }) => ({ kind, by: Array.from(by) })) }),
    scale: Array.from(outputs.scale),
    offset: Array.from(outputs.offset),
    labels: Array.from(data.labels.subarray(0, nSamples)),
    expectedScores: Array.from({ length: nSamples }, (_, s) =>
      Array.from({ length: nClasses }, (__, c) => expected[s * nClasses + c]!),
    ),
  };
}

/** How the class scores are compared. */
export function rancReadout({ steps, scale, offset }: RancDecoding): Readout {
  return {
    ...(steps === undefined ? {} : { steps: steps.map(({ kind, by }) => ({ kind, by: Float64Array.from(by) })) }),
    scale: Float64Array.from(scale),
    offset: Float64Array.from(offset),
  };
}

/** Class scores of an output, [nSamples, nClasses]. @throws UserError for an output that is too short or has other lines */
export function decodeScores(decoding: RancDecoding, output: RancOutput, place: string): Int32Array {
  const { nSamples, nClasses, firstRow, period, rows, lineClass, lineCoefficient, constant } = decoding;
  if (output.nOutputs !== lineClass.length) {
    const message = `${output.nOutputs} outputs per row, the network has ${lineClass.length}`;
    fail('wrong-output', place, message, 'pass the output of the exported network');
  }
  if (output.nRows < decoding.ticks) {
    const message = `${output.nRows} rows, ${nSamples} samples need ${decoding.ticks}`;
    fail('wrong-output', place, message, `run ${decoding.ticks} ticks`);
  }
  const scores = new Int32Array(nSamples * nClasses);
  for (let s = 0; s < nSamples; s++) {
    scores.set(constant, s * nClasses);
    for (let row = firstRow + s * period; row < firstRow + s * period + rows; row++) {
      lineClass.forEach((c, p) => {
        scores[s * nClasses + c]! += lineCoefficient[p]! * output.values[row * output.nOutputs + p]!;
      });
    }
  }
  return scores;
}

const count = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const decodingSchema: z.ZodType<RancDecoding> = z.strictObject({
  kind: z.literal('ranc-decoding'),
  network: z.string().max(400),
  data: z.string().max(400),
  ticks: count,
  nSamples: count,
  nClasses: z.int().min(1).max(65_536),
  firstRow: count,
  period: count,
  rows: count,
  lineClass: z.array(count),
  lineCoefficient: z.array(int32),
  constant: z.array(int32),
  steps: z
    .array(z.strictObject({ kind: z.enum(['add', 'multiply', 'divide']), by: z.array(z.number()) }))
    .exactOptional(),
  scale: z.array(z.number()),
  offset: z.array(z.number()),
  labels: z.array(count),
  expectedScores: z.array(z.array(int32)),
});

/** Reads decoding.json. @throws UserError with every finding */
export function readRancDecoding(text: string, place: string): RancDecoding {
  const remedy = 'export the network again with `lodestone ranc export`';
  const json = parseJson(text, place, { code: 'bad-json', remedy });
  const decoding = checkSchema(decodingSchema, json, place, remedy);
  const { nClasses, nSamples, lineClass, ticks, firstRow, period, rows } = decoding;
  const lengths: readonly (readonly [string, number, number])[] = [
    ['lineCoefficient', decoding.lineCoefficient.length, lineClass.length],
    ['constant', decoding.constant.length, nClasses],
    ...(decoding.steps ?? []).map(({ by }, s) => [`steps.${s}.by`, by.length, nClasses] as const),
    ['scale', decoding.scale.length, nClasses],
    ['offset', decoding.offset.length, nClasses],
    ['labels', decoding.labels.length, nSamples],
    ['expectedScores', decoding.expectedScores.length, nSamples],
    ['ticks', ticks, firstRow + (nSamples - 1) * period + rows],
    ...decoding.expectedScores.map((row, s) => [`expectedScores.${s}`, row.length, nClasses] as const),
  ];
  const findings = lengths.flatMap(([field, actual, expected]) =>
    actual === expected
      ? []
      : [errorAt('wrong-length', `${place}: ${field}`, `${actual}, expected ${expected}`, remedy)],
  );
  if (lineClass.some((c) => c >= nClasses)) {
    findings.push(errorAt('bad-value', `${place}: lineClass`, 'names a class that does not exist', remedy));
  }
  throwIfErrors(findings);
  return decoding;
}
