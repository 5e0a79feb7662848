/**
 * The parameters of a core as the kernel reads them. Cores whose 256 neurons are all equal share a block with the other cores of
 * the same neuron; the rest have blocks of their own.
 *
 *   wide      weights [4, 256] i16, parameters [64, 5, 4] i32 (five vectors of four neurons), threshold masks [256] i32
 *   compact   for cores whose potentials fit 16 bits: header of 16 bytes; weights [4, 256] i8, or [4, 16] if all neurons are equal;
 *             then records of eight neurons, 5 or 7 vectors of i16, or one record if all neurons are equal
 */
import {
  NEGATIVE,
  RESET,
  type CoreArrays,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../../ir/program/truenorth.js';

type Source = Pick<TrueNorthProgram, 'spec' | 'cores'>;

/** Which block each core reads, as offsets into the region of all blocks. */
export interface BlockPlan {
  /** [nCores] */
  readonly wide: Uint32Array;
  /** [nCores] NO_BLOCK for a core that needs 32 bits. */
  readonly compact: Uint32Array;
  readonly bytes: number;
  /** Every block once. */
  readonly blocks: readonly PlannedBlock[];
}

interface PlannedBlock {
  readonly offset: number;
  readonly kind: 'wide' | 'compact';
  readonly core: number;
  readonly shared: boolean;
}

export const NO_BLOCK = 0xffffffff;

const WIDE_BYTES = 8192;
/** The kernel's potentials of 16 bits lie within this between ticks; beyond, it changes to 32 bits. */
const SAFE = 16_383;
const INT16_MAX = 32_767;

/** Decides how every core is stored. */
export function planBlocks({ spec, cores }: Source): BlockPlan {
  const wide = new Uint32Array(cores.nCores);
  const compact = new Uint32Array(cores.nCores).fill(NO_BLOCK);
  const blocks: PlannedBlock[] = [];
  const known = new Map<string, number>();
  let bytes = 0;
  const place = (kind: PlannedBlock['kind'], core: number, size: number, key: string | undefined): number => {
    const found = key === undefined ? undefined : known.get(kind + key);
    if (found !== undefined) return found;
    const offset = bytes;
    blocks.push({ offset, kind, core, shared: key !== undefined });
    bytes += Math.ceil(size / 64) * 64;
    if (key !== undefined) known.set(kind + key, offset);
    return offset;
  };
  for (let core = 0; core < cores.nCores; core++) {
    const key = sharedKey(spec, cores, core);
    wide[core] = place('wide', core, WIDE_BYTES, key);
    const form = compactForm(spec, cores, core, key !== undefined);
    if (form === undefined) continue;
    compact[core] = place(
      'compact',
      core,
      compactBytes(form, key !== undefined),
      key && `${key},${usedTypes(spec, cores, core)}`,
    );
  }
  return { wide, compact, bytes, blocks };
}

/** Writes all blocks into `region`, the bytes of the plan. */
export function writeBlocks({ blocks }: BlockPlan, source: Source, region: ArrayBufferLike, at: number): void {
  for (const { offset, kind, core, shared } of blocks) {
    if (kind === 'wide') writeWide(source, core, region, at + offset);
    else writeCompact(source, core, shared, region, at + offset);
  }
}

/** The parameters of a neuron as text if all 256 neurons of the core have the same. */
function sharedKey(spec: TrueNorthSpec, cores: CoreArrays, core: number): string | undefined {
  if (spec.neuronsPerCore !== 256) return undefined;
  const first = core * 256;
  const fields = [
    ...[cores.leak, cores.leakReversal, cores.threshold, cores.negativeThreshold, cores.resetMode],
    ...[cores.negativeMode, cores.resetPotential, cores.stochastic, cores.thresholdBits],
  ];
  for (const field of fields) {
    const value = field[first]!;
    for (let i = first + 1; i < first + 256; i++) if (field[i] !== value) return undefined;
  }
  for (let i = first * 4 + 4; i < (first + 256) * 4; i++) {
    if (cores.weights[i] !== cores.weights[first * 4 + (i & 3)]) return undefined;
  }
  return [...fields.map((field) => field[first]), ...cores.weights.subarray(first * 4, first * 4 + 4)].join();
}

/** Bit mask of the axon types that axons of the core have. */
function usedTypes(spec: TrueNorthSpec, cores: CoreArrays, core: number): number {
  let used = 0;
  for (let i = core * spec.axonsPerCore; i < (core + 1) * spec.axonsPerCore; i++) used |= 1 << cores.axonType[i]!;
  return used;
}

/** `saturating`: every neuron saturates below, and no reset ends below that. */
type CompactForm = 'saturating' | 'general';

const compactBytes = (form: CompactForm, shared: boolean): number =>
  16 + (shared ? 64 : 1024) + (shared ? 1 : 32) * recordBytes(form);

const recordBytes = (form: CompactForm): number => (form === 'general' ? 112 : 80);

/** How a core fits 16 bits, or `undefined` if it does not. */
function compactForm(spec: TrueNorthSpec, cores: CoreArrays, core: number, shared: boolean): CompactForm | undefined {
  if (spec.potentialMax < INT16_MAX) return undefined;
  const types = usedTypes(spec, cores, core);
  const first = core * spec.neuronsPerCore;
  let form: CompactForm = 'saturating';
  for (let i = first; i < first + spec.neuronsPerCore; i++) {
    if (Math.abs(cores.initialPotential[i]!) > SAFE) return undefined;
    if (shared && i > first) continue;
    if (cores.stochastic[i] !== 0 || cores.thresholdBits[i] !== 0 || cores.leakReversal[i] !== 0) return undefined;
    if (Math.abs(cores.leak[i]!) > 255) return undefined;
    for (let type = 0; type < 4; type++) {
      if (((types >>> type) & 1) === 1 && Math.abs(cores.weights[i * 4 + type]!) > 127) return undefined;
    }
    const normal = cores.resetMode[i] === RESET.normal;
    const reset = cores.resetPotential[i]!;
    if (normal && Math.abs(reset) > SAFE) return undefined;
    const saturates = cores.negativeMode[i] === NEGATIVE.saturate;
    if (!saturates || (normal && reset < -cores.negativeThreshold[i]!)) form = 'general';
  }
  return form;
}

const int16 = (value: number): number => Math.max(-INT16_MAX - 1, Math.min(INT16_MAX, value));

function writeCompact(source: Source, core: number, shared: boolean, region: ArrayBufferLike, at: number): void {
  const { spec, cores } = source;
  const form = compactForm(spec, cores, core, shared) ?? 'general';
  const nNeurons = shared ? 1 : spec.neuronsPerCore;
  const types = usedTypes(spec, cores, core);
  const header = new Uint8Array(region, at, 16);
  const weights = new Int8Array(region, at + 16, shared ? 64 : 1024);
  const width = shared ? 16 : 256;
  for (let type = 0; type < 4; type++) {
    if (((types >>> type) & 1) === 0) continue;
    for (let neuron = 0; neuron < nNeurons; neuron++) {
      const weight = cores.weights[(core * spec.neuronsPerCore + neuron) * 4 + type]!;
      if (shared) weights.fill(weight, type * width, (type + 1) * width);
      else weights[type * width + neuron] = weight;
      header[type] = Math.max(header[type]!, Math.abs(weight));
    }
  }
  header[4] = Math.max(...header.subarray(0, 4));
  header[8] = shared ? 1 : 0;
  header[9] = form === 'general' ? 1 : 0;
  const size = recordBytes(form) / 2;
  const records = new Int16Array(region, at + 16 + weights.length, (shared ? 1 : 32) * size);
  for (let lane = 0; lane < (shared ? 8 : 256); lane++) {
    const neuron = shared ? 0 : lane;
    const stored = neuron < spec.neuronsPerCore;
    const values = stored ? compactValues(source, core * spec.neuronsPerCore + neuron) : COMPACT_PADDING;
    const record = (lane >>> 3) * size + (lane & 7);
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
function writeWide(source: Source, core: number, region: ArrayBufferLike, at: number): void {
  const { spec, cores } = source;
  const weights = new Int16Array(region, at, 1024);
  const parameters = new Int32Array(region, at + 2048, 64 * 20);
  const masks = new Int32Array(region, at + 7168, 256);
  for (let neuron = 0; neuron < 256; neuron++) {
    const lane = (neuron >>> 2) * 20 + (neuron & 3);
    const i = core * spec.neuronsPerCore + neuron;
    const stored = neuron < spec.neuronsPerCore;
    const values = stored ? wideValues(source, i) : WIDE_PADDING;
    values.forEach((value, vector) => (parameters[lane + vector * 4] = value));
    if (!stored) continue;
    for (let type = 0; type < 4; type++) weights[type * 256 + neuron] = cores.weights[i * 4 + type]!;
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
    (drawsLeak(cores, i) ? FLAG.drawnLeak : 0) |
    (linear && spec.linearReset === 'thresholdAndDraw' ? FLAG.etaAbove : 0) |
    (saturates ? 0 : FLAG.etaLimit) |
    (linear && !saturates ? FLAG.etaBelow : 0) |
    (saturates && cores.resetMode[i] === RESET.none ? FLAG.top : 0)
  );
}

/** Whether neuron `i` draws its leak. A leak of 0 has no sign: drawing it changes nothing. */
export function drawsLeak(cores: CoreArrays, i: number): boolean {
  return ((cores.stochastic[i]! >>> 4) & 1) === 1 && cores.leak[i] !== 0;
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
