/** From the core ids of spike files to the cores of a program, and back. */
import { type Diagnostic, errorAt, UserError } from '../../../../common/diagnostics.js';
import type { TimedSpikes } from '../../../trace/timed-spikes.js';
import { CORE_SIZE, coreIndexOf, type CpeModel, FIRST_HOST_CORE } from './cpe-model.js';
import type { Connector } from './pin-map.js';
import { NOT_NAMED, SpikeBuilder, type SpikeRecords } from './spike-records.js';

const MAX_DELAY = 15;
const MAX_LISTED = 20;
/** Above every core * 256 + neuron. */
const KEY_BASE = 2 ** 24;

/**
 * Host spikes by the tick in which they act: time of the spike plus its delay.
 * @throws UserError for axons that the model does not have
 */
export function inputSpikes(records: SpikeRecords, model: CpeModel, place: string): TimedSpikes {
  const found = new Collected(place);
  const keys = new Float64Array(records.n);
  for (let i = 0; i < records.n; i++) {
    const axon = records.destAxon[i]!;
    const delay = records.delay[i]!;
    const core = coreIndexOf(model, records.destCore[i]!);
    if (core < 0 || axon < 0 || axon >= CORE_SIZE) {
      const where = `core ${named(records.destCore[i]!)} axon ${named(axon)}`;
      found.add('input-axon', i, `there is no ${where}`, 'pass input spikes of this model');
    }
    if (delay > MAX_DELAY) found.add('dest-delay', i, `a delay of ${delay} ticks`, `use 0..${MAX_DELAY}`);
    keys[i] = (records.tick[i]! + delay) * KEY_BASE + core * CORE_SIZE + axon;
  }
  found.finish();
  return toTimed(keys);
}

/**
 * Output spikes by the tick in which a neuron fired, each neuron once per tick. A record without its source is found by its
 * pin of the host.
 * @throws UserError for neurons and pins that the model does not have
 */
export function neuronSpikes(records: SpikeRecords, model: CpeModel, place: string): TimedSpikes {
  const found = new Collected(place);
  const byPin = records.srcCore.includes(NOT_NAMED) ? neuronsByPin(model) : new Map<number, number>();
  const keys = new Float64Array(records.n);
  for (let i = 0; i < records.n; i++) {
    const id = records.srcCore[i]!;
    let neuron: number | undefined;
    if (id === NOT_NAMED) {
      const pin = pinKey(records.destCore[i]!, records.destAxon[i]!);
      neuron = byPin.get(pin);
      if (neuron === undefined || neuron < 0) {
        const where = `destination ${records.destCore[i]!}, ${records.destAxon[i]!}`;
        const message = `${neuron === undefined ? 'no neuron has' : 'several neurons have'} the ${where}`;
        found.add('output-pin', i, message, 'pass a recording that names srcCore and srcNeuron');
      }
    } else {
      const core = coreIndexOf(model, id);
      const index = records.srcNeuron[i]!;
      if (core < 0 || index < 0 || index >= CORE_SIZE) {
        found.add('output-neuron', i, `there is no core ${id} neuron ${index}`, 'pass a recording of this model');
      }
      neuron = core * CORE_SIZE + index;
    }
    keys[i] = records.tick[i]! * KEY_BASE + (neuron ?? 0);
  }
  found.finish();
  return toTimed(keys);
}

/** The neurons of the output pins of a map, ascending. @throws UserError for neurons that the model does not have */
export function mappedNeurons(connectors: readonly Connector[], model: CpeModel, place: string): Int32Array {
  const found = new Collected(place);
  const neurons = new Set<number>();
  for (const { kind, name, core, index } of connectors) {
    if (kind !== 'output') {
      found.add('pin-map', 0, `connector "${name}" is an input`, 'pass the output map with --out-map');
      continue;
    }
    core.forEach((id, pin) => {
      const coreIdx = coreIndexOf(model, id);
      if (id >= 0 && coreIdx < 0) found.add('pin-map', pin, `there is no core ${id}`, 'pass the map of this model');
      if (id >= 0) neurons.add(coreIdx * CORE_SIZE + index[pin]!);
    });
  }
  found.finish();
  return Int32Array.from(neurons).sort();
}

