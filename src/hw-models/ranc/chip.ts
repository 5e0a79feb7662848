/**
 * The readable reference model of RANC, one tick at a time, as its own simulator computes it (rule by rule in SOURCES.md).
 *
 *   before tick 1     packets of entry 0 enter
 *   tick t = 1, 2, .. the bus shows what reached it and forgets; every ring moves on; packets of entry t enter; every core runs
 *
 * Left out: the time inside a tick, contention on the mesh, trace files. Packets never fail on their way: routes are legal by
 * construction of the model.
 */
import { type ChipState, sortedSpikes } from '../../ir/trace/chip-state.js';
import type { RancModel } from '../../ir/program/formats/ranc/types.js';
import { type CoreModels, RancCore } from './core.js';
import { type RancWidths, SIMULATOR_WIDTHS } from './spec.js';
import type { NoteRule } from './tick-rules.js';
import { requireWidths } from './widths.js';

/** Packets of the host and spikes since the chip was built, and what became of them. */
export interface RancEvents {
  ticks: number;
  packets: number;
  spikes: number;
  /** Of the largest offset: they never arrive. */
  dropped: number;
  /** Same axon, same tick as another: they collapse into one. */
  duplicates: number;
  /** Same line of the bus, same tick as another: likewise. */
  busDuplicates: number;
  /** To places without a core. */
  vanished: number;
  /** The first packet that was dropped. */
  firstDropped?: { readonly tick: number; readonly x: number; readonly y: number; readonly axon: number };
}

/** What decides about a packet at a core. */
const RULE_OF = { stored: 'offset', dropped: 'largest-offset', duplicate: 'same-axon' } as const;
const NO_CORE = -1;
const BUS = -2;

/** Whether a spike is lost on its way: core and neuron by their indices, the tick that fired it from 1 on. */
export type LosesSpike = (coreIdx: number, neuron: number, tick: number) => boolean;

/** A chip with state. @throws UserError for a model that does not fit the widths */
export class RancChip {
  readonly events: RancEvents = {
    ticks: 0,
    packets: 0,
    spikes: 0,
    dropped: 0,
    duplicates: 0,
    busDuplicates: 0,
    vanished: 0,
  };
  /** [nOutputs] what reached the bus since the last tick began. */
  readonly #bus: Uint8Array;
  readonly #model: RancModel;
  readonly #cores: readonly RancCore[];
  /** [gridHeight, gridWidth] index of the core, NO_CORE or BUS. */
  readonly #at: Int32Array;
  /** [nCores, nN] likewise, for every neuron. */
  readonly #destination: Int32Array;
  /** [nCores] spikes that went to a core or a line. */
  readonly coreSpikes: Float64Array;
  readonly #loses: LosesSpike | undefined;
  readonly #note: NoteRule | undefined;
  #now = 0;

