/** Structure and bounds of NorthPole programs in files: what everything after reading them relies on. */
import { z } from 'zod';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { readoutSteps } from '../network/schema.js';
import { codedShape, sizeOf } from '../network/shapes.js';
import { ROUNDINGS } from '../network/types.js';
import type { ProgramFormat } from './chip-program.js';
import { northPoleSpecSchema } from './northpole-parameters.js';
import type { EpilogueStep, NorthPoleLayer, NorthPoleProgram, SequenceOperation } from './northpole.js';

const int = (min: number, max: number): z.ZodInt => z.int().min(min).max(max);
const name = z.string().min(1).max(400);
const u8 = z.instanceof(Uint8Array);
const i8 = z.instanceof(Int8Array);
const i16 = z.instanceof(Int16Array);
const i32 = z.instanceof(Int32Array);
const f64 = z.instanceof(Float64Array).refine((a) => a.every((v) => Number.isFinite(v)), 'holds NaN or infinity');
const precision = z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]);
const int32 = int(-(2 ** 31), 2 ** 31 - 1);
const cycle = int(0, 2 ** 31 - 1);
const index = int(0, 65535);
const dimension = int(1, 1 << 20);

const inputCode = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('threshold'), level: int(0, 256) }),
  z.strictObject({ kind: z.literal('rate'), bits: int(1, 8) }),
  z.strictObject({ kind: z.literal('thermometer'), levels: z.array(int(0, 256)).min(1).max(255) }),
  z.strictObject({ kind: z.literal('bernoulli'), ticks: int(1, 255) }),
  z.strictObject({ kind: z.literal('integer'), bits: int(1, 8), zeroPoint: int(0, 255), step: z.number() }),
]);

const tensor = z.strictObject({
  node: name,
  shape: z.tuple([dimension, dimension, dimension]),
  bits: z.union([precision, z.literal(32)]),
  signed: z.boolean(),
  zeroPoint: int(-255, 255).exactOptional(),
  parts: z.array(index).max(4096),
});

const requantise = z.strictObject({
  kind: z.literal('requantise'),
  inputZeroPoint: int32,
  leftShift: int(0, 31),
  multiplier: i32,
  shift: u8,
  addend: f64.exactOptional(),
  zeroPoint: int32,
  min: int32,
  max: int32,
  rounding: z.enum(ROUNDINGS),
});
const lookup = z.strictObject({ kind: z.literal('lookup'), inputMin: int32, table: i16 });
const step = z.discriminatedUnion('kind', [
  requantise,
  lookup,
  z.strictObject({ kind: z.literal('threshold'), theta: i32, sense: u8 }),
  z.strictObject({
    kind: z.literal('add'),
    operand: int(0, 4096),
    steps: z.array(z.discriminatedUnion('kind', [requantise, lookup])).max(64),
  }),
]);

const pair = z.tuple([int(1, 4096), int(1, 4096)]);
const sides = z.tuple([int(0, 4096), int(0, 4096), int(0, 4096), int(0, 4096)]);
const base = {
  name,
  nodes: z.array(name).min(1).max(4096),
  operands: z.array(index).min(1).max(4096),
  output: index,
  geometry: z.strictObject({
    window: z.tuple([dimension, dimension]),
    stride: pair,
    dilation: pair,
    padding: sides,
  }),
  epilogue: z.array(step).max(256),
  mapping: z.strictObject({
    rows: int(1, 4096),
    columns: int(1, 4096),
    tileHeight: dimension,
    tileWidth: dimension,
    outGroups: int(1, 4096),
    outBlocks: int(1, 1 << 20),
    inGroups: int(1, 4096),
    inBlocks: int(1, 1 << 20),
    packed: z.boolean(),
    positions: int(1, 1 << 20),
    segments: i32,
    cores: i32,
  }),
  timing: z.strictObject({
    start: cycle,
    passPeriod: cycle,
    slot: cycle,
    packets: i32,
    end: cycle,
    programStart: cycle,
    programEnd: cycle,
  }),
  memory: z.strictObject({
    operandBase: z.array(int(0, 1 << 24)).max(4096),
    weightBase: i32,
    resultBase: int(-1, 1 << 24),
    programBytes: int(0, 1 << 24),
  }),
};

