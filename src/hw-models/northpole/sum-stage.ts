/**
 * Where finished sums go: along the chain of partial sums, or into the vector unit of the chain's last core, whose results end in the output
 * buffer. Sources: partial-sums.ts, vector-unit.ts.
 *
 * ```
 *   own sums --(+)--> link to the next core            last core: own sums --(+)--> vector unit --> output buffer
 *               ^ latch: sums of the core before
 * ```
 */
import type { VmmLayer } from '../../ir/program/northpole.js';
import { macsPerPosition } from './blocks.js';
import { DelayLine } from './delay-line.js';
import { precisionClass } from './events.js';
import { vectorBytes } from './exchange.js';
import { passChannels, passPosition } from './layer-plan.js';
import type { LayerWork } from './layer-work.js';
import type { CoreMemory } from './memory.js';
import type { ChainSum } from './networks.js';
import type { ResultVector } from './output-buffer.js';
import { addExact, initialSums, type PartialSums } from './partial-sums.js';
import { operandTensor } from './regions.js';
import { sumStep, type SumStep } from './sequencer.js';
import type { Surroundings } from './surroundings.js';
import { finish, readStep, vectorJob, type VectorJob } from './vector-job.js';
import { violation, type Place } from './violation.js';

/** Latch of the chain, vector unit, and what leaves it. */
export class SumStage {
  readonly #around: Surroundings;
  readonly #results = new DelayLine<ResultVector>();
  #latch: ChainSum | undefined;
  #work: { readonly job: VectorJob; readonly start: number } | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Does what a layer has for this cycle. */
  read(place: Place, work: LayerWork, memory: CoreMemory, partialSums: PartialSums): void {
    const { plan, share } = work;
    const { program } = this.#around;
    const step = sumStep(program.spec, plan, share, place.cycle);
    if (step === undefined) return;
    const at = passPosition(program, plan, share, step.pass, step.position);
    const [c0, c1] = passChannels(program, plan, share, step.pass);
    if (at === undefined || c0 >= c1) return;
    const { pass, position } = step;
    if (work.nextInChain !== undefined) {
      if (step.step > 0) return;
      const vector = this.#takeSums(place, work, step, c0, partialSums);
      this.#around.partialSums.send(
        place,
        { to: work.nextInChain, layer: plan.index, pass, position, vector },
        c1 - c0,
      );
      return;
    }
    if (step.step === 0) {
      if (this.#work !== undefined) throw violation(place, 'vector unit', 'still at work on the position before');
      const sums = plan.layer.kind === 'vmm' ? this.#takeSums(place, work, step, c0, partialSums) : undefined;
      if (plan.layer.kind === 'vmm') this.#countMacs(plan.layer, [c0, c1]);
      this.#work = { job: vectorJob(program, work, { pass, position, at, c0, c1 }, sums), start: place.cycle };
    }
    this.#stepVector(place, memory);
  }

  /** Sums of the core before are latched at the end of a cycle. */
  latch(place: Place, sum: ChainSum): void {
    if (this.#latch !== undefined) throw violation(place, 'partial-sum latch', 'the sums before were not taken');
    this.#latch = sum;
  }

  /** Results that go to the output buffer at the end of this cycle. */
  take(cycle: number): readonly ResultVector[] {
    return this.#results.take(cycle);
  }

  /** True if nothing is in the latch or in the vector unit. */
  get idle(): boolean {
    return this.#latch === undefined && this.#work === undefined && this.#results.empty;
  }

  /** The finished sums of a position: its own and what came along the chain. */
  #takeSums(place: Place, work: LayerWork, step: SumStep, c0: number, partialSums: PartialSums): Int32Array {
    const { plan, share } = work;
    const { spec } = this.#around.program;
    const blocks = share.blocks[step.pass % plan.layer.mapping.outBlocks]?.length ?? 0;
    const key = { pass: plan.passesBefore + step.pass, position: step.position };
    // A share without blocks has nothing to add.
    const sums =
      blocks > 0 ? partialSums.take(place, key, blocks) : initialSums(plan.layer, share.inGroup, c0, spec.vmm.outputs);
    if (share.inGroup === 0) return sums;
    const before = this.#latch;
    this.#latch = undefined;
    const fits = before?.layer === plan.index && before.pass === step.pass && before.position === step.position;
    if (before === undefined || !fits) {
      throw violation(place, 'partial-sum latch', 'the sums of the neighbour are missing');
    }
    addExact(place, sums, before.vector, spec.partialSums.bits);
    return sums;
  }

  /** The sums are finished: all their products were made. */
  #countMacs(layer: VmmLayer, channels: readonly [from: number, to: number]): void {
    const { program, events } = this.#around;
    const { bits } = operandTensor(program, layer, 0);
    events.macs[precisionClass(layer.weightBits, bits)] += macsPerPosition(layer, channels);
  }

  #stepVector(place: Place, memory: CoreMemory): void {
    if (this.#work === undefined) throw violation(place, 'vector unit', 'nothing to work on');
    const { program, events } = this.#around;
    const { job, start } = this.#work;
    const { plan } = job.work;
    const { interval } = plan.pass;
    if (job.reads.length > interval) {
      throw violation(place, 'vector unit', `${job.reads.length} reads in an interval of ${interval} cycles`);
    }
    events.memoryBytes.dataRead += readStep(place, memory, job, place.cycle - start);
    if (place.cycle - start < interval - 1) return;
    const { values, operations } = finish(program, job);
    events.vectorOperations += operations;
    const { pass, position } = job;
    const result = { layer: plan.index, pass, position, values, bytes: vectorBytes(program, plan.layer) };
    this.#results.push(place.cycle + program.spec.vector.latency, result);
    this.#work = undefined;
  }
}