  /** Cores may be those of another model than the specification, by `models`. */
  constructor(model: RancModel, widths: RancWidths = SIMULATOR_WIDTHS, loses?: LosesSpike, models: CoreModels = {}) {
    requireWidths(model, widths);
    this.#note = models.note;
    const { spec, cores, outputBus } = model;
    this.#model = model;
    this.#loses = loses;
    this.coreSpikes = new Float64Array(cores.nCores);
    this.#bus = new Uint8Array(outputBus.nOutputs);
    const rules = { resetType: spec.resetType, potentialBits: widths.potential };
    this.#cores = Array.from({ length: cores.nCores }, (_, c) => new RancCore(spec, cores, c, rules, models));
    this.#at = new Int32Array(spec.gridWidth * spec.gridHeight).fill(NO_CORE);
    for (let c = 0; c < cores.nCores; c++) this.#at[cores.y[c]! * spec.gridWidth + cores.x[c]!] = c;
    this.#at[outputBus.y * spec.gridWidth + outputBus.x] = BUS;
    this.#destination = cores.dx.map((dx, n) => {
      const c = Math.floor(n / spec.neuronsPerCore);
      return this.#at[(cores.y[c]! + cores.dy[n]!) * spec.gridWidth + cores.x[c]! + dx] ?? NO_CORE;
    });
    this.#inject(0);
  }

  /** Computes one tick; returns the row of the bus that RANC writes at its beginning, [nOutputs]. */
  tick(): Uint8Array {
    const { events } = this;
    const { cores, spec } = this.#model;
    const row = this.#bus.slice();
    this.#bus.fill(0);
    this.#now++;
    events.ticks++;
    this.#note?.('ring', -1, -1);
    for (const core of this.#cores) core.scheduler.advance();
    this.#inject(this.#now);
    this.#cores.forEach((core, c) => {
      core.tick((j) => {
        const n = c * spec.neuronsPerCore + j;
        events.spikes++;
        if (this.#loses?.(c, j, this.#now) === true) return;
        const arrives = this.#deliver(this.#destination[n]!, cores.targetAxon[n]!, cores.tickOffset[n]!);
        if (arrives) this.coreSpikes[c]!++;
      });
    });
    return row;
  }

  /** [nCores, nNeurons] potentials after the last tick. */
  potentials(): Int32Array {
    const { neuronsPerCore } = this.#model.spec;
    const all = new Int32Array(this.#cores.length * neuronsPerCore);
    this.#cores.forEach((core, c) => all.set(core.potentials, c * neuronsPerCore));
    return all;
  }

  /** Writes the potential of a neuron, as if the last tick had left it. */
  setPotential(coreIdx: number, neuron: number, value: number): void {
    this.#cores[coreIdx]!.potentials[neuron] = value;
  }

  /** What the chip is between two ticks. Spikes and packets act in tick t + 1 of RANC, which is step t: ticks of the state are steps. */
  state(): ChipState {
    const rows: [number, number, number][] = [];
    for (let ahead = 1; ahead < this.#model.spec.maxTickOffset; ahead++) {
      this.#cores.forEach((core, c) => {
        for (const axon of core.scheduler.axonsIn(ahead)) rows.push([this.#now + ahead - 1, c, axon]);
      });
    }
    const bus = Int32Array.from(this.#bus);
    return { now: this.#now, potentials: this.potentials(), pins: bus, spikes: sortedSpikes(rows) };
  }

  /** Goes on from a state of this model, as if the chip had come there itself. Events of the chip stay what they are. */
  resume({ now, potentials, pins, spikes }: ChipState): void {
    const { neuronsPerCore } = this.#model.spec;
    this.#now = now;
    this.#bus.set(pins);
    this.#cores.forEach((core, c) => {
      core.potentials.set(potentials.subarray(c * neuronsPerCore, (c + 1) * neuronsPerCore));
      core.scheduler.reset();
    });
    for (let k = 0; k < spikes.length; k += 3) {
      this.#cores[spikes[k + 1]!]!.scheduler.receive(spikes[k + 2]!, spikes[k]! - now);
    }
    // Packets of this entry have entered already; where the state comes from a model to which they come later, they have not.
    this.#inject(now);
  }

  /** [nOutputs] what reached the bus in the last tick, a view: the next row. */
  get bus(): Uint8Array {
    return this.#bus;
  }

  /** [nCores] active axons times the neurons they connect to. */
  get coreSynapticOperations(): Float64Array {
    return Float64Array.from(this.#cores, (core) => core.synapticOperations);
  }

  /** Active axons times the neurons they connect to, over all cores and ticks. */
  get synapticOperations(): number {
    return this.#cores.reduce((sum, core) => sum + core.synapticOperations, 0);
  }

  /** Packets of entry t of the model; there may be none. */
  #inject(t: number): void {
    const { packets, spec } = this.#model;
    if (t >= packets.tickStart.length - 1) return;
    for (let k = packets.tickStart[t]!; k < packets.tickStart[t + 1]!; k++) {
      this.events.packets++;
      this.#note?.('entering', -1, -1);
      this.#deliver(
        this.#at[packets.y[k]! * spec.gridWidth + packets.x[k]!]!,
        packets.axon[k]!,
        packets.tickOffset[k]!,
      );
    }
  }

  /** A packet arrives in the tick that sent it; the bus takes it at once, whatever its offset. Returns whether there is something that it will act on. */
  #deliver(destination: number, axon: number, offset: number): boolean {
    const { events } = this;
    if (destination === NO_CORE) {
      events.vanished++;
      this.#note?.('nowhere', -1, -1);
      return false;
    }
    if (destination === BUS) {
      this.#note?.('bus', -1, -1);
      if (this.#bus[axon] === 1) events.busDuplicates++;
      this.#bus[axon] = 1;
      return true;
    }
    const delivery = this.#cores[destination]!.scheduler.receive(axon, offset);
    this.#note?.(RULE_OF[delivery], destination, -1);
    if (delivery === 'duplicate') events.duplicates++;
    if (delivery === 'dropped') this.#drop(destination, axon);
    return delivery !== 'dropped';
  }

  #drop(coreIdx: number, axon: number): void {
    const { cores } = this.#model;
    this.events.dropped++;
    this.events.firstDropped ??= { tick: this.#now, x: cores.x[coreIdx]!, y: cores.y[coreIdx]!, axon };
  }
}
