/** Plans a program: operations in order, with the places of all they read and write. */
import { assertNever } from '../../../common/assert.js';
import type { NorthPoleProgram } from '../../../ir/program/northpole.js';
import { placeTensors, type Lifetime } from './arena.js';
import { bytesOf, planLayer, type Draft } from './plan-layers.js';
import { contextOf } from './sequence-layers.js';
import { places, type Constant, type NorthPolePlan, type ScratchPlan } from './plan.js';

/** Below lie the kernel's own data, if any. */
const FIRST_ADDRESS = 65_536;

/** The plan of a consistent program, and the values to write once. */
export function planProgram(program: NorthPoleProgram): { plan: NorthPolePlan; constants: readonly Constant[] } {
  const order = operationOrder(program);
  const take = places(FIRST_ADDRESS);
  const forms = take(order.length * 4);
  const scratchBytes: Record<keyof ScratchPlan, number> = {
    ...{ gathered: 0, sums: 0, operand: 0, bits: 0, ones: 0, squares: 0, taps: 0 },
  };
  const constants: Constant[] = [];
  const draft: Draft = {
    program,
    take,
    constant: (values) => {
      const address = take(values.byteLength);
      constants.push({ address, values });
      return address;
    },
    need: (bytes) => {
      for (const key of SCRATCH) scratchBytes[key] = Math.max(scratchBytes[key], bytes[key] ?? 0);
    },
  };
  const operations = order.map((item) => {
    switch (item.kind) {
      case 'layer':
        return planLayer(draft, item.layer);
      case 'concat':
        return { kind: item.kind, output: item.tensor, parts: program.tensors[item.tensor]!.parts };
      default:
        return assertNever(item);
    }
  });
  const states = take(0);
  const inState = places(0);
  const scratch = {
    gathered: inState(scratchBytes.gathered),
    sums: inState(scratchBytes.sums),
    operand: inState(scratchBytes.operand),
    bits: inState(scratchBytes.bits),
    ones: inState(scratchBytes.ones),
    squares: inState(scratchBytes.squares),
    taps: inState(scratchBytes.taps),
  };
  const { offsets, end } = placeTensors(lifetimes(program, order), inState(0));
  const tensors = program.tensors.map((tensor, index) => ({
    ...{ node: tensor.node, bits: tensor.bits, signed: tensor.signed, zeroPoint: tensor.zeroPoint ?? 0 },
    nPixels: tensor.shape[0] * tensor.shape[1],
    channels: tensor.shape[2],
    bytes: bytesOf(tensor),
    offset: offsets[index]!,
  }));
  return {
    plan: { tensors, operations, forms, scratch, states, stateBytes: end, context: contextOf(program) },
    constants,
  };
}

const SCRATCH = ['gathered', 'sums', 'operand', 'bits', 'ones', 'squares', 'taps'] as const;

/** A layer, or the concatenation that is complete after it. */
type Item = { readonly kind: 'layer'; readonly layer: number } | { readonly kind: 'concat'; readonly tensor: number };

/** Layers in their order; a concatenation follows the layer that writes its last part. */
function operationOrder({ tensors, layers }: NorthPoleProgram): readonly Item[] {
  const written = new Set([0]);
  const order: Item[] = [];
  const complete = (): void => {
    for (let found = true; found;) {
      found = false;
      tensors.forEach(({ parts }, tensor) => {
        if (parts.length === 0 || written.has(tensor) || !parts.every((part) => written.has(part))) return;
        order.push({ kind: 'concat', tensor });
        written.add(tensor);
        found = true;
      });
    }
  };
  complete();
  layers.forEach(({ output }, layer) => {
    order.push({ kind: 'layer', layer });
    written.add(output);
    complete();
  });
  return order;
}

/** When each tensor is needed, in operations. */
function lifetimes({ tensors, layers, outputs }: NorthPoleProgram, order: readonly Item[]): readonly Lifetime[] {
  const lives = tensors.map((tensor) => ({
    bytes: tensor.shape.reduce((product, n) => product * n, bytesOf(tensor)),
    from: 0,
    to: 0,
  }));
  order.forEach((item, step) => {
    const reads = item.kind === 'concat' ? tensors[item.tensor]!.parts : layers[item.layer]!.operands;
    const writes = item.kind === 'concat' ? item.tensor : layers[item.layer]!.output;
    for (const tensor of reads) lives[tensor]!.to = step;
    lives[writes]!.from = step;
    // A value nobody reads is still written.
    lives[writes]!.to = Math.max(lives[writes]!.to, step);
  });
  lives[outputs.tensor]!.to = order.length;
  return lives;
}