const operation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('embedding'), by: z.enum(['value', 'position']), table: i8 }),
  z.strictObject({ kind: z.literal('rmsNorm'), gain: i32, fraction: int(0, 30), min: int32, max: int32 }),
  z.strictObject({
    kind: z.literal('attention'),
    heads: int(1, 4096),
    context: int(1, 1 << 16),
    multiplier: int(0, 2 ** 31 - 1),
    shift: int(0, 62),
    expTable: u8,
  }),
]);

const layer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('vmm'),
    ...base,
    groups: dimension,
    weights: i8,
    weightBits: precision,
    padValue: int(-128, 255),
    bias: i32,
    fanIn: i32.refine((a) => a.every((n) => n >= 0), 'a fan-in is negative').exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('vector'),
    ...base,
    combine: z.enum(['max', 'sum']),
    minChannels: u8.exactOptional(),
    average: z.strictObject({ counted: sides, factor: int(1, 2 ** 31 - 1) }).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('sequence'), ...base, operation }),
]);

/** Structure and bounds of a program; {@link checkNorthPoleStructure} checks what belongs together. */
const northPoleProgramSchema: z.ZodType<NorthPoleProgram> = z.strictObject({
  kind: z.literal('northpole'),
  name,
  spec: northPoleSpecSchema,
  batch: int(1, 65536),
  inputShape: z.array(dimension).min(1).max(3),
  inputCode,
  tensors: z.array(tensor).min(1).max(65536),
  layers: z.array(layer).min(1).max(65536),
  outputs: z.strictObject({
    tensor: index,
    rule: z.enum(['scores', 'votes']),
    nClasses: int(1, 65536),
    steps: readoutSteps.exactOptional(),
    scale: f64,
    offset: f64,
  }),
  cycles: cycle,
});

/** Lengths, indices and shapes that have to agree. Limits of the chip and the schedule are the verifier's business. */
export function checkNorthPoleStructure(
  program: NorthPoleProgram,
  place: string,
  remedy: string,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const need = (ok: boolean, field: string, message: () => string): void => {
    if (!ok) found.push(errorAt('wrong-structure', `${place}: ${field}`, message(), remedy));
  };
  const { tensors, layers, outputs } = program;
  const ready = new Set([0]);
  tensors.forEach(({ parts, shape }, t) => {
    const channels = parts.reduce((sum, part) => sum + (tensors[part]?.shape[2] ?? NaN), 0);
    const fits = parts.length === 0 || (parts.every((part) => part < t) && channels === shape[2]);
    need(fits, `tensor ${t}`, () => `its parts [${parts.join(', ')}] have ${channels} channels, it has ${shape[2]}`);
  });
  tensors.forEach(({ parts, zeroPoint = 0 }, t) => {
    const same = parts.every((part) => (tensors[part]?.zeroPoint ?? 0) === zeroPoint);
    need(same, `tensor ${t}`, () => `its parts do not all have its zero point ${zeroPoint}`);
  });
  if (found.length > 0) return found;
  const size = sizeOf(codedShape(program.inputShape, program.inputCode));
  need(sizeOf(tensors[0]?.shape ?? []) === size, 'tensor 0', () => `is not the input of ${size} values`);
  const isReady = (t: number): boolean =>
    ready.has(t) || ((tensors[t]?.parts.length ?? 0) > 0 && (tensors[t]?.parts ?? []).every(isReady));
  layers.forEach((own, l) => {
    const field = `layer ${l} "${own.name}"`;
    for (const t of own.operands) need(isReady(t), field, () => `reads tensor ${t} before it is computed`);
    const isNew = own.output < tensors.length && !isReady(own.output) && tensors[own.output]?.parts.length === 0;
    need(isNew, field, () => `writes tensor ${own.output}, which is not a new one`);
    ready.add(own.output);
    if (own.operands.every((t) => t < tensors.length) && own.output < tensors.length) {
      for (const message of layerProblems(program, own)) need(false, field, () => message);
    }
  });
  need(
    layers.some(({ output }) => output === outputs.tensor),
    'outputs.tensor',
    () => `no layer writes tensor ${outputs.tensor}`,
  );
  const values = sizeOf(tensors[outputs.tensor]?.shape ?? []);
  const fits = outputs.rule === 'scores' ? values === outputs.nClasses : values >= outputs.nClasses;
  need(fits, 'outputs.nClasses', () => `${outputs.nClasses} classes from ${values} values`);
  for (const field of ['scale', 'offset'] as const) {
    const { length } = outputs[field];
    need(length === outputs.nClasses, `outputs.${field}`, () => `${length} elements for ${outputs.nClasses} classes`);
  }
  outputs.steps?.forEach(({ by: { length } }, s) => {
    need(length === outputs.nClasses, `outputs.steps.${s}`, () => `${length} elements for ${outputs.nClasses} classes`);
  });
  return found;
}

