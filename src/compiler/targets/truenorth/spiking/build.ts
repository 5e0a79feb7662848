/** Cores of a mapped spiking network, wired: neurons, copies, splitters, timers and pins. */
import { assert, present } from '../../../../common/assert.js';
import { addAxon, type OpenCore, type CoreSize, type NeuronDraft, periodic, type Sink } from '../drafts.js';
import { relay, SplitterCells } from '../splitters.js';
import { ownerOf } from './layers.js';
import type { MappedSpikingLayer, SpikingMapping } from './mapping.js';

/** A core and the layer that it belongs to, -1 for the timer. */
export interface SpikingCore {
  readonly core: OpenCore;
  readonly layer: number;
}

/** All cores of a network, and its ways in and out. */
export interface SpikingCores {
  readonly cores: readonly SpikingCore[];
  /** [nInput] axons of every unit of every input element. */
  readonly inputSinks: readonly (readonly Sink[])[];
  /** Class and coefficient of every pin. */
  readonly pins: readonly { readonly row: number; readonly coefficient: number }[];
  /** Spikes that travel longer than the chip can hold them back, or too short: ticks and layers. */
  readonly late: readonly {
    readonly from: string;
    readonly to: string;
    readonly ticks: number;
    readonly most: number;
  }[];
}

/** A reader of a neuron: its axon, and the ticks from spike to act. */
interface Wanted {
  readonly sink: Sink;
  readonly ticks: number;
  readonly isTight: boolean;
}

/** Expected spikes of a neuron in a step, for placement only. */
const RATE = 0.1;

/** Builds all cores. */
export function buildSpiking(mapping: SpikingMapping, size: CoreSize, maxDelay: number): SpikingCores {
  const { network, layers, start, inputStart, isTight } = mapping;
  const owner = ownerOf(network);
  const cores: SpikingCore[] = [];
  const inputSinks: Sink[][] = Array.from({ length: network.nInput }, () => []);
  const wanted = new Map<number, Wanted[]>();
  const late: SpikingCores['late'][number][] = [];

  const drafts = layers.map(({ axons, packing }, l) =>
    axons.map((own): OpenCore => {
      const core: OpenCore = { layer: l, role: 'layer', axonType: [], neurons: [] };
      for (const { type } of own) addAxon(core, type);
      assert(packing.code.values.length <= size.axonTypes, 'as many types as there are');
      return core;
    }),
  );
  layers.forEach(({ lined, axons }, to) => {
    axons.forEach((own, c) => {
      own.forEach(({ line }, axon) => {
        const { element, delay } = present(lined.lines[line], 'line');
        const sink = { core: present(drafts[to]?.[c], 'core'), axon };
        const from = owner(element);
        if (from < 0) {
          assert(delay === 0 && start[to] === inputStart, 'what reads the host computes when its spikes come');
          present(inputSinks[element], 'input element').push(sink);
          return;
        }
        const ticks = delay + start[to]! - start[from]!;
        const entry = { sink, ticks, isTight: isTight(from, to) };
        const list = wanted.get(element);
        if (list === undefined) wanted.set(element, [entry]);
        else list.push(entry);
      });
    });
  });

  const pins: { row: number; coefficient: number }[] = [];
  const pinsOf = new Map<number, number[]>();
  const { scores } = network;
  for (let row = 0; row < scores.nOut; row++) {
    for (let k = scores.rowStart[row]!; k < scores.rowStart[row + 1]!; k++) {
      const list = pinsOf.get(scores.element[k]!);
      if (list === undefined) pinsOf.set(scores.element[k]!, [pins.length]);
      else list.push(pins.length);
      pins.push({ row, coefficient: scores.weight[k]! });
    }
  }

  const timers: { readonly sink: Sink; readonly phase: number }[] = [];
  layers.forEach((layer, l) => {
    const destinations = destinationsOf(layer, l);
    const { splitters } = destinations;
    drafts[l]!.forEach((core, c) => {
      const biasAxon = fillCore(layer, core, c, destinations.of, start[l]!);
      if (biasAxon !== undefined) timers.push({ sink: { core, axon: biasAxon }, phase: start[l]! - 1 });
      cores.push({ core, layer: l });
    });
    for (const core of splitters) cores.push({ core, layer: l });
  });
  cores.push(...timerCores(timers, size).map((core) => ({ core, layer: -1 })));
  return { cores, inputSinks, pins, late };

  /** Where each copy of each neuron of a layer goes, and the splitters on the way. */
  function destinationsOf(
    { limit, copies }: MappedSpikingLayer,
    l: number,
  ): { readonly of: readonly (readonly NeuronDraft['destination'][])[]; readonly splitters: readonly OpenCore[] } {
    const { first, name } = present(network.layers[l], 'layer');
    const cells = new SplitterCells(size);
    const splitters: OpenCore[] = [];
    const of = Array.from(copies, (n, o): NeuronDraft['destination'][] => {
      const readers = wanted.get(first + o) ?? [];
      const loose = readers.filter((reader) => !reader.isTight);
      const split = loose.length > limit;
      const direct = split ? readers.filter((reader) => reader.isTight) : readers;
      const found: NeuronDraft['destination'][] = direct.map(({ sink, ticks }) => axonAt(name, sink, ticks, maxDelay));
      if (split) {
        let next = 0;
        for (const { core: index, count } of cells.take(loose.length)) {
          const core = (splitters[index] ??= { layer: l, role: 'splitter', axonType: [], neurons: [] });
          const axon = addAxon(core, 0);
          for (const { sink, ticks } of loose.slice(next, next + count)) {
            core.neurons.push({
              ...relay(axon, { sink, delay: 1 }, size),
              destination: axonAt(name, sink, ticks - 1, maxDelay),
              rate: RATE,
            });
          }
          next += count;
          found.push({ kind: 'axon', sink: { core, axon }, delay: 1 });
        }
      }
      for (const pin of pinsOf.get(first + o) ?? []) found.push({ kind: 'pin', pin });
      assert(found.length <= n, `${found.length} destinations for ${n} copies`);
      return found;
    });
    return { of, splitters };
  }

  function axonAt(from: string, sink: Sink, ticks: number, most: number): NeuronDraft['destination'] {
    const to = present(network.layers[sink.core.layer], 'layer').name;
    if (ticks < 1 || ticks > most) late.push({ from, to, ticks, most });
    return { kind: 'axon', sink, delay: ticks };
  }
}

