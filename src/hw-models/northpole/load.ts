/**
 * What the host does: weights into the memories before the first batch, frames into the buffers of who reads them, results out of the
 * memories. None of this takes cycles of the batch (A: the host writes the next frames while the chip works).
 */
import { assert, present } from '../../common/assert.js';
import type { NorthPoleProgram, VmmLayer } from '../../ir/program/northpole.js';
import type { KBlock } from './blocks.js';
import type { NorthPoleChip } from './chip.js';
import { encodeWeight, writeCode } from './containers.js';
import { layerAt } from './exchange.js';
import { passChannels, type LayerPlan, planLayers, type SharePlan } from './layer-plan.js';
import { operandBuffer, resultBuffer, weightBase } from './layer-work.js';
import { elementIndex, operandTensor, readersOf, type Region, tensorAt } from './regions.js';
import { lineAddress } from './timing.js';
import { laneRange } from './vmm.js';

/** Before the first cycle. */
const BEFORE = -1;

/** Stores the weights of the layers in the cores that hold them (timing.ts, lineAddress). */
export function loadWeights(chip: NorthPoleChip, layers: readonly number[]): void {
  const { program } = chip;
  const lineBytes = program.spec.memory.weightPortBytes;
  for (const plan of layers.map((l) => present(chip.plans[l], `plan of layer ${l}`))) {
    const { layer, weights } = plan;
    if (layer.kind !== 'vmm' || weights === undefined) continue;
    const { lines } = weights.stream;
    for (const share of plan.shares) {
      // The tiles of a group hold one copy together; tile 0 stands for the group here.
      if (share.tile !== 0) continue;
      const group = plan.shares.filter((s) => s.outGroup === share.outGroup && s.inGroup === share.inGroup);
      for (let ob = 0; ob < layer.mapping.outBlocks; ob++) {
        for (let k = 0; k < plan.pass.nK; k++) {
          const bytes = blockImage(program, plan, share, ob, k, lines * lineBytes);
          for (let i = 0; i < lines; i++) {
            const { tile, offset } = lineAddress(program.spec, layer.mapping, lines, plan.pass.nK, { ob, k, i });
            const owner = present(group[tile], 'tile of a line');
            const line = bytes.subarray(i * lineBytes, (i + 1) * lineBytes);
            present(chip.cores[owner.core], 'core').memory.writeBytes(BEFORE, weightBase(plan, owner), offset, line);
          }
        }
      }
    }
  }
}

/** Bytes of block k of output-channel block `ob` of a group, filled up to whole lines. All zero where there is no such block. */
function blockImage(
  program: NorthPoleProgram,
  plan: LayerPlan,
  share: SharePlan,
  ob: number,
  k: number,
  size: number,
): Uint8Array {
  const bytes = new Uint8Array(size);
  const { layer, weights } = plan;
  const block = share.blocks[ob]?.[k];
  if (block === undefined || layer.kind !== 'vmm' || weights === undefined) return bytes;
  const [c0, c1] = passChannels(program, plan, share, ob);
  const nIn = operandTensor(program, layer, 0).shape[2];
  const nOut = tensorAt(program, layer.output).shape[2];
  for (let o = c0; o < c1; o++) {
    const [from, to] = laneRange({ groups: layer.groups, nIn, nOut }, block, o);
    for (let e = from; e < to; e++) {
      const code = encodeWeight(weightOf(layer, block, nIn, nOut, o, e), layer.weightBits);
      writeCode(bytes, layer.weightBits, (o - c0) * weights.lanes + e, code);
    }
  }
  return bytes;
}

/** Weight of output channel o for operand e of a block. */
function weightOf(layer: VmmLayer, block: KBlock, nIn: number, nOut: number, o: number, e: number): number {
  const [windowHeight, windowWidth] = layer.geometry.window;
  const perGroup = nIn / layer.groups;
  const group = Math.floor(o / (nOut / layer.groups));
  const element = block.c0 + e;
  const kx = block.kx + Math.floor(element / nIn);
  const c = (element % nIn) - group * perGroup;
  const index = ((o * windowHeight + block.ky) * windowWidth + kx) * perGroup + c;
  const weight = layer.weights[index];
  // Checked by hand: a message per weight would take longer than all the rest.
  if (weight === undefined) throw new Error(`internal error: ${layer.name} has no weight ${index}`);
  return weight;
}

/** Values of a tensor for a batch, [batch, height, width, channels]. */
export type TensorValues = Int32Array | Int16Array | Int8Array | Uint8Array;

