/**
 * The parameters of a core of the kernel as it reads them, in blocks. Where all 256 neurons of a core are equal, it shares the block with
 * all other cores of that neuron.
 *
 *   wide      weights [4 or 16, 256] i16, parameters [64, 5, 4] i32 (five vectors of four neurons), threshold masks [256] i32
 *   weights   for cores whose potentials fit 16 bits: largest magnitude per axon type and of all (16 or 32 bytes), then [4 or 16, 256] i8, or
 *             [4 or 16, 16] if all neurons are equal
 *   records   for the same cores: of eight neurons, 5 or 7 vectors of i16; one record if all neurons are equal
 */
import { stochasticLeakBit } from '../../../ir/program/core-arrays.js';
import {
  NEGATIVE,
  NO_TARGET,
  RESET,
  type CoreArrays,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../../ir/program/truenorth.js';

import { BLOCK, type KernelGeometry, neuronsInBlock } from './geometry.js';

type Source = Pick<TrueNorthProgram, 'spec' | 'cores'>;

/** Which blocks each core reads, as offsets into the region of all blocks, each a multiple of 64. */
export interface BlockPlan {
  /** [nCores] */
  readonly wide: Uint32Array;
  /** [nCores, 2] weights and records, with flags in the low bits; NO_BLOCK for a core that needs 32 bits. */
  readonly compact: Uint32Array;
  readonly bytes: number;
  /** Every block once. */
  readonly blocks: readonly PlannedBlock[];
}

interface PlannedBlock {
  readonly offset: number;
  readonly kind: 'wide' | 'weights' | 'records';
  /** A core that reads it. */
  readonly core: number;
  readonly shared: boolean;
  readonly form: CompactForm;
}

/** Of a core without compact blocks. */
export const NO_BLOCK = 0xffffffff;

/** Flags of the two words of a core in `compact`. */
const COMPACT_FLAG = { shared: 1, general: 2, allTargets: 4 } as const;

/** Lanes of a vector of weights where all neurons have the same. */
const SHARED_LANES = 16;
/** Largest magnitudes per axon type and of all, before compact weights. */
const headerBytes = ({ axonTypes }: KernelGeometry): number => (axonTypes === 4 ? 16 : 32);
/** Parameters and threshold masks of a wide block; its weights come before. */
const WIDE_PARAMETER_BYTES = 5120;
const WIDE_MASK_BYTES = 1024;
const wideWeightBytes = ({ axonTypes }: KernelGeometry): number => axonTypes * BLOCK * 2;
/** The kernel's potentials of 16 bits lie within this between ticks; beyond, it changes to 32 bits. */
const SAFE = 16_383;
const INT16_MAX = 32_767;

/** Decides how every core is stored. */
export function planBlocks(source: Source, geometry: KernelGeometry): BlockPlan {
  const { spec, cores } = source;
  const nCores = cores.nCores * geometry.blocks;
  const wideBytes = wideWeightBytes(geometry) + WIDE_PARAMETER_BYTES + WIDE_MASK_BYTES;
  const wide = new Uint32Array(nCores);
  const compact = new Uint32Array(nCores * 2).fill(NO_BLOCK);
  const blocks: PlannedBlock[] = [];
  const known = new Map<string, number>();
  let bytes = 0;
  const place = (block: Omit<PlannedBlock, 'offset' | 'shared'>, size: number, key: string | undefined): number => {
    const name = `${block.kind} ${block.form} ${key ?? ''}`;
    const found = key === undefined ? undefined : known.get(name);
    if (found !== undefined) return found;
    const offset = bytes;
    blocks.push({ ...block, offset, shared: key !== undefined });
    bytes += Math.ceil(size / 64) * 64;
    if (key !== undefined) known.set(name, offset);
    return offset;
  };
  for (let core = 0; core < nCores; core++) {
    const neurons = placeOf(spec, geometry, core);
    const weightsKey = sharedWeights(source, neurons);
    const recordsKey = sharedRecords(source, neurons);
    const wideKey = weightsKey === undefined || recordsKey === undefined ? undefined : `${weightsKey};${recordsKey}`;
    wide[core] = place({ kind: 'wide', core, form: 'general' }, wideBytes, wideKey);
    const form = compactForm(source, neurons, typesOf(source, geometry, core));
    if (form === undefined) continue;
    const typesKey = weightsKey === undefined ? undefined : `${weightsKey};${typesOf(source, geometry, core)}`;
    const weightBytes = headerBytes(geometry) + geometry.axonTypes * (weightsKey === undefined ? BLOCK : SHARED_LANES);
    const recordBytes = recordSize(form) * (recordsKey === undefined ? 32 : 1);
    compact[core * 2] =
      place({ kind: 'weights', core, form: 'general' }, weightBytes, typesKey) +
      (weightsKey === undefined ? 0 : COMPACT_FLAG.shared);
    compact[core * 2 + 1] =
      place({ kind: 'records', core, form }, recordBytes, recordsKey) +
      (recordsKey === undefined ? 0 : COMPACT_FLAG.shared) +
      (form === 'general' ? COMPACT_FLAG.general : 0) +
      (allTargets(cores, neurons) ? COMPACT_FLAG.allTargets : 0);
  }
  return { wide, compact, bytes, blocks };
}

/** Writes all blocks into `region`, from byte `at`. */
export function writeBlocks(
  { blocks }: BlockPlan,
  source: Source,
  geometry: KernelGeometry,
  region: ArrayBufferLike,
  at: number,
): void {
  for (const block of blocks) {
    const address = at + block.offset;
    if (block.kind === 'wide') writeWide(source, geometry, block.core, region, address);
    else if (block.kind === 'weights') writeWeights(source, geometry, block, region, address);
    else writeRecords(source, geometry, block, region, address);
  }
}

/** The neurons of a core of the kernel in the program. */
interface BlockPlace {
  readonly first: number;
  readonly nNeurons: number;
}

function placeOf(spec: TrueNorthSpec, { blocks }: KernelGeometry, core: number): BlockPlace {
  const block = core % blocks;
  const first = Math.floor(core / blocks) * spec.neuronsPerCore + block * BLOCK;
  return { first, nNeurons: neuronsInBlock(spec, block) };
}

/** The weights of a neuron as text if all 256 neurons of the core have the same. */
function sharedWeights({ spec, cores: { weights } }: Source, { first, nNeurons }: BlockPlace): string | undefined {
  if (nNeurons !== BLOCK) return undefined;
  const { axonTypes } = spec;
  const from = first * axonTypes;
  for (let i = from + axonTypes, t = 0; i < from + BLOCK * axonTypes; i++, t = t + 1 === axonTypes ? 0 : t + 1) {
    if (weights[i] !== weights[from + t]) return undefined;
  }
  return weights.subarray(from, from + axonTypes).join();
}

/** The other parameters of a neuron as text if all 256 neurons of the core have the same. */
function sharedRecords({ cores }: Source, { first, nNeurons }: BlockPlace): string | undefined {
  if (nNeurons !== BLOCK) return undefined;
  const fields = [
    ...[cores.leak, cores.leakReversal, cores.threshold, cores.negativeThreshold, cores.resetMode],
    ...[cores.negativeMode, cores.resetPotential, cores.stochastic, cores.thresholdBits],
  ];
  for (const field of fields) {
    const value = field[first]!;
    for (let i = first + 1; i < first + BLOCK; i++) if (field[i] !== value) return undefined;
  }
  return fields.map((field) => field[first]).join();
}

function allTargets({ target }: CoreArrays, { first, nNeurons }: BlockPlace): boolean {
  if (nNeurons !== BLOCK) return false;
  for (let i = first; i < first + BLOCK; i++) if (target[i] === NO_TARGET) return false;
  return true;
}

/** Bit mask of the axon types that axons of a core of the kernel have. */
function typesOf({ spec, cores }: Source, { blocks }: KernelGeometry, kernelCore: number): number {
  const core = Math.floor(kernelCore / blocks);
  let used = 0;
  for (let i = core * spec.axonsPerCore; i < (core + 1) * spec.axonsPerCore; i++) used |= 1 << cores.axonType[i]!;
  return used;
}

/** `saturating`: every neuron saturates at -SAFE or above, and no reset ends below that. */
type CompactForm = 'saturating' | 'general';

const recordSize = (form: CompactForm): number => (form === 'general' ? 112 : 80);

/** How a core fits 16 bits, or `undefined` if it does not. */
function compactForm({ spec, cores }: Source, { first, nNeurons }: BlockPlace, types: number): CompactForm | undefined {
  if (spec.potentialMax < INT16_MAX) return undefined;
  let form: CompactForm = 'saturating';
  for (let i = first; i < first + nNeurons; i++) {
    if (Math.abs(cores.initialPotential[i]!) > SAFE) return undefined;
    if (cores.stochastic[i] !== 0 || cores.thresholdBits[i] !== 0 || cores.leakReversal[i] !== 0) return undefined;
    if (Math.abs(cores.leak[i]!) > 255) return undefined;
    for (let type = 0; type < spec.axonTypes; type++) {
      if (((types >>> type) & 1) === 1 && Math.abs(cores.weights[i * spec.axonTypes + type]!) > 127) return undefined;
    }
    const normal = cores.resetMode[i] === RESET.normal;
    const reset = cores.resetPotential[i]!;
    if (normal && Math.abs(reset) > SAFE) return undefined;
    const saturates = cores.negativeMode[i] === NEGATIVE.saturate;
    const floor = -cores.negativeThreshold[i]!;
    if (!saturates || floor < -SAFE || (normal && reset < floor)) form = 'general';
  }
  return form;
}

const int16 = (value: number): number => Math.max(-INT16_MAX - 1, Math.min(INT16_MAX, value));

function writeWeights(
  source: Source,
  geometry: KernelGeometry,
  block: PlannedBlock,
  region: ArrayBufferLike,
  at: number,
): void {
  const { spec, cores } = source;
  const { core, shared } = block;
  const { first, nNeurons } = placeOf(spec, geometry, core);
  const width = shared ? SHARED_LANES : BLOCK;
  const types = typesOf(source, geometry, core);
  const header = headerBytes(geometry);
  const largest = new Uint8Array(region, at, header);
  const weights = new Int8Array(region, at + header, geometry.axonTypes * width);
  for (let type = 0; type < spec.axonTypes; type++) {
    if (((types >>> type) & 1) === 0) continue;
    for (let lane = 0; lane < (shared ? SHARED_LANES : nNeurons); lane++) {
      const weight = cores.weights[(first + lane) * spec.axonTypes + type]!;
      weights[type * width + lane] = weight;
      largest[type] = Math.max(largest[type]!, Math.abs(weight));
    }
  }
  largest[geometry.axonTypes] = Math.max(...largest.subarray(0, geometry.axonTypes));
}

function writeRecords(
  source: Source,
  geometry: KernelGeometry,
  block: PlannedBlock,
  region: ArrayBufferLike,
  at: number,
): void {
  const { core, shared, form } = block;
  const { first, nNeurons } = placeOf(source.spec, geometry, core);
  const size = recordSize(form) / 2;
  const records = new Int16Array(region, at, (shared ? 1 : 32) * size);
  for (let neuron = 0; neuron < (shared ? 8 : 256); neuron++) {
    const stored = neuron < nNeurons;
    const values = stored ? compactValues(source, first + neuron) : COMPACT_PADDING;
    const record = (neuron >>> 3) * size + (neuron & 7);
    values.slice(0, size / 8).forEach((value, vector) => (records[record + vector * 8] = value));
  }
}

/** leak, fireLimit, drop, subtract, floor, dropBelow, subtractBelow. */
function compactValues({ spec, cores }: Source, i: number): number[] {
  const above = resetAbove(cores, i);
  const below = resetBelow(cores, i);
  const [fireLimit, negativeLimit] = limits({ spec, cores }, i);
  const saturates = cores.negativeMode[i] === NEGATIVE.saturate;
  return [
    cores.leak[i]!,
    int16(fireLimit),
    above.keep ? 0 : -1,
    int16(above.subtract),
    int16(saturates ? -cores.negativeThreshold[i]! : negativeLimit),
    below.keep ? 0 : -1,
    int16(below.subtract),
  ];
}

const COMPACT_PADDING: readonly number[] = [0, INT16_MAX, 0, 0, -INT16_MAX - 1, 0, 0];

/**
 * Bits of the first vector, above the 16 bits of the leak. Keep flags stand for masks of 32 ones. The next five are read with
 * stochastic modes only: the leak is drawn; the threshold draw eta is subtracted above, moves the negative threshold, is added
 * below; the top is alpha + 2^TM - 1 (for gamma 2 with kappa 1, where `subtract` is -alpha).
 */
const FLAG = {
  ...{ keep: 1 << 31, keepBelow: 1 << 30, reversal: 1 << 28 },
  ...{ drawnLeak: 1 << 27, etaAbove: 1 << 26, etaLimit: 1 << 25, etaBelow: 1 << 24, top: 1 << 23 },
} as const;

/** A neuron that is not there: it never fires and never moves. */
const WIDE_PADDING: readonly number[] = [0, 2147483647, 0, -2147483648, 0];

/**
 * Parameters of four neurons are five vectors. With V after the leak:
 *
 *   fire when V > fireLimit: V = (V & keep) - subtract
 *   else when V < negativeLimit: V = (V & keepBelow) - subtractBelow
 */
function writeWide(source: Source, geometry: KernelGeometry, core: number, region: ArrayBufferLike, at: number): void {
  const { spec, cores } = source;
  const { first, nNeurons } = placeOf(spec, geometry, core);
  const parameterAt = at + wideWeightBytes(geometry);
  const weights = new Int16Array(region, at, geometry.axonTypes * BLOCK);
  const parameters = new Int32Array(region, parameterAt, WIDE_PARAMETER_BYTES / 4);
  const masks = new Int32Array(region, parameterAt + WIDE_PARAMETER_BYTES, BLOCK);
  for (let neuron = 0; neuron < BLOCK; neuron++) {
    const lane = (neuron >>> 2) * 20 + (neuron & 3);
    const i = first + neuron;
    const stored = neuron < nNeurons;
    const values = stored ? wideValues(source, i) : WIDE_PADDING;
    values.forEach((value, vector) => (parameters[lane + vector * 4] = value));
    if (!stored) continue;
    for (let type = 0; type < spec.axonTypes; type++) {
      weights[type * BLOCK + neuron] = cores.weights[i * spec.axonTypes + type]!;
    }
    masks[neuron] = 2 ** cores.thresholdBits[i]! - 1;
  }
}

/** Leak and flags, fireLimit, subtract, negativeLimit, subtractBelow. */
function wideValues({ spec, cores }: Source, i: number): number[] {
  const above = resetAbove(cores, i);
  const below = resetBelow(cores, i);
  const [fireLimit, negativeLimit] = limits({ spec, cores }, i);
  const flags =
    (above.keep ? FLAG.keep : 0) |
    (below.keep ? FLAG.keepBelow : 0) |
    (cores.leakReversal[i] === 1 ? FLAG.reversal : 0) |
    drawFlags({ spec, cores }, i);
  return [(cores.leak[i]! & 0xffff) | flags, fireLimit, above.subtract, negativeLimit, below.subtract];
}

/** Fires above the first; the negative rule acts below the second. */
function limits({ spec, cores }: Source, i: number): readonly [number, number] {
  const alpha = cores.threshold[i]!;
  const beta = cores.negativeThreshold[i]!;
  return [
    spec.positiveComparison === 'atLeast' ? alpha - 1 : alpha,
    spec.negativeComparison === 'below' ? -beta : -beta + 1,
  ];
}

function drawFlags({ spec, cores }: Source, i: number): number {
  const linear = cores.resetMode[i] === RESET.linear;
  const saturates = cores.negativeMode[i] === NEGATIVE.saturate;
  return (
    (drawsLeak({ spec, cores }, i) ? FLAG.drawnLeak : 0) |
    (linear && spec.linearReset === 'thresholdAndDraw' ? FLAG.etaAbove : 0) |
    (saturates ? 0 : FLAG.etaLimit) |
    (linear && !saturates ? FLAG.etaBelow : 0) |
    (saturates && cores.resetMode[i] === RESET.none ? FLAG.top : 0)
  );
}

/** Whether neuron `i` draws its leak. A leak of 0 has no sign: drawing it changes nothing. */
export function drawsLeak({ spec, cores }: Source, i: number): boolean {
  return (cores.stochastic[i]! & stochasticLeakBit(spec)) !== 0 && cores.leak[i] !== 0;
}

/** A reset as V = (keep ? V : 0) - subtract. */
interface Reset {
  readonly keep: boolean;
  readonly subtract: number;
}

function resetAbove(cores: CoreArrays, i: number): Reset {
  const alpha = cores.threshold[i]!;
  switch (cores.resetMode[i]) {
    case RESET.normal:
      return { keep: false, subtract: -cores.resetPotential[i]! };
    case RESET.linear:
      return { keep: true, subtract: alpha };
    default:
      // Saturation at alpha: a neuron that fires is at alpha or above, so it ends at alpha.
      return cores.negativeMode[i] === NEGATIVE.saturate
        ? { keep: false, subtract: -alpha }
        : { keep: true, subtract: 0 };
  }
}

function resetBelow(cores: CoreArrays, i: number): Reset {
  const beta = cores.negativeThreshold[i]!;
  if (cores.negativeMode[i] === NEGATIVE.saturate) return { keep: false, subtract: beta };
  switch (cores.resetMode[i]) {
    case RESET.normal:
      return { keep: false, subtract: cores.resetPotential[i]! };
    case RESET.linear:
      return { keep: true, subtract: -beta };
    default:
      return { keep: true, subtract: 0 };
  }
}
