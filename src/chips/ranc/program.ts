/** A program for RANC: its cores and bus as RANC's files hold them, how samples enter, and what the lines of the bus mean. */
import { z } from 'zod';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { RANC_SPECS, type RancChipSpec } from '../../hw-models/ranc/chip-spec.js';
import type { RancCoreArrays, RancOutputBus, RancSpec } from '../../ir/program/formats/ranc/types.js';
import type { ProgramFormat } from '../../ir/program/chip-program.js';
import { checkFrame, frameShape, type ProgramFrame, wrongLength } from '../../ir/program/truenorth-schema.js';

/**
 * What is loaded into RANC; pins of `outputs` are lines of the bus. Ticks of `timing` are counted from 0: tick t is tick t + 1 of RANC, whose
 * first one is 1, and so its spikes stand in row t + 1.
 */
export interface RancProgram extends ProgramFrame {
  readonly kind: 'ranc';
  readonly spec: RancChipSpec;
  readonly cores: RancCoreArrays;
  readonly outputBus: RancOutputBus;
}

/** What config.json says of a program: its sizes, on a grid that holds cores and bus and no more. */
export function rancSpecOf({ spec, cores, outputBus }: Pick<RancProgram, 'spec' | 'cores' | 'outputBus'>): RancSpec {
  const { neuronsPerCore, axonsPerCore, nWeights, maxTickOffset, resetType } = spec;
  const extent = (places: Int32Array, bus: number): number => places.reduce((a, b) => Math.max(a, b), bus) + 1;
  return {
    neuronsPerCore,
    axonsPerCore,
    gridWidth: extent(cores.x, outputBus.x),
    gridHeight: extent(cores.y, outputBus.y),
    nWeights,
    maxTickOffset,
    resetType,
  };
}

const i32 = z.instanceof(Int32Array);
const place = z.int().min(0).max(4095);

const schema: z.ZodType<RancProgram> = z.strictObject({
  kind: z.literal('ranc'),
  spec: RANC_SPECS.schema,
  cores: z.strictObject({
    nCores: z.int().min(0).max(65_536),
    x: i32,
    y: i32,
    listedNeurons: i32,
    axonType: i32,
    synapses: z.instanceof(Uint32Array),
    weights: i32,
    leak: i32,
    positiveThreshold: i32,
    negativeThreshold: i32,
    resetPotential: i32,
    resetMode: z.instanceof(Uint8Array),
    initialPotential: i32,
    dx: i32,
    dy: i32,
    targetAxon: i32,
    tickOffset: i32,
  }),
  outputBus: z.strictObject({
    x: place,
    y: place,
    nOutputs: z
      .int()
      .min(1)
      .max(2 ** 20),
  }),
  ...frameShape,
});

/** Lengths and indices that everything after relies on. */
function check(program: RancProgram, at: string, remedy: string): readonly Diagnostic[] {
  const { cores, spec, inputs, outputs, outputBus } = program;
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const perCore = {
    ...{ x: 1, y: 1, listedNeurons: 1, axonType: nA, synapses: nA * Math.ceil(nN / 32), weights: nN * nWeights },
    ...{ leak: nN, positiveThreshold: nN, negativeThreshold: nN, resetPotential: nN, resetMode: nN },
    ...{ initialPotential: nN, dx: nN, dy: nN, targetAxon: nN, tickOffset: nN },
  } as const satisfies Readonly<Record<Exclude<keyof RancCoreArrays, 'nCores'>, number>>;
  const lengths = Object.entries({ ...cores, nCores: undefined }).flatMap(([field, array]) => {
    const elements = Object.entries(perCore).find(([name]) => name === field)?.[1];
    if (array === undefined || elements === undefined) return [];
    return wrongLength(`cores.${field}`, array.length, { expected: cores.nCores * elements, place: at, remedy });
  });
  const outside = (field: string, values: ArrayLike<number>, high: number): readonly Diagnostic[] => {
    const wrong = Array.from(values).find((value) => value < 0 || value > high);
    if (wrong === undefined) return [];
    return [errorAt('bad-value', `${at}: ${field}`, `${wrong} is not in 0..${high}`, remedy)];
  };
  return [
    ...lengths,
    ...checkFrame(program, cores.nCores, at, remedy),
    ...wrongLength('outputs.pinClass', outputs.pinClass.length, { expected: outputBus.nOutputs, place: at, remedy }),
    ...outside('inputs.core', inputs.core, cores.nCores - 1),
    ...outside('inputs.axon', inputs.axon, nA - 1),
    ...outside('cores.listedNeurons', cores.listedNeurons, nN),
    // What indexes memory of the chip must exist before its verifier looks at anything else.
    ...outside('cores.axonType', cores.axonType, nWeights - 1),
    ...outside('cores.tickOffset', cores.tickOffset, spec.maxTickOffset - 1),
    ...outside('cores.x', cores.x, spec.gridWidth - 1),
    ...outside('cores.y', cores.y, spec.gridHeight - 1),
  ];
}

/** How program files hold programs for RANC. */
export const RANC_FORMAT: ProgramFormat<RancProgram> = { kind: 'ranc', schema, check };
