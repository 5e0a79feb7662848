/** The chip layers that are made of a network so far, with their wires and what was found on the way. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { NameMaker } from '../../fresh-names.js';
import type { ChipLayer } from './chip-layers.js';
import type { Weight } from './digits.js';
import type { Form } from './forms.js';
import type { LayerRows } from './layer-rows.js';
import { MAX_WEIGHT } from './matrix.js';
import type { StairLimits } from './stairs.js';
import { type Driver, WireTable } from './wires.js';

/** What the chip gives the codes of values. */
export interface CodeLimits {
  /** Inputs of the largest sum that travels as a spike count. */
  readonly axonsPerCore: number;
  /** Steps of a value that one wire carries as its count; 1: a wire each. */
  readonly maxCount: number;
  /** Largest digit of an input of several bits. */
  readonly inputMost: number;
  /** Largest weight of a synapse. */
  readonly weightMax: number;
  /** What neurons that subtract their threshold can do; absent where there are none. */
  readonly stairs?: {
    /** Most spikes of one. */
    readonly most: number;
    /** Largest threshold of a neuron. */
    readonly thresholdMax: number;
  };
}

/** Share of the axons of a core that gates may take for a scale beyond 1. */
const SCALED_SHARE = 0.25;
/** What gate and clear move a potential over, in ranges of its sum. */
const GATE_SPAN = 2.75;
/** Ticks of the window that partial sums are estimated for, and their number over that estimate. */
const STAIRS_WINDOW = 60;
const PARTIAL_SPARE = 1;

/** What the parts of the legalisation write into. */
export class LayerBook {
  readonly limits: CodeLimits;
  /** Names for layers that the network does not have. */
  readonly fresh: NameMaker;
  readonly wires = new WireTable();
  readonly layers: ChipLayer[] = [];
  readonly diagnostics: Diagnostic[] = [];
  /** Wires of elements that are laid out alike: the union of their spikes is their maximum. */
  readonly mergeable = new Set<number>();
  /** Forms whose every element is the count of steps in a row, each reached where the one before it is. */
  readonly nested = new Set<Form>();
  /** Layers that only copy. */
  relays = 0;
  readonly #network: string;

  /** `network` is its name, for findings. */
  constructor(network: string, limits: CodeLimits, fresh: NameMaker) {
    this.#network = network;
    this.limits = limits;
    this.fresh = fresh;
  }

  /** Index of the next layer. */
  get next(): number {
    return this.layers.length;
  }

  /** Finishes a layer; a name that another layer has is changed: layers that compare one sum have names of their own, too. */
  add(rows: LayerRows, name: string, rule: ChipLayer['rule'] = 'threshold'): void {
    const own = this.layers.some((layer) => layer.name === name) ? this.fresh(name) : name;
    const { layer, widest } = rows.finish(this.wires, own, rule);
    if (widest > MAX_WEIGHT) {
      const message = `merged with the layers before it, its weights reach ${widest}, beyond ${MAX_WEIGHT}`;
      this.refuse(
        'merged-weights-too-large',
        `layer "${own}"`,
        message,
        'put an activation between the layers, or use smaller weights',
      );
    }
    this.layers.push(layer);
  }

  /** A wire that counts steps in a row: every step comes a tick after the one before it, from any of its drivers. */
  countWire(steps: readonly (readonly Driver[])[], channel: number): number {
    return this.wireOf(
      steps.flatMap((ofStep, lag) => ofStep.map((driver) => ({ ...driver, lag }))),
      steps.length,
      channel,
    );
  }

  /** A wire whose drivers fire one after the other, up to `max` times together. */
  wireOf(drivers: readonly Driver[], max: number, channel: number): number {
    return this.wires.add(drivers, { max, span: max, aligned: true }, channel);
  }

  /** What stairs of sums of this weight keep to; undefined where there can be none. */
  stairLimits({ units, range, levels }: Weight, most: number): StairLimits | undefined {
    const { stairs, axonsPerCore, weightMax, maxCount } = this.limits;
    if (stairs === undefined) return undefined;
    // Axons that partial sums of a longer window leave, and what gate and clear take of them for every unit of the scale.
    const left = axonsPerCore - PARTIAL_SPARE * (units / STAIRS_WINDOW + levels / 2);
    const gates = (GATE_SPAN * Math.max(1, range)) / weightMax;
    // The floor is up to twice the range away.
    const deepest = stairs.thresholdMax / (4 * Math.max(1, range));
    if (gates > left || deepest < 1) return undefined;
    const mostScale = Math.max(
      1,
      Math.floor(Math.min(weightMax / 2, (SCALED_SHARE * axonsPerCore) / gates, left / gates, deepest)),
    );
    return { most, mostScale, mostSingle: maxCount };
  }

  /** A wire of one spike. */
  bitWire(drivers: readonly Driver[], channel: number): number {
    return this.wires.add(drivers, { max: 1, span: 1, aligned: true }, channel);
  }

  refuse(code: string, place: string, message: string, remedy: string): void {
    this.diagnostics.push(errorAt(code, `${this.#network}: ${place}`, message, remedy));
  }
}
