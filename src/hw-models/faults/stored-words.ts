/**
 * Faulty bits of the memories of a TrueNorth-style core that hold numbers, one row per neuron: the thresholds alpha and beta, and the
 * destination. A bit reads as {@link readBit} says, by two draws of its own (a flip, a stuck bit) that are the same at all rates.
 *
 *   threshold     unsigned, as many bits as thresholdMax needs (18 on the published chip)
 *   destination   from bit 0: delay (4 bits on the published chip), axon (8), dy (9, two's complement), dx (9): 30 bits
 *
 * The faulty chip is a program with other arrays.
 */
import { checkStoredBits } from './check-rates.js';
import { draw4, PURPOSE, type Purpose } from '../../common/rng.js';
import { NO_TARGET, type TrueNorthProgram, type TrueNorthSpec } from '../../ir/program/truenorth.js';
import { isFaultless, readBit, type StoredBitFaults } from './stored-bits.js';

/** Faults of the stored words of one chip. */
export interface StoredWordFaults extends StoredBitFaults {
  /** [nCores] 1 for the cores at risk; all without it. */
  readonly cores?: Uint8Array;
}

const bitLength = (largest: number): number => 32 - Math.clz32(largest);

/** Bits of a stored threshold: 18 on the published chip. */
export const thresholdBits = ({ thresholdMax }: Pick<TrueNorthSpec, 'thresholdMax'>): number => bitLength(thresholdMax);

/** Reads words of one memory; {@link WordReader.read} of a word draws the bits of that word. */
interface WordReader {
  /** The `bits` bits of `written` as they are read; they begin at position `position` of the row (core, neuron, block of draws `first`). */
  read(written: number, bits: number, position: number): number;
  /** Goes to the word of which the draws are (core, neuron, first), (core, neuron, first + 1), ... */
  seek(core: number, neuron: number, first: number): void;
}

function wordReader(faults: StoredBitFaults, flipPurpose: Purpose, stuckPurpose: Purpose): WordReader {
  const anyFlips = faults.flip0to1 > 0 || faults.flip1to0 > 0;
  const anyStuck = faults.stuckAt0 > 0 || faults.stuckAt1 > 0;
  const flips = new Uint32Array(4);
  const stuck = new Uint32Array(4);
  let [core, neuron, first, drawn] = [0, 0, 0, -1];
  return {
    seek: (toCore, toNeuron, toFirst) => {
      [core, neuron, first, drawn] = [toCore, toNeuron, toFirst, -1];
    },
    read: (written, bits, position) => {
      let value = 0;
      for (let bit = 0; bit < bits; bit++) {
        const at = position + bit;
        const block = at >>> 2;
        if (block !== drawn) {
          if (anyFlips) draw4(faults.chipSeed, flipPurpose, core, neuron, first + block, flips);
          if (anyStuck) draw4(faults.chipSeed, stuckPurpose, core, neuron, first + block, stuck);
          drawn = block;
        }
        const stored = (written >>> bit) & 1;
        const atRisk = !faults.protectedBits.includes(at);
        // Without a draw the word is 0 where it would not be looked at.
        value |= (atRisk ? readBit(stored, flips[at & 3]!, stuck[at & 3]!, faults) : stored) << bit;
      }
      return value >>> 0;
    },
  };
}

/** Blocks of draws of one threshold: 32 bits. */
const THRESHOLD_BLOCKS = 8;

/** The program with the thresholds that a faulty chip reads: alpha and beta of all neurons of the cores at risk, used or not. */
export function withThresholdFaults(program: TrueNorthProgram, faults: StoredWordFaults): TrueNorthProgram {
  checkStoredBits(faults);
  if (isFaultless(faults)) return program;
  const { spec, cores } = program;
  const threshold = cores.threshold.slice();
  const negativeThreshold = cores.negativeThreshold.slice();
  const bits = thresholdBits(spec);
  const reader = wordReader(faults, PURPOSE.thresholdBitFlip, PURPOSE.thresholdStuckBit);
  for (let i = 0; i < threshold.length; i++) {
    const core = Math.floor(i / spec.neuronsPerCore);
    if (faults.cores !== undefined && faults.cores[core] === 0) continue;
    reader.seek(core, i % spec.neuronsPerCore, 0);
    threshold[i] = reader.read(threshold[i]!, bits, 0);
    reader.seek(core, i % spec.neuronsPerCore, THRESHOLD_BLOCKS);
    negativeThreshold[i] = reader.read(negativeThreshold[i]!, bits, 0);
  }
  return { ...program, cores: { ...cores, threshold, negativeThreshold } };
}