function layerProblems(program: NorthPoleProgram, layer: NorthPoleLayer): readonly string[] {
  const found: string[] = [];
  const expect = (field: string, actual: number, ...expected: number[]): void => {
    if (!expected.includes(actual)) found.push(`${field} is ${actual}, expected ${expected.join(' or ')}`);
  };
  const { mapping, timing, memory, geometry } = layer;
  const shapeOf = (t: number | undefined): readonly [number, number, number] =>
    program.tensors[t ?? -1]?.shape ?? [0, 0, 0];
  const [inH, inW, nIn] = shapeOf(layer.operands[0]);
  const [height, width, nOut] = shapeOf(layer.output);
  const { outputs } = program.spec.vmm;
  if (layer.kind !== 'sequence') {
    const { window, stride, dilation, padding } = geometry;
    const after = (n: number, axis: 0 | 1, pad: number): number =>
      Math.floor((n + pad - (window[axis] - 1) * dilation[axis] - 1) / stride[axis]) + 1;
    expect('height', height, after(inH, 0, padding[0] + padding[1]));
    expect('width', width, after(inW, 1, padding[2] + padding[3]));
  }
  if (layer.kind === 'vmm') {
    const fits = nIn % layer.groups === 0 && nOut % layer.groups === 0;
    if (!fits) found.push(`${nIn} inputs and ${nOut} outputs do not divide into ${layer.groups} groups`);
    expect(
      'weights.length',
      layer.weights.length,
      (nOut * geometry.window[0] * geometry.window[1] * nIn) / layer.groups,
    );
    expect('bias.length', layer.bias.length, nOut);
    expect('fanIn.length', layer.fanIn?.length ?? 1, 1, nOut);
    if (mapping.packed && (layer.groups > 1 || mapping.inGroups > 1 || geometry.dilation[1] > 1)) {
      found.push('is packed with groups or dilation');
    }
  } else expect('inGroups', mapping.inGroups, 1);
  if (layer.kind === 'vector') {
    expect('channels', nOut, nIn);
    expect('minChannels.length', layer.minChannels?.length ?? nIn, nIn);
    if (layer.average !== undefined && layer.combine !== 'sum') found.push(`averages a ${layer.combine}`);
    if (layer.average?.counted.some((n, side) => n > (geometry.padding[side] ?? 0)) === true) {
      found.push(`counts [${layer.average.counted.join(', ')}] of a padding of [${geometry.padding.join(', ')}]`);
    }
  }
  if (layer.kind === 'sequence') {
    expect('batch', program.batch, 1);
    const operands = layer.operands.slice(0, 3).map((t) => shapeOf(t)[2]);
    found.push(...operationProblems(layer.operation, nOut, operands));
  }
  const own = { nOut, size: height * width * nOut };
  layer.epilogue.forEach((step, i) => {
    if (step.kind === 'add') {
      const operand = layer.operands[step.operand];
      if (step.operand < 1 || operand === undefined) found.push(`step ${i} adds operand ${step.operand}`);
      else if (shapeOf(operand).join() !== [height, width, nOut].join()) found.push(`step ${i} adds another shape`);
      step.steps.forEach((side) => stepProblems(side, own, `step ${i}`, expect));
    } else stepProblems(step, own, `step ${i}`, expect);
  });
  expect('rows', mapping.rows, Math.ceil(height / mapping.tileHeight));
  expect('columns', mapping.columns, Math.ceil(width / mapping.tileWidth));
  expect('outGroups', mapping.outGroups, Math.ceil(Math.ceil(nOut / outputs) / mapping.outBlocks));
  const shares = mapping.rows * mapping.columns * mapping.outGroups;
  expect('segments.length', mapping.segments.length, mapping.outGroups * 4);
  expect('cores.length', mapping.cores.length, shares * mapping.inGroups);
  const nCores = program.spec.gridWidth * program.spec.gridHeight;
  if (mapping.cores.some((core) => core < 0 || core >= nCores)) found.push(`names a core outside 0..${nCores - 1}`);
  const chunks = Math.ceil((program.batch * mapping.tileHeight * mapping.tileWidth) / mapping.positions);
  expect('packets.length', timing.packets.length, shares * chunks * mapping.outBlocks * mapping.positions);
  expect('operandBase.length', memory.operandBase.length, layer.operands.length);
  expect('weightBase.length', memory.weightBase.length, layer.kind === 'vector' ? 0 : mapping.cores.length);
  if (timing.end < timing.start) found.push(`ends in cycle ${timing.end}, before it starts in ${timing.start}`);
  return found;
}

