/**
 * The VMM in its core: operand vectors from the memory, weights from the half of the buffer whose turn it is, products to the partial sums
 * `latency` cycles later. Arithmetic in vmm.ts, which cites the sources.
 */
import { present } from '../../common/assert.js';
import type { VmmLayer } from '../../ir/program/northpole.js';
import { readActivations } from './activation-reader.js';
import type { KBlock } from './blocks.js';
import { DelayLine } from './delay-line.js';
import { precisionClass } from './events.js';
import { passChannels, passPosition, type LayerPlan } from './layer-plan.js';
import type { LayerWork } from './layer-work.js';
import type { CoreMemory } from './memory.js';
import { initialSums, type SumKey } from './partial-sums.js';
import { operandTensor, tensorAt } from './regions.js';
import { vmmStep, type VmmStep } from './sequencer.js';
import type { Surroundings } from './surroundings.js';
import { violation, type Place } from './violation.js';
import { decodeBlock, laneRange, multiply } from './vmm.js';
import type { WeightBuffer } from './weight-buffer.js';

/** Sums of a block that leave the pipeline. */
export interface Products {
  readonly key: SumKey;
  readonly products: Int32Array;
  /** What the first block of a position starts with. */
  readonly initial: Int32Array | undefined;
}

/** The pipeline with the block it works on. */
export class VmmStage {
  readonly #around: Surroundings;
  readonly #products = new DelayLine<Products>();
  #cycle = Number.NEGATIVE_INFINITY;
  #decoded: { readonly slot: number; readonly weights: Int8Array } = { slot: -1, weights: new Int8Array(0) };

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Takes in the block and the operands of a cycle, if the layer has any for it. */
  read(place: Place, work: LayerWork, memory: CoreMemory, buffer: WeightBuffer): void {
    const { plan, share } = work;
    const { layer, weights } = plan;
    const step = vmmStep(plan, place.cycle);
    if (step === undefined || weights === undefined || layer.kind !== 'vmm') return;
    const { program, events } = this.#around;
    const { outputs, latency } = program.spec.vmm;
    const at = passPosition(program, plan, share, step.pass, step.position);
    const block = share.blocks[step.pass % layer.mapping.outBlocks]?.[step.k];
    if (at === undefined || block === undefined) return;
    if (this.#cycle === place.cycle) throw violation(place, 'VMM', 'two blocks in one cycle');
    this.#cycle = place.cycle;
    const { bits, shape } = operandTensor(program, layer, 0);
    const source = {
      layer,
      buffer: present(work.operands[0], 'operand buffer'),
      region: present(share.operands[0], 'operand region'),
      shape,
    };
    const vector = readActivations(place, memory, source, block, at, weights.lanes);
    const [c0] = passChannels(program, plan, share, step.pass);
    const precision = precisionClass(layer.weightBits, bits);
    events.memoryBytes.activationRead += vector.bytes;
    events.vmmCycles[precision]++;
    const matrix = this.#weights(place, work, layer, step, block, buffer);
    this.#products.push(place.cycle + latency - 1, {
      key: { pass: plan.passesBefore + step.pass, position: step.position },
      products: multiply(matrix, vector.values, outputs),
      initial: step.k === 0 ? initialSums(layer, share.inGroup, c0, outputs) : undefined,
    });
  }

  /** What leaves the pipeline at the end of this cycle. */
  take(cycle: number): readonly Products[] {
    return this.#products.take(cycle);
  }

  /** True if the pipeline is empty. */
  get idle(): boolean {
    return this.#products.empty;
  }

  /** The block of a slot, decoded once. Its half of the buffer must hold it in every cycle it is used. */
  #weights(
    place: Place,
    { plan, share }: LayerWork,
    layer: VmmLayer,
    step: VmmStep,
    block: KBlock,
    buffer: WeightBuffer,
  ): Int8Array {
    const slot = slotNumber(plan, step);
    const weights = present(plan.weights, 'weights');
    const bytes = buffer.block(place, slot, weights.stream.lines);
    if (this.#decoded.slot !== slot) {
      const { program } = this.#around;
      const { outputs } = program.spec.vmm;
      const [c0, c1] = passChannels(program, plan, share, step.pass);
      const channels = {
        groups: layer.groups,
        nIn: operandTensor(program, layer, 0).shape[2],
        nOut: tensorAt(program, layer.output).shape[2],
      };
      // Only containers of one bit need gates.
      const gates = Array.from({ length: layer.weightBits === 1 ? outputs : 0 }, (_, o) =>
        laneRange(channels, block, c0 + o < c1 ? c0 + o : undefined),
      );
      const shape = { outputs, lanes: weights.lanes, bits: layer.weightBits };
      this.#decoded = { slot, weights: decodeBlock(bytes, shape, gates) };
    }
    return this.#decoded.weights;
  }
}

/** Number of a slot in the whole program. */
const slotNumber = ({ slotsBefore, pass }: LayerPlan, step: VmmStep): number =>
  slotsBefore + step.pass * pass.nK + step.k;