/** What recordings say of neurons. */
export type Destinations = Pick<CpeModel, 'coreIds' | 'destCore' | 'destAxon'>;

/** Fired neurons as a file's records, with their destinations as the model's file names them. */
export function outputRecords(
  spikes: TimedSpikes,
  model: Destinations,
  delays: Uint8Array,
  nTicks: number,
): SpikeRecords {
  const builder = new SpikeBuilder();
  for (let i = 0; i < spikes.tick.length; i++) {
    const neuron = spikes.index[i]!;
    const id = model.coreIds[Math.floor(neuron / CORE_SIZE)]!;
    const [destCore, destAxon] = [model.destCore[neuron]!, model.destAxon[neuron]!];
    builder.add(spikes.tick[i]!, id, neuron % CORE_SIZE, destCore, destAxon, delays[neuron]!);
  }
  if (nTicks > 0) builder.covers(nTicks - 1);
  return builder.build();
}

/**
 * Host spikes as a file's records, the cores of the program with these ids. They leave one tick before they act, with a delay
 * of 1; those of tick 0, which the chip has no tick before, with a delay of 0.
 */
export function inputRecords(spikes: TimedSpikes, coreIds: ArrayLike<number>): SpikeRecords {
  const builder = new SpikeBuilder();
  spikes.tick.forEach((tick, i) => {
    const id = coreIds[Math.floor(spikes.index[i]! / CORE_SIZE)]!;
    const delay = tick === 0 ? 0 : 1;
    builder.add(tick - delay, NOT_NAMED, NOT_NAMED, id, spikes.index[i]! % CORE_SIZE, delay);
  });
  return builder.build();
}

/** Sorted by tick, then index, without duplicates: spikes of one tick on one axon, or of one neuron, are one. */
function toTimed(keys: Float64Array): TimedSpikes {
  if (!keys.every((key, i) => i === 0 || key >= keys[i - 1]!)) keys.sort();
  let n = 0;
  for (let i = 0; i < keys.length; i++) if (i === 0 || keys[i] !== keys[i - 1]) keys[n++] = keys[i]!;
  const tick = new Int32Array(n);
  const index = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    tick[i] = Math.floor(keys[i]! / KEY_BASE);
    index[i] = keys[i]! - tick[i]! * KEY_BASE;
  }
  return { tick, index };
}

const pinKey = (core: number, axon: number): number => core * 65_536 + axon;

/** Neuron of each pin of the host, -1 where several neurons have it. */
function neuronsByPin(model: CpeModel): Map<number, number> {
  const pins = new Map<number, number>();
  for (const neuron of model.pinNeuron) {
    const core = model.destCore[neuron]!;
    const key = pinKey(core, model.destAxon[neuron]!);
    if (core <= FIRST_HOST_CORE) pins.set(key, pins.has(key) ? -1 : neuron);
  }
  return pins;
}

const named = (value: number): string => (value === NOT_NAMED ? '(not named)' : `${value}`);

/** Errors by record, the first ones listed. */
class Collected {
  readonly #place: string;
  readonly #errors: Diagnostic[] = [];
  #n = 0;

  constructor(place: string) {
    this.#place = place;
  }

  add(code: string, record: number, message: string, remedy: string): void {
    this.#n++;
    if (this.#n <= MAX_LISTED) this.#errors.push(errorAt(code, `${this.#place} record ${record}`, message, remedy));
  }

  finish(): void {
    if (this.#n === 0) return;
    const hidden = this.#n - this.#errors.length;
    const rest = errorAt('more-findings', this.#place, `${hidden} more errors`, 'correct the errors above first');
    throw new UserError(hidden > 0 ? [...this.#errors, rest] : this.#errors);
  }
}
