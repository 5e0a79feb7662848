/**
 * The chip: cores and the four networks between them, one cycle at a time.
 *
 * ```
 *   step(c):  read   on all cores   memories, buffers and latches give what they held at the end of cycle c - 1
 *             write  networks bring what arrives in c; all cores store it
 * ```
 * Nothing is written in the first phase and nothing read in the second, so the order of the cores does not matter (BookSim's rule).
 * A schedule that breaks a rule of the hardware - two uses of a port or link in a cycle, data that is not there - throws an error with
 * cycle, core and resource.
 */
import { present } from '../../common/assert.js';
import { throwIfErrors } from '../../common/diagnostics.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { ActivationMesh, type FlitArrival } from './activation-mesh.js';
import { NorthPoleCore, type DataWrite } from './core.js';
import { PacketRoutes } from './deliveries.js';
import { noEvents, type Events } from './events.js';
import { layerAt, resultRegion, type Delivery } from './exchange.js';
import { planLayers, unmodelledLayers, type LayerPlan } from './layer-plan.js';
import { layerWorks, operandBuffer, resultBuffer, type LayerWork } from './layer-work.js';
import { InstructionNetwork, ModelNetwork, PartialSumNetwork } from './networks.js';
import { shareAt, tensorAt } from './regions.js';
import type { PacketContent } from './surroundings.js';
import { flitChannels } from './vector-job.js';
import { violation } from './violation.js';

/** How a chip is run. */
export interface ChipOptions {
  /** Layers to run, ascending; all of them by default. */
  readonly layers?: readonly number[];
  /** Order in which cores are visited in each phase; results do not depend on it. */
  readonly order?: readonly number[];
}

/**
 * A chip with a program. Memories are empty: hw-models/northpole/load.ts fills them.
 * @throws UserError for programs with layers that are not modelled cycle by cycle.
 */
export class NorthPoleChip {
  readonly program: NorthPoleProgram;
  readonly plans: readonly LayerPlan[];
  readonly cores: readonly NorthPoleCore[];
  readonly events: Events;
  /** [layers] the cycle after the last write of its results so far, or after the last flit left; 0 before the first. */
  readonly observedEnds: number[];
  readonly #model: ModelNetwork;
  readonly #partialSums: PartialSumNetwork;
  readonly #mesh: ActivationMesh<PacketContent>;
  readonly #instructions: InstructionNetwork;
  readonly #layers: readonly number[];
  readonly #order: readonly number[];
  readonly #active = new Map<number, readonly LayerWork[]>();
  /** [cores] works of the active layers. */
  #works: readonly (readonly LayerWork[])[] = [];
  readonly #shareOfCore = new Map<number, ReadonlyMap<number, number>>();

