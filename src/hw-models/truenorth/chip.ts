/**
 * The readable reference model of a TrueNorth chip, one tick at a time. Slow and plain: the specification that the fast
 * engine is compared with.
 *
 * Left out: the time inside a tick and contention on the mesh (see the timing models), chip
 * borders (a packet crosses as if the mesh went on).
 */
import { assert } from '../../common/assert.js';
import { paddedNeurons } from '../../ir/program/core-arrays.js';
import { NO_TARGET, OUTPUT_PIN_BASE, type CoreArrays, type TrueNorthSpec } from '../../ir/program/truenorth.js';
import { type ChipState, sortedSpikes } from '../../ir/trace/chip-state.js';
import { type PotentialUpsets, upsetPotentials } from '../faults/potential-upsets.js';
import { isDropped, isLate, NO_DROP, type SpikeDrop } from '../faults/spike-drop.js';
import { type CoreModels, type CoreTick, TrueNorthCore } from './core.js';
import { hops } from './router.js';
import type { NoteRule } from './tick-rules.js';

/** Events since the chip was built, per core where it matters ([nCores]). */
export interface ChipEvents {
  ticks: number;
  inputSpikes: number;
  hops: number;
  readonly coreSpikes: Float64Array;
  readonly coreSynapticOperations: Float64Array;
  readonly coreAxonEvents: Float64Array;
}

/** What the chip is built from; cores may be those of another model than the specification. */
export interface ChipSource extends CoreModels {
  readonly spec: TrueNorthSpec;
  readonly cores: CoreArrays;
  /** Crossbars, [nCores, nAxons, words]; the program's own unless faults changed them. */
  readonly synapses?: Uint32Array;
  readonly nPins: number;
}

/** A chip with state. */
export class TrueNorthChip {
  readonly events: ChipEvents;
  /** [nPins] spikes that reached each output pin since the caller last zeroed them. */
  readonly pinCounts: Int32Array;
  readonly #spec: TrueNorthSpec;
  readonly #arrays: CoreArrays;
  readonly #cores: readonly TrueNorthCore[];
  readonly #note: NoteRule | undefined;
  /** [nCores] what each core did in the last tick; empty before the first. */
  readonly lastTick: CoreTick[] = [];
  #drop: SpikeDrop = NO_DROP;
  #upsets: PotentialUpsets | undefined;
  #now = 0;

