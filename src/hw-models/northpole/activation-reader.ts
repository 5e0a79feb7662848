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

/** Image coordinates of operand e of a block; they may lie in the padding. */
export function operandPixel(
  layer: VmmLayer,
  block: KBlock,
  at: Pick<Position, 'y' | 'x'>,
  nIn: number,
  e: number,
): { readonly y: number; readonly x: number; readonly c: number } {
  const element = block.c0 + e;
  return {
    y: tapAt(layer, 0, at.y, block.ky),
    x: tapAt(layer, 1, at.x, block.kx + Math.floor(element / nIn)),
    c: element % nIn,
  };
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
  let first = -1;
  let last = -1;
  for (let e = 0; e < block.length; e++) {
    const { y, x, c } = operandPixel(layer, block, position, nIn, e);
    if (y < 0 || y >= height || x < 0 || x >= width) {
      values[e] = layer.padValue;
      continue;
    }
    if (y < region.y0 || y >= region.y1 || x < region.x0 || x >= region.x1 || c < region.c0 || c >= region.c1) {
      throw violation(place, 'activation port', `element ${y},${x},${c} is not in this memory`);
    }
    const index = elementIndex(region, position.frame, y, x, c);
    if (first >= 0 && index !== last + 1) {
      throw violation(place, 'activation port', `a vector in two pieces, elements ${last} and ${index}`);
    }
    if (first < 0) first = index;
    last = index;
    values[e] = memory.read(place.cycle, buffer, index);
  }
  if (first < 0) return { values, bytes: 0 };
  const bytes = Math.ceil(((last - first + 1) * buffer.bits) / 8);
  memory.activationPort.use(place, bytes);
  return { values, bytes };
}
