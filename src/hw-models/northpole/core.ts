/**
 * A core: its blocks and the wires between them.
 *
 * ```
 *   memory --activation port--> VMM --> partial sums --> (chain) --> vector unit --> output buffer --> activation network
 *     | ^                        ^                                                                          |
 *     | '------- data port ------|--------------------------------------------------------------------------'
 *     '--weight port--> model network --> weight buffer
 * ```
 * A cycle has two phases here, `read` on all cores and then `write` on all cores: what is read was written in an earlier cycle, so the
 * order of cores does not matter. Units work in lock step on the schedule of sequencer.ts; no unit waits for another.
 *
 * Sources: hw-models/northpole/SOURCES.md. Leaves out: the inner pipelines of the units (a latency stands for each), the 8 threads of the
 * sequencer, clock gating.
 */
import { assert, present } from '../../common/assert.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { readActivations } from './activation-reader.js';
import { multicastTree, type ActivationMesh } from './activation-mesh.js';
import type { KBlock } from './blocks.js';
import { DelayLine } from './delay-line.js';
import { precisionClass, type Events } from './events.js';
import { flitsOf, vectorBytes, type Delivery } from './exchange.js';
import { passChannels, passPosition } from './layer-plan.js';
import type { Injection, LayerWork } from './layer-work.js';
import { CoreMemory, type MemoryBuffer } from './memory.js';
import type { ChainSum, ModelNetwork, PartialSumNetwork } from './networks.js';
import { OutputBuffer, type ResultVector } from './output-buffer.js';
import { addExact, PartialSums, type SumKey } from './partial-sums.js';
import { elementIndex, tensorAt, type Region } from './regions.js';
import { lineStep, sumStep, vmmStep } from './sequencer.js';
import { lineAddress } from './timing.js';
import { finish, flitChannels, readStep, vectorJob, type VectorJob } from './vector-job.js';
import { violation, type Place } from './violation.js';
import { decodeBlock, multiply, type LaneRange } from './vmm.js';
import { WeightBuffer, type WeightLine } from './weight-buffer.js';

/** What a packet carries. */
export interface PacketContent {
  readonly result: ResultVector;
  readonly frame: number;
  readonly y: number;
  readonly x: number;
  /** First channel of the tensor. */
  readonly c0: number;
  readonly deliveries: readonly Delivery[];
}

/** What surrounds a core. */
export interface Surroundings {
  readonly program: NorthPoleProgram;
  readonly model: ModelNetwork;
  readonly partialSums: PartialSumNetwork;
  readonly mesh: ActivationMesh<PacketContent>;
  readonly events: Events;
  /** Deliveries of a vector of a layer, in order. */
  deliveries(work: LayerWork, y: number, x: number, c0: number, c1: number): readonly Delivery[];
}

/** A write of one flit through the data port: channels of one pixel, in one buffer. */
export interface DataWrite {
  readonly layer: number;
  readonly buffer: MemoryBuffer;
  readonly region: Region;
  readonly frame: number;
  readonly y: number;
  readonly x: number;
  /** Channel of `region` that values[0] belongs to; those outside the region are left out. */
  readonly c0: number;
  readonly values: Int32Array;
}

/** One core with its state. */
export class NorthPoleCore {
  readonly memory: CoreMemory;
  readonly weightBuffer: WeightBuffer;
  readonly partialSums: PartialSums;
  readonly outputBuffer: OutputBuffer;
  readonly #coreIdx: number;
  readonly #around: Surroundings;
  readonly #products = new DelayLine<{ key: SumKey; products: Int32Array; initial: Int32Array }>();
  readonly #results = new DelayLine<ResultVector>();
  readonly #sent = new DelayLine<ResultVector>();
  readonly #lines = new DelayLine<WeightLine>();
  readonly #sums = new DelayLine<ChainSum>();
  readonly #writes = new DelayLine<DataWrite>();
  #decoded: { readonly slot: number; readonly weights: Int8Array } = { slot: -1, weights: new Int8Array(0) };
  #vmmCycle = -1;
  #latch: ChainSum | undefined;
  #job: { readonly job: VectorJob; readonly start: number } | undefined;
  #injectionFree = 0;

