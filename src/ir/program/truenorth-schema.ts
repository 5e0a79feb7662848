/** The program of a TrueNorth-style chip in program files: its schema, and the lengths and indices that everything after relies on. */
import { z } from 'zod';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { entriesOf } from '../../common/parameters/value-tree.js';
import { readoutSteps } from '../network/schema.js';
import type { ProgramFormat } from './chip-program.js';
import {
  CORE_ARRAY_NAMES,
  CORE_ARRAYS,
  type CoreArrayName,
  type CoreArrays,
  elementsPerCore,
  MOST_CORES,
} from './core-arrays.js';
import { trueNorthSpecSchema } from './truenorth-parameters.js';
import type { TrueNorthProgram } from './truenorth.js';

const int = (min: number, max: number): z.ZodInt => z.int().min(min).max(max);
const i32 = z.instanceof(Int32Array);
const finite = z.instanceof(Float64Array).refine((a) => a.every((v) => Number.isFinite(v)), 'holds NaN or infinity');
const name = z.string().min(1).max(400);

const inputCode = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('threshold'), level: int(0, 256) }),
  z.strictObject({ kind: z.literal('rate'), bits: int(1, 8) }),
  z.strictObject({ kind: z.literal('thermometer'), levels: z.array(int(0, 256)).min(1).max(255) }),
  z.strictObject({ kind: z.literal('bernoulli'), ticks: int(1, 255) }),
  z.strictObject({ kind: z.literal('integer'), bits: int(1, 8), zeroPoint: int(0, 255), step: z.number().positive() }),
]);

const layer = z.strictObject({
  name,
  scheme: z.enum(['direct', 'gated', 'partial', 'count', 'merge', 'spiking', 'relay']),
  fanIn: z.int().min(0),
  nIn: z.int().min(0),
  nOut: z.int().min(0),
  cores: z.int().min(0),
  partialCores: z.int().min(0),
  splitterCores: z.int().min(0),
  copies: z.int().min(0),
  window: z.int().min(0),
  ticks: z.int().min(0),
  axonUse: z.number().min(0).max(1),
  neuronUse: z.number().min(0).max(1),
  limitedBy: z.string().max(400),
});

/** Files of version 0.1 hold bytes where larger cores need more. */
const widened = (array: unknown, name: CoreArrayName): unknown => {
  const { type } = CORE_ARRAYS[name];
  return array instanceof Uint8Array && type !== Uint8Array ? type.from(array) : array;
};

const isCoreArray = (key: string): key is CoreArrayName => key in CORE_ARRAYS;

/** Cores: every array of the table with its type, and nothing else. */
const coreArrays: z.ZodType<CoreArrays> = z.preprocess(
  (value) =>
    Object.fromEntries(
      [...entriesOf(value)].map(([key, array]) => [key, isCoreArray(key) ? widened(array, key) : array]),
    ),
  z
    .custom<CoreArrays>(() => true)
    .superRefine((value, context) => {
      const cores = entriesOf(value);
      const report = (key: string, message: string): void => {
        context.addIssue({ code: 'custom', path: [key], message });
      };
      if (!int(0, MOST_CORES).safeParse(cores.get('nCores')).success) {
        report('nCores', `is no number of 0..${MOST_CORES} cores`);
      }
      for (const name of CORE_ARRAY_NAMES) {
        const { type } = CORE_ARRAYS[name];
        if (!(cores.get(name) instanceof type)) report(name, `is no ${type.name}`);
      }
      for (const key of cores.keys()) if (key !== 'nCores' && !isCoreArray(key)) report(key, 'is no array of cores');
    }),
);

/** What a mapped network says beside its cores: how samples enter, and what output spikes mean. */
export const frameShape = {
  name,
  coreLayer: i32,
  coreRole: z.array(z.enum(['layer', 'partial', 'splitter', 'timer'])),
  layers: z.array(layer).max(65536),
  inputShape: z
    .array(int(1, 1 << 20))
    .min(1)
    .max(3),
  inputCode,
  inputs: z.strictObject({
    nElements: int(1, 1 << 24),
    rowStart: i32,
    core: i32,
    axon: z.preprocess((axon) => widened(axon, 'targetAxon'), z.instanceof(Uint16Array)),
    maxCount: int(1, 65536),
    digits: z.strictObject({ radix: int(2, 256), count: int(1, 8) }).exactOptional(),
  }),
  timing: z.strictObject({
    period: int(1, 1 << 24),
    inputStart: int(0, 1 << 24),
    inputTicks: int(1, 1 << 24),
    outputStart: int(0, 1 << 24),
    outputTicks: int(1, 1 << 24),
  }),
  outputs: z.strictObject({
    nClasses: int(1, 65536),
    pinClass: i32,
    pinCoefficient: i32,
    constant: i32,
    steps: readoutSteps.exactOptional(),
    scale: finite,
    offset: finite,
  }),
  events: z.strictObject({ maxCount: int(1, 255), maxSteps: int(1, 1 << 24) }).exactOptional(),
};