  constructor(program: NorthPoleProgram, options: ChipOptions = {}) {
    const { spec } = program;
    throwIfErrors(unmodelledLayers(program));
    this.program = program;
    this.plans = planLayers(program);
    this.events = noEvents(program.batch);
    this.observedEnds = program.layers.map(() => 0);
    this.#model = new ModelNetwork(spec);
    this.#partialSums = new PartialSumNetwork(spec);
    this.#mesh = new ActivationMesh(spec);
    this.#instructions = new InstructionNetwork(spec);
    this.#layers = options.layers ?? program.layers.map((_, l) => l);
    const around = {
      program,
      model: this.#model,
      partialSums: this.#partialSums,
      mesh: this.#mesh,
      events: this.events,
      routes: new PacketRoutes(program),
    };
    const nCores = spec.gridWidth * spec.gridHeight;
    this.cores = Array.from({ length: nCores }, (_, core) => new NorthPoleCore(core, around));
    this.#order = options.order ?? this.cores.map((_, core) => core);
    const first = this.#layers[0];
    if (first !== undefined && !this.#travels(first)) this.#instructions.preload(first);
  }

  /** One cycle. Cycles must be consecutive. */
  step(cycle: number): void {
    this.#sequence(cycle);
    for (const core of this.#order) for (const work of this.#works[core] ?? []) this.#core(core).read(cycle, work);
    for (const line of this.#model.arrivals(cycle)) {
      for (const core of line.cores) this.#core(core).lineArrives(line);
    }
    for (const sum of this.#partialSums.arrivals(cycle)) this.#core(sum.to).sumArrives(sum);
    for (const arrival of this.#mesh.step(cycle)) this.#deliver(cycle, arrival);
    for (const core of this.#order) {
      for (const layer of this.#core(core).write(cycle)) this.observedEnds[layer] = cycle + 1;
    }
  }

  /** After the last cycle: throws if anything has not come to its end; completes the counters. */
  finish(cycle: number): void {
    this.cores.forEach((core, coreIdx) => {
      const pending = core.pending();
      if (pending !== undefined) throw violation({ cycle, core: coreIdx }, 'core', `${pending} when the program ends`);
    });
    const idle = this.#model.idle && this.#partialSums.idle && this.#mesh.idle;
    if (!idle) throw violation({ cycle, core: -1 }, 'networks', 'something is on its way when the program ends');
    this.events.cycles = cycle;
    const { networks } = this.events;
    networks.model = { ...this.#model.traffic };
    networks.partialSum = { ...this.#partialSums.traffic };
    networks.activation = { ...this.#mesh.traffic };
    networks.instruction = { ...this.#instructions.traffic };
  }

  /** Starts and ends of layers and of their programs' way to the cores. */
  #sequence(cycle: number): void {
    const place = { cycle, core: -1 };
    for (const [l] of this.#active) {
      if (layerAt(this.program, l).timing.end === cycle) {
        this.#active.delete(l);
        this.#works = this.#worksByCore();
        this.#instructions.end(l);
      }
    }
    for (const l of this.#layers) {
      const { timing, memory } = layerAt(this.program, l);
      if (this.#travels(l) && timing.programStart === cycle) this.#instructions.send(place, l, memory.programBytes);
      if (timing.start === cycle) this.#instructions.begin(place, l);
      if (this.#plan(l).from === cycle) {
        this.#active.set(l, layerWorks(this.program, this.#plan(l)));
        this.#works = this.#worksByCore();
      }
    }
  }

  /** The program of the first layer may be there from the start. */
  #travels(l: number): boolean {
    const { timing } = layerAt(this.program, l);
    return timing.programEnd > timing.programStart;
  }

  #worksByCore(): readonly (readonly LayerWork[])[] {
    const byCore: LayerWork[][] = this.cores.map(() => []);
    for (const works of this.#active.values()) for (const work of works) byCore[work.share.core]?.push(work);
    return byCore;
  }

  /** A flit is at the router of a core: the core writes it once for each of its deliveries, one after the other. */
  #deliver(cycle: number, { core, flit, packet }: FlitArrival<PacketContent>): void {
    const { deliveries, result, frame, y, x, c0 } = packet.content;
    const perFlit = flitChannels(this.program, tensorAt(this.program, layerAt(this.program, result.layer).output).bits);
    const values = result.values.subarray(flit * perFlit, (flit + 1) * perFlit);
    let n = 0;
    for (const delivery of deliveries) {
      if (delivery.core !== core) continue;
      const target = this.#target(delivery, result.layer);
      this.#core(core).writeLater(cycle + n * packet.flitBytes.length, {
        layer: result.layer,
        ...target,
        frame,
        y,
        x,
        c0: c0 + flit * perFlit + delivery.offset,
        values,
      });
      n++;
    }
  }

  /** Buffer and region a delivery goes to. */
  #target(delivery: Delivery, from: number): Pick<DataWrite, 'buffer' | 'region'> {
    const kept = delivery.layer < 0;
    const l = kept ? from : delivery.layer;
    const share = present(this.#shares(l).get(delivery.core), 'share of a reader');
    if (kept) {
      const layer = layerAt(this.program, l);
      return {
        buffer: resultBuffer(this.program, l),
        region: resultRegion(this.program, layer, shareAt(layer.mapping, share)),
      };
    }
    const region = present(this.#plan(l).shares[share]?.operands[delivery.operand], 'region of an operand');
    return { buffer: operandBuffer(this.program, l, delivery.operand), region };
  }

  #shares(l: number): ReadonlyMap<number, number> {
    let map = this.#shareOfCore.get(l);
    if (map === undefined) {
      map = new Map(Array.from(layerAt(this.program, l).mapping.cores, (core, share) => [core, share]));
      this.#shareOfCore.set(l, map);
    }
    return map;
  }

  #core(core: number): NorthPoleCore {
    const found = this.cores[core];
    if (found === undefined) throw new Error(`internal error: no core ${core}`);
    return found;
  }

  #plan(l: number): LayerPlan {
    return present(this.plans[l], `plan of layer ${l}`);
  }
}
