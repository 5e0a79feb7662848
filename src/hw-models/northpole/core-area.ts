/**
 * Area of a NorthPole-style core from its parameters, 12 nm:
 *
 *   memories   0.0785 um2 a bit (0.056 .. 0.11): unified memory, partial sums, output and program buffer
 *   VMM        1.96 um2 per bit product of its multipliers at the widest precision: 0.16 mm2
 *   vector     1150 um2 a lane: a 32-bit multiplier and adder
 *   rest       what 1.6 mm x 1.6 mm leave in the published core, (1 - s) + s (wires and port bits, relative to it); s 0 .. 1, one half here
 *
 * In print: 800 mm2 and 256 cores, 12 nm. The pitch of 1.6 mm leaves 18 % of the die for the frame buffer and the rim (assumed). Bits: the
 * printed cell at 28 nm and CACTI's area, scaled; bit product: full adder and product at 28 nm (ZigZag's library), scaled; lane: 6350 and 278 um2
 * at 40 nm (Accelergy's library), scaled with Stillmaker and Baas 2017. No split of the core's area is in print.
 */
import { hullOf, type Quantity } from '../../common/quantity.js';
import { macBitProducts } from '../costs/arithmetic.js';
import { type NorthPoleStructure, PUBLISHED_STRUCTURE } from './structure.js';

/** Feature size of the published chip in nm. */
export const NODE_NM = 12;
/** From core to core in mm. */
const PUBLISHED_PITCH_MM = 1.6;
const BIT_UM2 = { low: 0.056, value: 0.0785, high: 0.11 } as const;
const BIT_PRODUCT_UM2 = 1.96;
const LANE_UM2 = 1150;
const REST_SHARE = { low: 0, value: 0.5, high: 1 } as const;
const UM2 = 1e-6;

const memoryBits = ({ memory, partialSums, outputBufferBytes, programBufferBytes }: NorthPoleStructure): number =>
  8 * (memory.bytes + partialSums.bufferBytes + outputBufferBytes + programBufferBytes);

function knownMm2(chip: NorthPoleStructure, bitUm2: number): number {
  const widest = Math.max(...chip.precisions);
  const multipliers = chip.vmm.outputs * (chip.vmm.vectorBits / widest);
  const vmm = BIT_PRODUCT_UM2 * macBitProducts(widest, widest) * multipliers;
  return (bitUm2 * memoryBits(chip) + vmm + LANE_UM2 * chip.vector.lanes) * UM2;
}

/** Wires of the four networks and bits of the memory's ports. */
function connections({ networks, memory }: NorthPoleStructure): number {
  const { model, partialSum, activation, instruction } = networks;
  const ports = memory.activationPortBytes + memory.weightPortBytes + memory.dataPortBytes;
  return model.wires + partialSum.wires + activation.wires + instruction.wires + 8 * ports;
}

function areaAt(chip: NorthPoleStructure, bitUm2: number, share: number): number {
  const rest = PUBLISHED_PITCH_MM ** 2 - knownMm2(PUBLISHED_STRUCTURE, bitUm2);
  const grows = connections(chip) / connections(PUBLISHED_STRUCTURE);
  return knownMm2(chip, bitUm2) + rest * (1 - share + share * grows);
}

/** Area of a core in mm2. */
export function coreAreaMm2(chip: NorthPoleStructure): Quantity {
  const value = areaAt(chip, BIT_UM2.value, REST_SHARE.value);
  const ends = [BIT_UM2.low, BIT_UM2.high].flatMap((bit) =>
    [REST_SHARE.low, REST_SHARE.high].map((share) => areaAt(chip, bit, share)),
  );
  return {
    value,
    ...hullOf([value, ...ends].map((area) => ({ low: area, high: area }))),
    unit: 'mm2',
    status: 'derived',
    source:
      'memories, multipliers and lanes at 12 nm, and what they leave of 1.6 mm x 1.6 mm in the published core (docs/costs.md)',
    nodeNm: NODE_NM,
  };
}

/** Area of the unified memory alone in mm2, at the cell of the value and at both ends. */
export const memoryAreaMm2 = ({
  memory,
}: Pick<NorthPoleStructure, 'memory'>): { low: number; value: number; high: number } => ({
  low: BIT_UM2.low * 8 * memory.bytes * UM2,
  value: BIT_UM2.value * 8 * memory.bytes * UM2,
  high: BIT_UM2.high * 8 * memory.bytes * UM2,
});
