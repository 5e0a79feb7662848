/** Programs by hand: layers and tensors without a mapping, which the functional engine does not read. */
import type { InputCode } from '../../../src/ir/network/types.js';
import type {
  EpilogueStep,
  LayerMapping,
  LayerMemory,
  LayerTiming,
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleSpec,
  NorthPoleTensor,
  Precision,
  WindowGeometry,
} from '../../../src/ir/program/northpole.js';

const NO_MAPPING: LayerMapping = {
  ...{ rows: 1, columns: 1, tileHeight: 1, tileWidth: 1, outGroups: 1, outBlocks: 1, inGroups: 1, inBlocks: 1 },
  ...{ packed: false, positions: 1, segments: new Int32Array(4), cores: new Int32Array(1) },
};
const NO_TIMING: LayerTiming = {
  ...{ start: 0, passPeriod: 1, slot: 1, packets: new Int32Array(0), end: 0, programStart: 0, programEnd: 0 },
};
const NO_MEMORY: LayerMemory = { operandBase: [0], weightBase: new Int32Array(0), resultBase: -1, programBytes: 0 };

const NETWORK = { wires: 8, hopCycles: 1 } as const;
const SPEC: NorthPoleSpec = {
  ...{ name: 'none', gridWidth: 1, gridHeight: 1, clockMhz: 1, opsPerMac: 2, precisions: [8, 4, 2, 1] },
  vmm: { outputs: 1, vectorBits: 8, latency: 1 },
  memory: { bytes: 1, activationPortBytes: 1, weightPortBytes: 1, dataPortBytes: 1 },
  weightFillBytes: 1,
  partialSums: { bits: 32, bufferBytes: 1 },
  vector: { lanes: 1, latency: 1 },
  ...{ tableEntries: 256, outputBufferBytes: 1, programBufferBytes: 1, threads: 1, layerSyncCycles: 0 },
  networks: {
    model: { topology: 'segmentedBus', ...NETWORK },
    partialSum: { topology: 'neighbour', ...NETWORK },
    activation: { topology: 'mesh', ...NETWORK },
    instruction: { topology: 'rowBus', ...NETWORK },
  },
  host: { linkGBps: 1, linkLatencyUs: 1, frameBufferBytes: 1 },
  energy: {
    macPj: { 8: 0, 4: 0, 2: 0, 1: 0 },
    memoryBytePj: 0,
    networkByteHopPj: 0,
    vectorOperationPj: 0,
    staticWatts: 0,
  },
};

/** What all layers have beside their mapping. */
interface LayerFields {
  readonly operands: readonly number[];
  readonly output: number;
  readonly geometry?: Partial<WindowGeometry>;
  readonly epilogue?: readonly EpilogueStep[];
}

const base = (
  index: number,
  fields: LayerFields,
): Omit<Extract<NorthPoleLayer, { kind: 'vector' }>, 'kind' | 'combine'> => ({
  name: `layer${index}`,
  nodes: [`layer${index}`],
  operands: fields.operands,
  output: fields.output,
  geometry: { window: [1, 1], stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], ...fields.geometry },
  epilogue: fields.epilogue ?? [],
  mapping: NO_MAPPING,
  timing: NO_TIMING,
  memory: NO_MEMORY,
});

/** A layer of the VMM. */
export function vmm(
  fields: LayerFields & {
    readonly weights: Int8Array;
    readonly bias: Int32Array;
    readonly groups?: number;
    readonly weightBits?: Precision;
    readonly padValue?: number;
  },
): NorthPoleLayer {
  const { weights, bias, groups = 1, weightBits = 8, padValue = 0 } = fields;
  return { kind: 'vmm', ...base(fields.output, fields), weights, bias, groups, weightBits, padValue };
}

/** A layer of the vector unit. */
export function vector(
  fields: LayerFields & { readonly combine: 'max' | 'sum'; readonly minChannels?: Uint8Array },
): NorthPoleLayer {
  const { combine, minChannels } = fields;
  return {
    kind: 'vector',
    ...base(fields.output, fields),
    combine,
    ...(minChannels === undefined ? {} : { minChannels }),
  };
}

/** A tensor named t0, t1, ... after its index. */
export const tensor = (
  index: number,
  shape: readonly [number, number, number],
  bits: Precision | 32,
  options: { readonly signed?: boolean; readonly parts?: readonly number[] } = {},
): NorthPoleTensor => ({ node: `t${index}`, shape, bits, signed: options.signed ?? false, parts: options.parts ?? [] });

/** A program whose scores are the last tensor. */
export function programOf(
  tensors: readonly NorthPoleTensor[],
  layers: readonly NorthPoleLayer[],
  options: { readonly inputCode?: InputCode; readonly votes?: number; readonly output?: number } = {},
): NorthPoleProgram {
  const output = options.output ?? tensors.length - 1;
  const [h, w, c] = tensors[output]!.shape;
  return {
    kind: 'northpole',
    name: 'by-hand',
    spec: SPEC,
    batch: 1,
    inputShape: tensors[0]!.shape,
    inputCode: options.inputCode ?? { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 },
    tensors,
    layers,
    outputs: {
      tensor: output,
      ...(options.votes === undefined
        ? { rule: 'scores', nClasses: h * w * c }
        : { rule: 'votes', nClasses: options.votes }),
      scale: new Float64Array(0),
      offset: new Float64Array(0),
    },
    cycles: 1,
  };
}