/** Adds the neurons of a core; returns the axon of their bias, where they have one. */
function fillCore(
  { lined, packing, axons }: MappedSpikingLayer,
  core: OpenCore,
  c: number,
  destinations: readonly (readonly NeuronDraft['destination'][])[],
  start: number,
): number | undefined {
  const { code, cores } = packing;
  const { neurons } = lined.layer;
  const nTypes = code.values.length;
  const axonsOfSlot = new Map<number, number[]>();
  present(axons[c], 'axons of a core').forEach(({ line, type }, axon) => {
    const slot = line * nTypes + type;
    const list = axonsOfSlot.get(slot);
    if (list === undefined) axonsOfSlot.set(slot, [axon]);
    else list.push(axon);
  });
  const biasAxon = neurons.biasAxon === undefined ? undefined : addAxon(core, nTypes);
  for (const { row, fromCopy, copies } of present(cores[c], 'core')) {
    const connected: number[] = [];
    for (let k = lined.rowStart[row]!; k < lined.rowStart[row + 1]!; k++) {
      present(code.digitsOf(lined.weight[k]!), 'digits').forEach((n, type) => {
        const list = axonsOfSlot.get(lined.line[k]! * nTypes + type) ?? [];
        for (let i = 0; i < n; i++) connected.push(present(list[i], 'axon of a digit'));
      });
    }
    const bias = neurons.biasAxon?.[row] ?? 0;
    if (biasAxon !== undefined && bias !== 0) connected.push(biasAxon);
    const weights = code.values.map((value) => value * lined.divisor[row]!);
    if (biasAxon !== undefined) weights.push(bias);
    const parameters = {
      weights,
      leak: neurons.leak[row]!,
      threshold: neurons.threshold[row]!,
      negativeThreshold: neurons.negativeThreshold,
      resetMode: neurons.resetMode,
      negativeMode: neurons.negativeMode,
      resetPotential: neurons.resetPotential[row]!,
      // What the leak adds before the first step is taken off beforehand.
      initialPotential: -neurons.perTickBefore[row]! * start + 0,
    };
    for (let copy = fromCopy; copy < fromCopy + copies; copy++) {
      const destination = destinations[row]?.[copy];
      // A neuron that nobody reads sends its spikes nowhere: it need not be there.
      if (destination === undefined) continue;
      core.neurons.push({ parameters, axons: connected, destination, rate: RATE });
    }
  }
  return biasAxon;
}

/** Cores of neurons that fire in every tick from one on, each for one axon of a bias. */
function timerCores(
  timers: readonly { readonly sink: Sink; readonly phase: number }[],
  { neurons, rules }: CoreSize,
): readonly OpenCore[] {
  const cores: OpenCore[] = [];
  for (const { sink, phase } of timers) {
    assert(phase >= 0, 'a timer fires in the tick before its spike acts');
    let core = cores.at(-1);
    if (core === undefined || core.neurons.length === neurons) {
      core = { layer: -1, role: 'timer', axonType: [], neurons: [] };
      cores.push(core);
    }
    // It climbs from -phase by 1 a tick, and its floor lies below.
    const parameters = { ...periodic(1, 0, rules), initialPotential: -phase + 0, negativeThreshold: phase + 1 };
    core.neurons.push({ parameters, axons: [], destination: { kind: 'axon', sink }, rate: 1 });
  }
  return cores;
}
