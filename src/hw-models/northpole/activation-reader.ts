/**
 * The activation port's address generator: the operand vector of a block at a position, padding inserted.
 *
 * Operand e of a block is element c0 + e counted from pixel kx of window row ky, channels last (blocks.ts). Taps outside the image are
 * `padValue` and are not read (S: pad insertion in the VMM; A: at no cost). What is read must lie in one piece and fit the port.
 */
import type { VmmLayer } from '../../ir/program/northpole.js';
import type { KBlock } from './blocks.js';
import type { Position } from './exchange.js';
import { tapAt } from './layer-plan.js';
import type { CoreMemory, MemoryBuffer } from './memory.js';
import { elementIndex, type Region } from './regions.js';
import { violation, type Place } from './violation.js';

/** What a vector is read from. */
export interface VectorSource {
  readonly layer: VmmLayer;
  readonly buffer: MemoryBuffer;
  /** Part of the operand in this memory. */
  readonly region: Region;
  /** [height, width, channels] of the whole operand. */
  readonly shape: readonly [number, number, number];
}

/** An operand vector and the bytes it took on the port. */
export interface ActivationVector {
  /** [lanes] 0 beyond the length of the block. */
  readonly values: Int32Array;
  readonly bytes: number;
}

/** Reads the vector of a block for an output position; takes the activation port unless all of it is padding. */
export function readActivations(
  place: Place,
  memory: CoreMemory,
  { layer, buffer, region, shape }: VectorSource,
  block: KBlock,
  position: Position,
  lanes: number,
): ActivationVector {
  const [height, width, nIn] = shape;
  const values = new Int32Array(lanes);
  const end = block.c0 + block.length;
  const y = tapAt(layer, 0, position.y, block.ky);
  let first = -1;
  let next = -1;
  // One pixel after the other: a packed block runs over several.
  for (let element = block.c0; element < end;) {
    const pixel = Math.floor(element / nIn);
    const x = tapAt(layer, 1, position.x, block.kx + pixel);
    const c0 = element - pixel * nIn;
    const c1 = Math.min(nIn, end - pixel * nIn);
    const lane = element - block.c0;
    element += c1 - c0;
    if (y < 0 || y >= height || x < 0 || x >= width) {
      values.fill(layer.padValue, lane, lane + c1 - c0);
      continue;
    }
    if (y < region.y0 || y >= region.y1 || x < region.x0 || x >= region.x1 || c0 < region.c0 || c1 > region.c1) {
      throw violation(place, 'activation port', `channels ${c0}..${c1 - 1} of pixel ${y},${x} are not in this memory`);
    }
    const index = elementIndex(region, position.frame, y, x, c0);
    if (first >= 0 && index !== next) {
      throw violation(place, 'activation port', `a vector in two pieces, elements ${next - 1} and ${index}`);
    }
    if (first < 0) first = index;
    next = index + c1 - c0;
    for (let n = index; n < next; n++) values[lane + n - index] = memory.read(place.cycle, buffer, n);
  }
  if (first < 0) return { values, bytes: 0 };
  const bytes = Math.ceil(((next - first) * buffer.bits) / 8);
  memory.activationPort.use(place, bytes);
  return { values, bytes };
}
