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
import { DelayLine } from './delay-line.js';
import type { LayerWork } from './layer-work.js';
import { CoreMemory, type MemoryBuffer } from './memory.js';
import type { ChainSum } from './networks.js';
import { OutputBuffer } from './output-buffer.js';
import { PacketSender } from './packet-sender.js';
import { PartialSums } from './partial-sums.js';
import { elementIndex, type Region } from './regions.js';
import { SumStage } from './sum-stage.js';
import type { Surroundings } from './surroundings.js';
import type { Place } from './violation.js';
import { VmmStage } from './vmm-stage.js';
import { WeightBuffer, type WeightLine } from './weight-buffer.js';
import { sendWeights } from './weight-source.js';

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
  readonly #weightBuffer: WeightBuffer;
  readonly #vmm: VmmStage;
  readonly #partialSums: PartialSums;
  readonly #sumStage: SumStage;
  readonly #outputBuffer: OutputBuffer;
  readonly #sender: PacketSender;
  readonly #coreIdx: number;
  readonly #around: Surroundings;
  /** What the model and the partial-sum network bring in this cycle. */
  readonly #lines: WeightLine[] = [];
  readonly #sums: ChainSum[] = [];
  /** What the activation network has brought, by the cycle at whose end it is stored. */
  readonly #writes = new DelayLine<DataWrite>();

  constructor(coreIdx: number, around: Surroundings) {
    const { spec } = around.program;
    this.#coreIdx = coreIdx;
    this.#around = around;
    this.memory = new CoreMemory(spec, coreIdx);
    this.#weightBuffer = new WeightBuffer(spec);
    this.#vmm = new VmmStage(around);
    this.#partialSums = new PartialSums(spec);
    this.#sumStage = new SumStage(around);
    this.#outputBuffer = new OutputBuffer(spec);
    this.#sender = new PacketSender(around);
  }

  /** Phase 1: everything that leaves a memory or a buffer in this cycle, for one layer. */
  read(cycle: number, work: LayerWork): void {
    const place = { cycle, core: this.#coreIdx };
    sendWeights(place, work, this.memory, this.#around);
    this.#vmm.read(place, work, this.memory, this.#weightBuffer);
    this.#sumStage.read(place, work, this.memory, this.#partialSums);
    this.#sender.read(place, work, this.#outputBuffer);
  }

  /** A line comes from the model network in this cycle. */
  lineArrives(line: WeightLine): void {
    this.#lines.push(line);
  }

  /** Sums come from the neighbour in this cycle. */
  sumArrives(sum: ChainSum): void {
    this.#sums.push(sum);
  }

  /** A flit is to be written in `cycle`. */
  writeLater(cycle: number, write: DataWrite): void {
    this.#writes.push(cycle, write);
  }

  /** Phase 2: everything that enters a memory or a buffer at the end of this cycle. Returns layers whose results left or were written. */
  write(cycle: number): readonly number[] {
    const place = { cycle, core: this.#coreIdx };
    const layers: number[] = [];
    for (const result of this.#sender.take(cycle)) {
      this.#outputBuffer.remove(result);
      layers.push(result.layer);
    }
    for (const result of this.#sumStage.take(cycle)) this.#outputBuffer.put(place, result);
    for (const { key, products, initial } of this.#vmm.take(cycle)) {
      this.#partialSums.add(place, key, products, initial);
    }
    for (const sum of this.#sums.splice(0)) this.#sumStage.latch(place, sum);
    for (const line of this.#lines.splice(0)) this.#weightBuffer.fill(place, line);
    for (const write of this.#writes.take(cycle)) layers.push(this.#store(place, write));
    return layers;
  }

  /** What has not come to an end, in words; undefined if nothing. */
  pending(): string | undefined {
    if (this.#outputBuffer.size > 0) return `${this.#outputBuffer.size} results were never sent`;
    const stages = this.#vmm.idle && this.#sumStage.idle && this.#sender.idle;
    return stages && this.#writes.empty ? undefined : 'a unit is still at work';
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