/** Sizes of a layer of a sequence model: `operands` are the channels of what it reads. */
function operationProblems(operation: SequenceOperation, nOut: number, operands: readonly number[]): readonly string[] {
  switch (operation.kind) {
    case 'embedding': {
      const { length } = operation.table;
      return length > 0 && length % nOut === 0 ? [] : [`a table of ${length} values has no rows of ${nOut}`];
    }
    case 'rmsNorm': {
      const { length } = operation.gain;
      return length === nOut && operands[0] === nOut ? [] : [`${length} gains for ${operands[0] ?? 0} values`];
    }
    case 'attention': {
      const { heads, expTable } = operation;
      const found: string[] = [];
      if (operands.length < 3 || operands.some((n) => n !== nOut)) {
        found.push(`query, key and value of [${operands.join(', ')}] channels for ${nOut}`);
      }
      if (nOut % heads !== 0) found.push(`${nOut} channels do not divide into ${heads} heads`);
      if (expTable.length !== 256) found.push(`a table of ${expTable.length} weights, expected 256`);
      // The largest score has this weight: without it all weights could be 0.
      if (expTable[0] === 0) found.push('the first weight is 0');
      return found;
    }
  }
}

function stepProblems(
  step: Exclude<EpilogueStep, { kind: 'add' }>,
  { nOut, size }: { readonly nOut: number; readonly size: number },
  field: string,
  expect: (field: string, actual: number, ...expected: number[]) => void,
): void {
  if (step.kind === 'threshold') {
    expect(`${field}: theta.length`, step.theta.length, nOut, size);
    expect(`${field}: sense.length`, step.sense.length, step.theta.length);
  } else if (step.kind === 'requantise') {
    expect(`${field}: multiplier.length`, step.multiplier.length, 1, nOut);
    expect(`${field}: shift.length`, step.shift.length, 1, nOut);
    expect(`${field}: addend.length`, step.addend?.length ?? 1, 1, nOut);
  }
}

/** How program files hold programs of NorthPole-style chips. */
export const NORTHPOLE_FORMAT: ProgramFormat<NorthPoleProgram> = {
  kind: 'northpole',
  schema: northPoleProgramSchema,
  check: checkNorthPoleStructure,
};