/** Widths of the parts of a destination, from bit 0 on. */
export interface DestinationLayout {
  readonly delay: number;
  readonly axon: number;
  /** Of dy and of dx, the sign included. */
  readonly hop: number;
}

/** The widths on the chip of `spec`; 4, 8, 9 on the published one. */
export const destinationLayout = (
  spec: Pick<TrueNorthSpec, 'maxDelay' | 'axonsPerCore' | 'maxHop'>,
): DestinationLayout => ({
  delay: bitLength(spec.maxDelay),
  axon: bitLength(spec.axonsPerCore - 1),
  hop: bitLength(spec.maxHop) + 1,
});

/** Bits of a stored destination: dx and dy with their sign, axon and delay; 30 on the published chip. */
export function destinationBits(spec: Pick<TrueNorthSpec, 'maxDelay' | 'axonsPerCore' | 'maxHop'>): number {
  const { delay, axon, hop } = destinationLayout(spec);
  return delay + axon + 2 * hop;
}

/**
 * The program with the destinations that a faulty chip reads. At risk are those of neurons that drive a core: where a chip stores which pin a
 * neuron drives, and what it stores for a neuron that drives nothing, the model does not say. A spike vanishes whose destination is off the
 * grid, at a place without a core of the program or at an axon the core does not have, and so does one with delay 0 or above maxDelay.
 */
export function withDestinationFaults(program: TrueNorthProgram, faults: StoredWordFaults): TrueNorthProgram {
  checkStoredBits(faults);
  if (isFaultless(faults)) return program;
  const { spec, cores } = program;
  const target = cores.target.slice();
  const targetAxon = cores.targetAxon.slice();
  const delay = cores.delay.slice();
  const widths = destinationLayout(spec);
  const reader = wordReader(faults, PURPOSE.destinationBitFlip, PURPOSE.destinationStuckBit);
  const coreAt = new Map<number, number>();
  const place = (x: number, y: number): number => y * 65_536 + x;
  for (let core = 0; core < cores.nCores; core++) coreAt.set(place(cores.x[core]!, cores.y[core]!), core);
  const signed = (word: number): number => (word << (32 - widths.hop)) >> (32 - widths.hop);
  for (let i = 0; i < target.length; i++) {
    const core = Math.floor(i / spec.neuronsPerCore);
    const to = target[i]!;
    if (to < 0 || (faults.cores !== undefined && faults.cores[core] === 0)) continue;
    const [x, y] = [cores.x[core]!, cores.y[core]!];
    reader.seek(core, i % spec.neuronsPerCore, 0);
    const readDelay = reader.read(delay[i]!, widths.delay, 0);
    const readAxon = reader.read(targetAxon[i]!, widths.axon, widths.delay);
    const dy = signed(reader.read(cores.y[to]! - y, widths.hop, widths.delay + widths.axon));
    const dx = signed(reader.read(cores.x[to]! - x, widths.hop, widths.delay + widths.axon + widths.hop));
    const onGrid = x + dx >= 0 && x + dx < spec.gridWidth && y + dy >= 0 && y + dy < spec.gridHeight;
    const found = onGrid ? coreAt.get(place(x + dx, y + dy)) : undefined;
    if (found === undefined || readDelay === 0 || readDelay > spec.maxDelay || readAxon >= spec.axonsPerCore) {
      target[i] = NO_TARGET;
      continue;
    }
    target[i] = found;
    targetAxon[i] = readAxon;
    delay[i] = readDelay;
  }
  return { ...program, cores: { ...cores, target, targetAxon, delay } };
}