  constructor({ spec, cores, synapses, nPins, ...models }: ChipSource) {
    this.#note = models.note;
    this.#spec = spec;
    this.#arrays = cores;
    this.#cores = Array.from(
      { length: cores.nCores },
      (_, coreIdx) => new TrueNorthCore(spec, cores, synapses ?? cores.synapses, coreIdx, models),
    );
    this.pinCounts = new Int32Array(nPins);
    this.events = {
      ticks: 0,
      inputSpikes: 0,
      hops: 0,
      coreSpikes: new Float64Array(cores.nCores),
      coreSynapticOperations: new Float64Array(cores.nCores),
      coreAxonEvents: new Float64Array(cores.nCores),
    };
  }

  /** The tick that the next call of `tick` computes. */
  get now(): number {
    return this.#now;
  }

  /** Back to tick 0 with initial potentials and no spikes on the way; events stay. `drop` also keys the stochastic modes. */
  reset(drop: SpikeDrop = NO_DROP, upsets?: PotentialUpsets): void {
    for (const core of this.#cores) core.reset();
    this.pinCounts.fill(0);
    this.lastTick.length = 0;
    this.#drop = drop;
    this.#upsets = upsets;
    this.#now = 0;
  }

  /** A spike of the host that acts on the axon in `tick`, which is in now..now + maxDelay. */
  inject(coreIdx: number, axon: number, tick: number): void {
    assert(tick >= this.#now && tick <= this.#now + this.#spec.maxDelay, `injection for tick ${tick} at ${this.#now}`);
    if (!this.#core(coreIdx).scheduler.schedule(axon, tick)) this.#note?.('collapse', coreIdx, -1);
    this.events.inputSpikes++;
  }

  /** Computes one tick: every core, then every spike on its way. Delays are at least 1, so the order of cores is free. */
  tick(): void {
    this.#cores.forEach((core, coreIdx) => {
      if (this.#upsets !== undefined) {
        upsetPotentials(core.potentials, this.#upsets, this.#spec, this.#drop, coreIdx, this.#now);
      }
      const result = core.tick(this.#now, this.#drop);
      this.lastTick[coreIdx] = result;
      this.events.coreAxonEvents[coreIdx]! += result.axons.length;
      this.events.coreSynapticOperations[coreIdx]! += result.synapticOperations;
      for (const neuron of result.spikes) this.#send(coreIdx, neuron);
    });
    this.events.ticks++;
    this.#now++;
  }

  /** [nCores, nNeurons] potentials after the last tick. */
  potentials(): Int32Array {
    const all = new Int32Array(this.#cores.length * this.#spec.neuronsPerCore);
    this.#cores.forEach((core, coreIdx) => all.set(core.potentials, coreIdx * this.#spec.neuronsPerCore));
    return all;
  }

  /** Sets the potential of one neuron between two ticks. */
  setPotential(coreIdx: number, neuron: number, potential: number): void {
    const core = this.#cores[coreIdx];
    assert(core !== undefined && neuron >= 0 && neuron < core.potentials.length, `core ${coreIdx} neuron ${neuron}`);
    core.potentials[neuron] = potential;
  }

  /** What the chip is between two ticks. */
  state(): ChipState {
    const rows: [number, number, number][] = [];
    for (let tick = this.#now; tick <= this.#now + this.#spec.maxDelay; tick++) {
      this.#cores.forEach((core, coreIdx) => {
        for (const axon of core.scheduler.axonsOf(tick)) rows.push([tick, coreIdx, axon]);
      });
    }
    return {
      now: this.#now,
      potentials: this.potentials(),
      pins: this.pinCounts.slice(),
      spikes: sortedSpikes(rows),
    };
  }

  /** Goes on from a state of this program, as if the chip had come there itself; events stay. */
  resume({ now, potentials, pins, spikes }: ChipState, drop: SpikeDrop = NO_DROP, upsets?: PotentialUpsets): void {
    this.reset(drop, upsets);
    this.#now = now;
    const { neuronsPerCore } = this.#spec;
    this.#cores.forEach((core, coreIdx) => {
      core.potentials.set(potentials.subarray(coreIdx * neuronsPerCore, (coreIdx + 1) * neuronsPerCore));
    });
    this.pinCounts.set(pins);
    for (let k = 0; k < spikes.length; k += 3) {
      this.#core(spikes[k + 1]!).scheduler.schedule(spikes[k + 2]!, spikes[k]!);
    }
  }

  #send(coreIdx: number, neuron: number): void {
    const i = coreIdx * this.#spec.neuronsPerCore + neuron;
    const target = this.#arrays.target[i]!;
    const place = coreIdx * paddedNeurons(this.#spec) + neuron;
    if (target === NO_TARGET || isDropped(this.#drop, place, this.#now)) return;
    this.events.coreSpikes[coreIdx]!++;
    this.#note?.('destination', coreIdx, neuron);
    if (target <= OUTPUT_PIN_BASE) {
      this.pinCounts[OUTPUT_PIN_BASE - target]!++;
      return;
    }
    const delay = this.#arrays.delay[i]!;
    const late = delay < this.#spec.maxDelay && isLate(this.#drop, place, this.#now) ? 1 : 0;
    this.#note?.('delay', coreIdx, neuron);
    const isNew = this.#core(target).scheduler.schedule(this.#arrays.targetAxon[i]!, this.#now + delay + late);
    if (!isNew) this.#note?.('collapse', target, -1);
    this.events.hops += hops(this.#arrays, coreIdx, target) + (this.#arrays.extraHops?.[i] ?? 0);
  }

  #core(coreIdx: number): TrueNorthCore {
    const core = this.#cores[coreIdx];
    assert(core !== undefined, `core ${coreIdx} of ${this.#cores.length}`);
    return core;
  }
}