/** The fields of {@link frameShape}. */
export type ProgramFrame = Pick<TrueNorthProgram, keyof typeof frameShape>;

const programSchema: z.ZodType<TrueNorthProgram> = z.strictObject({
  kind: z.literal('truenorth'),
  spec: trueNorthSpecSchema,
  cores: coreArrays,
  mergedAxons: i32,
  ...frameShape,
});

/** Lengths and indices that everything after relies on. */
function checkLengths(program: TrueNorthProgram, place: string, remedy: string): readonly Diagnostic[] {
  const { cores, spec } = program;
  const found = CORE_ARRAY_NAMES.flatMap((field) =>
    wrongLength(`cores.${field}`, cores[field].length, {
      ...{ expected: cores.nCores * elementsPerCore(CORE_ARRAYS[field].per, spec), place, remedy },
    }),
  );
  return [...found, ...checkFrame(program, cores.nCores, place, remedy)];
}

/** A finding for an array that is not as long as it has to be. */
export function wrongLength(
  field: string,
  actual: number,
  { expected, place, remedy }: { readonly expected: number; readonly place: string; readonly remedy: string },
): readonly Diagnostic[] {
  if (actual === expected) return [];
  return [errorAt('wrong-length', `${place}: ${field}`, `${actual} elements, expected ${expected}`, remedy)];
}

/** The same of what a mapped network says beside its cores. */
export function checkFrame(
  program: ProgramFrame,
  nCores: number,
  place: string,
  remedy: string,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { inputs, outputs, timing } = program;
  const expect = (field: string, actual: number, expected: number): void => {
    found.push(...wrongLength(field, actual, { expected, place, remedy }));
  };
  expect('coreLayer', program.coreLayer.length, nCores);
  expect('coreRole', program.coreRole.length, nCores);
  expect('inputs.rowStart', inputs.rowStart.length, inputs.nElements + 1);
  expect('inputs.core', inputs.core.length, inputs.rowStart.at(-1) ?? 0);
  expect('inputs.axon', inputs.axon.length, inputs.core.length);
  expect('outputs.pinCoefficient', outputs.pinCoefficient.length, outputs.pinClass.length);
  for (const field of ['constant', 'scale', 'offset'] as const) {
    expect(`outputs.${field}`, outputs[field].length, outputs.nClasses);
  }
  outputs.steps?.forEach(({ by }, s) => expect(`outputs.steps.${s}`, by.length, outputs.nClasses));
  const ascending = inputs.rowStart.every(
    (start, e) => start >= 0 && (e === 0 ? start === 0 : start >= inputs.rowStart[e - 1]!),
  );
  if (!ascending) found.push(errorAt('bad-value', `${place}: inputs.rowStart`, 'does not ascend', remedy));
  if (outputs.pinClass.some((c) => c < 0 || c >= outputs.nClasses)) {
    found.push(errorAt('bad-value', `${place}: outputs.pinClass`, 'names a class that does not exist', remedy));
  }
  const isInteger = program.inputCode.kind === 'integer' && program.events === undefined;
  if (isInteger !== (inputs.digits !== undefined)) {
    const message = isInteger ? 'integers without digits have no spikes without steps' : 'only integers have digits';
    found.push(errorAt('bad-value', `${place}: inputCode`, message, remedy));
  }
  if (timing.inputTicks > timing.period || timing.outputTicks > timing.period) {
    found.push(errorAt('bad-value', `${place}: timing`, 'frames overlap', remedy));
  }
  return found;
}

/** How program files hold programs of TrueNorth-style chips. */
export const TRUENORTH_FORMAT: ProgramFormat<TrueNorthProgram> = {
  kind: 'truenorth',
  schema: programSchema,
  check: checkLengths,
};
