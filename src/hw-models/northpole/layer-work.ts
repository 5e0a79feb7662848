/**
 * The program of one core for one layer: what its sequencers run down. On the chip it comes over the instruction network; here it is the plan
 * of the share with the addresses of its buffers and the injection cycles in order.
 */
import { present } from '../../common/assert.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { layerAt } from './exchange.js';
import { packetCycle, endsChain, type LayerPlan, type SharePlan } from './layer-plan.js';
import { bufferTag, type MemoryBuffer } from './memory.js';
import { operandTensor, tensorAt } from './regions.js';

/** A result to send. */
export interface Injection {
  readonly pass: number;
  readonly position: number;
}

/** What a core has to do in a layer. */
export interface LayerWork {
  readonly plan: LayerPlan;
  readonly share: SharePlan;
  /** By operand. */
  readonly operands: readonly MemoryBuffer[];
  readonly weights: Pick<MemoryBuffer, 'tag' | 'base'>;
  /** Cores with the same weights: all tiles of its out-group and in-group. */
  readonly weightCores: readonly number[];
  /** The next core of its chain; undefined for the last. */
  readonly nextInChain?: number;
  readonly injections: ReadonlyMap<number, readonly Injection[]>;
}

/** The buffer of an operand, in any core that reads it. */
export function operandBuffer(program: NorthPoleProgram, l: number, operand: number): MemoryBuffer {
  const layer = layerAt(program, l);
  const { bits, signed } = operandTensor(program, layer, operand);
  const base = present(layer.memory.operandBase[operand], `address of operand ${operand} of layer ${l}`);
  return { tag: bufferTag(l, operand), base, bits, signed };
}

/** The buffer in which a sender keeps what the host reads. */
export function resultBuffer(program: NorthPoleProgram, l: number): MemoryBuffer {
  const layer = layerAt(program, l);
  const { bits, signed } = tensorAt(program, layer.output);
  return { tag: bufferTag(l, 'results'), base: layer.memory.resultBase, bits, signed };
}

/** The weights of a share. */
export function weightBase({ index, layer }: LayerPlan, share: SharePlan): Pick<MemoryBuffer, 'tag' | 'base'> {
  return { tag: bufferTag(index, 'weights'), base: layer.memory.weightBase[share.index] ?? -1 };
}

/** The work of every share of a layer, in order of shares. */
export function layerWorks(program: NorthPoleProgram, plan: LayerPlan): readonly LayerWork[] {
  const { layer, shares } = plan;
  const operands = layer.operands.map((_, operand) => operandBuffer(program, plan.index, operand));
  return shares.map((share) => {
    const next = endsChain(plan, share) ? undefined : shares[share.index + 1]?.core;
    return {
      plan,
      share,
      operands,
      weights: weightBase(plan, share),
      weightCores: shares
        .filter((other) => other.outGroup === share.outGroup && other.inGroup === share.inGroup)
        .map((other) => other.core),
      ...(next === undefined ? {} : { nextInChain: next }),
      injections: endsChain(plan, share) ? injectionsOf(plan, share) : new Map(),
    };
  });
}

function injectionsOf(plan: LayerPlan, share: SharePlan): ReadonlyMap<number, readonly Injection[]> {
  const byCycle = new Map<number, Injection[]>();
  for (let pass = 0; pass < plan.pass.nPasses; pass++) {
    for (let position = 0; position < plan.layer.mapping.positions; position++) {
      const cycle = packetCycle(plan, share, pass, position);
      if (cycle < 0) continue;
      const others = byCycle.get(cycle);
      if (others === undefined) byCycle.set(cycle, [{ pass, position }]);
      else others.push({ pass, position });
    }
  }
  return byCycle;
}
