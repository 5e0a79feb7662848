/** What stands beside an exported CPE model, in `decoding.json`: how samples enter, what output pins mean, and samples with their class scores. */
import { z } from 'zod';
import { bitsToText, textToBits } from '../../common/bit-text.js';
import { checkSchema } from '../../common/check-schema.js';
import { errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { parseJson } from '../../common/parse-json.js';
import { CORE_SIZE, MAX_CORES } from '../../ir/program/formats/nscs/cpe-model.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { checkFrame, frameShape } from '../../ir/program/truenorth-schema.js';
import type { LabelledImages } from '../../evaluation/tasks/samples.js';
import type { RecordedSamples } from '../chip.js';

/** What of a program a CPE model does not say. */
export type CpeFrame = Pick<TrueNorthProgram, 'name' | 'inputShape' | 'inputCode' | 'inputs' | 'timing' | 'outputs'>;

const REMEDY = 'export the program again with `lodestone truenorth export --decoding`';
/** Labels are bytes. */
const MOST_CLASSES = 2 ** 8;
const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const list = z.array(int32);

const decodingSchema = z.strictObject({
  kind: z.literal('cpe-decoding'),
  network: frameShape.name,
  data: z.string().max(400),
  inputShape: frameShape.inputShape,
  inputCode: frameShape.inputCode,
  inputs: z.strictObject({
    nElements: z.int().min(1),
    rowStart: list,
    core: z.array(z.int().min(0).lt(MAX_CORES)),
    axon: z.array(z.int().min(0).lt(CORE_SIZE)),
    maxCount: frameShape.inputs.shape.maxCount,
  }),
  timing: frameShape.timing,
  outputs: z.strictObject({
    nClasses: z.int().min(1).max(MOST_CLASSES),
    pinClass: list,
    pinCoefficient: list,
    constant: list,
    steps: z
      .array(z.strictObject({ kind: z.enum(['add', 'multiply', 'divide']), by: z.array(z.number()) }))
      .exactOptional(),
    scale: z.array(z.number()),
    offset: z.array(z.number()),
  }),
  /** Bytes of all images, base64. */
  images: z.string(),
  labels: z.array(z.int().min(0).lt(MOST_CLASSES)),
  expectedScores: z.array(list),
});

/** The file. @throws UserError for inputs by chance, whose spikes no other seed gives again */
export function printCpeDecoding(
  program: CpeFrame,
  data: LabelledImages,
  expected: { readonly scores: ArrayLike<number>; readonly nSamples: number },
): string {
  const { name, inputShape, inputCode, inputs, timing, outputs } = program;
  if (inputCode.kind === 'bernoulli') {
    const message = 'its inputs spike by chance: its scores depend on the seed of a run';
    fail('random-spikes', name, message, 'leave --decoding out');
  }
  const { nSamples, scores } = expected;
  const { nClasses, steps } = outputs;
  const decoding = {
    kind: 'cpe-decoding',
    network: name,
    data: data.name,
    inputShape: [...inputShape],
    inputCode,
    inputs: { ...inputs, rowStart: [...inputs.rowStart], core: [...inputs.core], axon: [...inputs.axon] },
    timing,
    outputs: {
      nClasses,
      pinClass: [...outputs.pinClass],
      pinCoefficient: [...outputs.pinCoefficient],
      constant: [...outputs.constant],
      ...(steps === undefined ? {} : { steps: steps.map(({ kind, by }) => ({ kind, by: [...by] })) }),
      scale: [...outputs.scale],
      offset: [...outputs.offset],
    },
    images: bitsToText(data.images.subarray(0, nSamples * sizeOf(inputShape))),
    labels: [...data.labels.subarray(0, nSamples)],
    expectedScores: Array.from({ length: nSamples }, (_, s) =>
      Array.from({ length: nClasses }, (__, c) => scores[s * nClasses + c]!),
    ),
  };
  return `${JSON.stringify(decoding)}\n`;
}

/** Reads the file. @throws UserError with every finding */
export function readCpeDecoding(
  text: string,
  place: string,
): { readonly frame: CpeFrame; readonly recorded: RecordedSamples } {
  const json = parseJson(text, place, { code: 'bad-json', remedy: REMEDY });
  const read = checkSchema(decodingSchema, json, place, REMEDY);
  const { inputShape, inputCode, timing, labels, expectedScores } = read;
  const { nClasses, steps } = read.outputs;
  const inputs = {
    ...read.inputs,
    rowStart: Int32Array.from(read.inputs.rowStart),
    core: Int32Array.from(read.inputs.core),
    axon: Uint16Array.from(read.inputs.axon),
  };
  const outputs = {
    nClasses,
    pinClass: Int32Array.from(read.outputs.pinClass),
    pinCoefficient: Int32Array.from(read.outputs.pinCoefficient),
    constant: Int32Array.from(read.outputs.constant),
    ...(steps === undefined ? {} : { steps: steps.map(({ kind, by }) => ({ kind, by: Float64Array.from(by) })) }),
    scale: Float64Array.from(read.outputs.scale),
    offset: Float64Array.from(read.outputs.offset),
  };
  const frame: CpeFrame = { name: read.network, inputShape, inputCode, inputs, timing, outputs };
  const whole = { ...frame, coreLayer: new Int32Array(0), coreRole: [], layers: [] };
  const images = textToBits(read.images, 8 * labels.length * sizeOf(inputShape));
  const wrong = [
    [images !== undefined, 'images', 'are no base64 text of as many bytes as the samples have'],
    [labels.length > 0, 'labels', 'are of no sample'],
    [labels.every((label) => label < nClasses), 'labels', 'name a class that does not exist'],
    [expectedScores.length === labels.length, 'expectedScores', 'are not one row for each label'],
    [expectedScores.every(({ length }) => length === nClasses), 'expectedScores', 'are not one for each class'],
  ] as const;
  throwIfErrors([
    ...checkFrame(whole, 0, place, REMEDY),
    ...wrong.flatMap(([ok, field, message]) =>
      ok ? [] : [errorAt('bad-value', `${place}: ${field}`, message, REMEDY)],
    ),
  ]);
  return {
    frame,
    recorded: {
      data: {
        ...{ name: read.data, shape: inputShape, nClasses },
        images: images ?? new Uint8Array(0),
        labels: Uint8Array.from(labels),
      },
      scores: Int32Array.from(expectedScores.flat()),
    },
  };
}