  constructor(coreIdx: number, around: Surroundings) {
    const { spec } = around.program;
    this.#coreIdx = coreIdx;
    this.#around = around;
    this.memory = new CoreMemory(spec, coreIdx);
    this.weightBuffer = new WeightBuffer(spec);
    this.partialSums = new PartialSums(spec);
    this.outputBuffer = new OutputBuffer(spec);
  }

  /** Phase 1: everything that leaves a memory or a buffer in this cycle, for one layer. */
  read(cycle: number, work: LayerWork): void {
    const place = { cycle, core: this.#coreIdx };
    this.#sendWeights(place, work);
    this.#stepVmm(place, work);
    this.#stepSums(place, work);
    for (const injection of work.injections.get(cycle) ?? []) this.#inject(place, work, injection);
  }

  /** A line comes from the model network in this cycle. */
  lineArrives(cycle: number, line: WeightLine): void {
    this.#lines.push(cycle, line);
  }

  /** Sums come from the neighbour in this cycle. */
  sumArrives(cycle: number, sum: ChainSum): void {
    this.#sums.push(cycle, sum);
  }

  /** A flit is to be written in `cycle`. */
  writeLater(cycle: number, write: DataWrite): void {
    this.#writes.push(cycle, write);
  }

  /** Phase 2: everything that enters a memory or a buffer at the end of this cycle. Returns the layers whose results were written. */
  write(cycle: number): readonly number[] {
    const place = { cycle, core: this.#coreIdx };
    for (const result of this.#sent.take(cycle)) this.outputBuffer.remove(result);
    for (const result of this.#results.take(cycle)) this.outputBuffer.put(place, result);
    for (const { key, products, initial } of this.#products.take(cycle)) {
      this.partialSums.add(place, key, products, initial);
    }
    for (const sum of this.#sums.take(cycle)) {
      if (this.#latch !== undefined) throw violation(place, 'partial-sum latch', 'the sums before were not taken');
      this.#latch = sum;
    }
    for (const line of this.#lines.take(cycle)) this.weightBuffer.fill(place, line);
    return this.#writes.take(cycle).map((write) => this.#store(place, write));
  }

  /** What has not come to an end, in words; undefined if nothing. */
  pending(): string | undefined {
    if (this.outputBuffer.size > 0) return `${this.outputBuffer.size} results were never sent`;
    if (this.#latch !== undefined) return 'partial sums were never taken';
    const lines = [this.#products, this.#results, this.#sent, this.#lines, this.#sums, this.#writes];
    return this.#job !== undefined || lines.some((line) => !line.empty) ? 'a unit is still at work' : undefined;
  }

  #sendWeights(place: Place, work: LayerWork): void {
    const { plan, share } = work;
    const step = lineStep(plan, share.inGroup, place.cycle);
    if (step === undefined || plan.weights === undefined) return;
    const { spec } = this.#around.program;
    const { mapping } = plan.layer;
    const { stream } = plan.weights;
    const ob = step.pass % mapping.outBlocks;
    for (let i = step.firstLine; i < step.endLine; i++) {
      const { tile, offset } = lineAddress(spec, mapping, stream.lines, plan.pass.nK, { ob, k: step.k, i });
      if (tile !== share.tile) continue;
      const { weightPort } = this.memory;
      weightPort.use(place, weightPort.widthBytes);
      this.#around.events.memoryBytes.weightRead += weightPort.widthBytes;
      const bytes = this.memory.readBytes(place.cycle, work.weights, offset, weightPort.widthBytes);
      const slot = plan.slotsBefore + step.pass * plan.pass.nK + step.k;
      const line = { slot, line: i, lines: stream.lines, bytes, cores: work.weightCores };
      if (work.weightCores.length === 1) this.#around.model.loop(place, line, stream.latency);
      else this.#around.model.send(place, segmentOf(work), line, stream.latency);
    }
  }

  #stepVmm(place: Place, work: LayerWork): void {
    const { plan, share } = work;
    const { layer } = plan;
    const step = vmmStep(plan, place.cycle);
    if (step === undefined || plan.weights === undefined || layer.kind !== 'vmm') return;
    const { program, events } = this.#around;
    const at = passPosition(program, plan, share, step.pass, step.position);
    const block = share.blocks[step.pass % layer.mapping.outBlocks]?.[step.k];
    if (at === undefined || block === undefined) return;
    if (this.#vmmCycle === place.cycle) throw violation(place, 'VMM', 'two blocks in one cycle');
    this.#vmmCycle = place.cycle;
    const { bits, shape } = tensorAt(program, layer.operands[0] ?? -1);
    const source = {
      layer,
      buffer: present(work.operands[0], 'operand buffer'),
      region: present(share.operands[0], 'operand region'),
      shape,
    };
    const vector = readActivations(place, this.memory, source, block, at, plan.weights.lanes);
    const weights = this.#weights(place, work, step, block);
    const [c0, c1] = passChannels(program, plan, share, step.pass);
    const class_ = precisionClass(layer.weightBits, bits);
    events.memoryBytes.activationRead += vector.bytes;
    events.vmmCycles[class_]++;
    events.macs[class_] += block.length * (c1 - c0);
    this.#products.push(place.cycle + program.spec.vmm.latency - 1, {
      key: { pass: plan.passesBefore + step.pass, position: step.position },
      products: multiply(weights, vector.values, program.spec.vmm.outputs),
      initial: initialSums(work, c0, program.spec.vmm.outputs),
    });
  }

  /** The block of a slot, decoded once. The half must hold it in every cycle it is used. */
  #weights(place: Place, work: LayerWork, step: { pass: number; k: number }, block: KBlock): Int8Array {
    const { plan } = work;
    const { layer, weights } = plan;
    assert(weights !== undefined && layer.kind === 'vmm', 'only VMM layers have weights');
    const slot = plan.slotsBefore + step.pass * plan.pass.nK + step.k;
    const bytes = this.weightBuffer.block(place, slot, weights.stream.lines);
    if (this.#decoded.slot !== slot) {
      const { program } = this.#around;
      const { outputs } = program.spec.vmm;
      const shape = { outputs, lanes: weights.lanes, bits: layer.weightBits };
      const [c0, c1] = passChannels(program, plan, work.share, step.pass);
      const nIn = tensorAt(program, layer.operands[0] ?? -1).shape[2];
      const nOut = tensorAt(program, layer.output).shape[2];
      const gates = Array.from({ length: outputs }, (_, o) =>
        laneRange({ groups: layer.groups, nIn, nOut }, block, c0 + o < c1 ? c0 + o : undefined),
      );
      this.#decoded = { slot, weights: decodeBlock(bytes, shape, gates) };
    }
    return this.#decoded.weights;
  }

  #stepSums(place: Place, work: LayerWork): void {
    const { plan, share } = work;
    const { program } = this.#around;
    const step = sumStep(program.spec, plan, share, place.cycle);
    if (step === undefined) return;
    const at = passPosition(program, plan, share, step.pass, step.position);
    const [c0, c1] = passChannels(program, plan, share, step.pass);
    if (at === undefined || c0 >= c1) return;
    if (step.step === 0) {
      const sums = plan.layer.kind === 'vmm' ? this.#takeSums(place, work, step, c0) : undefined;
      if (work.nextInChain !== undefined) {
        const vector = present(sums, 'sums');
        const { pass, position } = step;
        const sum = { to: work.nextInChain, layer: plan.index, pass, position, vector };
        this.#around.partialSums.send(place, sum, c1 - c0);
        return;
      }
      if (this.#job !== undefined) throw violation(place, 'vector unit', 'still at work on the position before');
      const where = { pass: step.pass, position: step.position, at, c0, c1 };
      this.#job = { job: vectorJob(program, work, where, sums), start: place.cycle };
    }
    if (work.nextInChain === undefined) this.#stepVector(place);
  }

  /** The finished sums of a position: its own and what came along the chain. */
  #takeSums(place: Place, work: LayerWork, step: { pass: number; position: number }, c0: number): Int32Array {
    const { plan, share } = work;
    const { spec } = this.#around.program;
    const blocks = share.blocks[step.pass % plan.layer.mapping.outBlocks]?.length ?? 0;
    const key = { pass: plan.passesBefore + step.pass, position: step.position };
    const sums = blocks > 0 ? this.partialSums.take(place, key, blocks) : initialSums(work, c0, spec.vmm.outputs);
    if (share.inGroup === 0) return sums;
    const before = this.#latch;
    this.#latch = undefined;
    const expected = before?.layer === plan.index && before.pass === step.pass && before.position === step.position;
    if (before === undefined || !expected)
      throw violation(place, 'partial-sum latch', 'the sums of the neighbour are missing');
    addExact(place, sums, before.vector, spec.partialSums.bits);
    return sums;
  }

  #stepVector(place: Place): void {
    if (this.#job === undefined) throw violation(place, 'vector unit', 'nothing to work on');
    const { program, events } = this.#around;
    const { job, start } = this.#job;
    const { plan } = job.work;
    const step = place.cycle - start;
    events.memoryBytes.dataRead += readStep(place, this.memory, job, step);
    if (step < plan.pass.interval - 1) return;
    if (job.reads.length > plan.pass.interval)
      throw violation(place, 'vector unit', 'the interval ends before all operands are there');
    const { values, operations } = finish(program, job);
    events.vectorOperations += operations;
    const { pass, position } = job;
    const bytes = vectorBytes(program, plan.layer);
    this.#results.push(place.cycle + program.spec.vector.latency, { layer: plan.index, pass, position, values, bytes });
    this.#job = undefined;
  }

  #inject(place: Place, work: LayerWork, { pass, position }: Injection): void {
    const { plan, share } = work;
    const { program, mesh, events } = this.#around;
    const at = passPosition(program, plan, share, pass, position);
    const [c0, c1] = passChannels(program, plan, share, pass);
    if (at === undefined || c0 >= c1) throw violation(place, 'activation network', 'a packet without a result');
    if (place.cycle < this.#injectionFree) throw violation(place, 'injection port', 'two packets at once');
    const result = this.outputBuffer.peek(place, { layer: plan.index, pass, position });
    const deliveries = this.#around.deliveries(work, at.y, at.x, c0, c1);
    const flits = flitsOf(program, plan.layer);
    const { bits } = tensorAt(program, plan.layer.output);
    const perFlit = flitChannels(program, bits);
    const flitBytes = Array.from({ length: flits }, (_, f) =>
      Math.ceil((Math.max(0, Math.min(perFlit, c1 - c0 - f * perFlit)) * bits) / 8),
    );
    const cores = deliveries.map((delivery) => delivery.core);
    const tree = multicastTree(program.spec.gridWidth, this.#coreIdx, cores);
    mesh.inject(place, { tree, flitBytes, content: { result, ...at, c0, deliveries } });
    events.packets++;
    this.#injectionFree = place.cycle + flits;
    this.#sent.push(place.cycle + flits - 1, result);
  }

  #store(place: Place, { layer, buffer, region, frame, y, x, c0, values }: DataWrite): number {
    const from = Math.max(c0, region.c0);
    const to = Math.min(c0 + values.length, region.c1);
    const bytes = from < to ? Math.ceil(((to - from) * buffer.bits) / 8) : 0;
    this.memory.dataPort.use(place, bytes);
    this.#around.events.memoryBytes.dataWrite += bytes;
    for (let c = from; c < to; c++) {
      this.memory.write(place.cycle, buffer, elementIndex(region, frame, y, x, c), values[c - c0]!);
    }
    return layer;
  }
}

/** What the sums of a position start with: the bias in the first core of a chain. */
function initialSums({ plan, share }: LayerWork, c0: number, outputs: number): Int32Array {
  const sums = new Int32Array(outputs);
  if (plan.layer.kind === 'vmm' && share.inGroup === 0) sums.set(plan.layer.bias.subarray(c0, c0 + outputs));
  return sums;
}

/** Lanes of a block that output channel `channel` is connected to: those of its convolution group. */
export function laneRange(
  { groups, nIn, nOut }: { readonly groups: number; readonly nIn: number; readonly nOut: number },
  block: KBlock,
  channel: number | undefined,
): LaneRange {
  if (channel === undefined) return [0, 0];
  if (groups === 1) return [0, block.length];
  const group = Math.floor(channel / (nOut / groups));
  const perGroup = nIn / groups;
  const from = Math.max(0, group * perGroup - block.c0);
  const to = Math.min(block.length, (group + 1) * perGroup - block.c0);
  return from < to ? [from, to] : [0, 0];
}

/** The segment of the model network of a share's out-group. */
function segmentOf({ plan, share }: LayerWork): { x: number; y: number; width: number; height: number } {
  const [x, y, width, height] = plan.layer.mapping.segments.subarray(share.outGroup * 4, share.outGroup * 4 + 4);
  assert(
    x !== undefined && y !== undefined && width !== undefined && height !== undefined,
    'an out-group without segment',
  );
  return { x, y, width, height };
}