/** Writes a whole tensor into the operand buffers of `layers` that read it. */
export function loadTensor(chip: NorthPoleChip, tensor: number, values: TensorValues, layers: readonly number[]): void {
  const { program } = chip;
  const { shape, zeroPoint = 0 } = tensorAt(program, tensor);
  const [height, width, channels] = shape;
  const expected = program.batch * height * width * channels;
  assert(values.length === expected, `tensor ${tensor} has ${expected} elements, got ${values.length}`);
  for (const { layer: l, operand, offset } of readersOf(program, tensor)) {
    if (!layers.includes(l)) continue;
    const buffer = operandBuffer(program, l, operand);
    for (const share of present(chip.plans[l], `plan of layer ${l}`).shares) {
      const region = present(share.operands[operand], 'region of an operand');
      const { memory } = present(chip.cores[share.core], 'core');
      forEachElement(program, region, offset, channels, (frame, y, x, c) => {
        const value = values[((frame * height + y) * width + x) * channels + c]!;
        memory.write(BEFORE, buffer, elementIndex(region, frame, y, x, c + offset), value + zeroPoint);
      });
    }
  }
}

/** A tensor put together from the memories. */
export interface StoredTensor {
  /** [batch, height, width, channels] values, without the zero point; 0 where nobody stores it. */
  readonly values: Int32Array;
  /** Likewise, 1 where a core stores the element. */
  readonly stored: Uint8Array;
}

/**
 * Reads a tensor back from all buffers that hold a part of it. An element that should be in a memory and is not, or two copies that differ, is
 * an error.
 */
export function readTensor(chip: NorthPoleChip, l: number, cycle: number): StoredTensor {
  const { program } = chip;
  const tensor = layerAt(program, l).output;
  const { shape, zeroPoint = 0 } = tensorAt(program, tensor);
  const [height, width, channels] = shape;
  const values = new Int32Array(program.batch * height * width * channels);
  const stored = new Uint8Array(values.length);
  const keep = (frame: number, y: number, x: number, c: number, read: number): void => {
    const value = read - zeroPoint;
    const at = ((frame * height + y) * width + x) * channels + c;
    assert(stored[at] === 0 || values[at] === value, `tensor ${tensor}: two copies of element ${y},${x},${c} differ`);
    values[at] = value;
    stored[at] = 1;
  };
  for (const { layer: r, operand, offset } of readersOf(program, tensor)) {
    const buffer = operandBuffer(program, r, operand);
    for (const share of present(chip.plans[r], `plan of layer ${r}`).shares) {
      const region = present(share.operands[operand], 'region of an operand');
      const { memory } = present(chip.cores[share.core], 'core');
      forEachElement(program, region, offset, channels, (frame, y, x, c) => {
        keep(frame, y, x, c, memory.read(cycle, buffer, elementIndex(region, frame, y, x, c + offset)));
      });
    }
  }
  if (tensor === program.outputs.tensor) {
    const buffer = resultBuffer(program, l);
    for (const share of present(chip.plans[l], `plan of layer ${l}`).shares) {
      if (share.inGroup !== layerAt(program, l).mapping.inGroups - 1) continue;
      const { memory } = present(chip.cores[share.core], 'core');
      forEachElement(program, share.out, 0, channels, (frame, y, x, c) => {
        keep(frame, y, x, c, memory.read(cycle, buffer, elementIndex(share.out, frame, y, x, c)));
      });
    }
  }
  return { values, stored };
}

/** All elements of a region that belong to channels [offset, offset + channels) of it; c counts from there. */
function forEachElement(
  { batch }: Pick<NorthPoleProgram, 'batch'>,
  region: Region,
  offset: number,
  channels: number,
  visit: (frame: number, y: number, x: number, c: number) => void,
): void {
  const from = Math.max(0, region.c0 - offset);
  const to = Math.min(channels, region.c1 - offset);
  for (let frame = 0; frame < batch; frame++) {
    for (let y = region.y0; y < region.y1; y++) {
      for (let x = region.x0; x < region.x1; x++) {
        for (let c = from; c < to; c++) visit(frame, y, x, c);
      }
    }
  }
}

/** [batch, height, width, channels] 1 for each element of the output of layer l that some core stores: its readers, or the host's. */
export function storedElements(program: NorthPoleProgram, l: number): Uint8Array {
  const plans = planLayers(program);
  const tensor = layerAt(program, l).output;
  const [height, width, channels] = tensorAt(program, tensor).shape;
  const stored = new Uint8Array(program.batch * height * width * channels);
  const mark = (region: Region, offset: number): void =>
    forEachElement(program, region, offset, channels, (frame, y, x, c) => {
      stored[((frame * height + y) * width + x) * channels + c] = 1;
    });
  for (const { layer: r, operand, offset } of readersOf(program, tensor)) {
    for (const share of present(plans[r], `plan of layer ${r}`).shares) {
      mark(present(share.operands[operand], 'region of an operand'), offset);
    }
  }
  if (tensor === program.outputs.tensor) {
    for (const share of present(plans[l], `plan of layer ${l}`).shares) mark(share.out, 0);
  }
  return stored;
}
