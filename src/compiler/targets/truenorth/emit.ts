/** From cores under construction to the arrays of a program: timing, timer, placement, tables. */
import {
  type CoreRole,
  type FrameTiming,
  type InputMap,
  type LayerMapping,
  OUTPUT_PIN_BASE,
  type OutputMap,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../../ir/program/truenorth.js';
import type { CoreTraffic } from '../../../hw-models/truenorth/board.js';
import { type ChipNetwork, widestRow } from './chip-layers.js';
import {
  type CoreDraft,
  coreSizeOf,
  type CoreSize,
  type NeuronDraft,
  type OpenCore,
  periodic,
  type Sink,
} from './drafts.js';
import { coresOf, inputArrival, type MappedLayer, type MappedNetwork } from './map-network.js';
import type { LoweredLayer } from './lowered.js';
import { placeAndFill, type PlacementGain, type Wire } from './place-drafts.js';
import type { Placing } from './placing.js';

/**
 * Where the outputs of a chip layer leave: output[k] of the layer is its constant and the sum of coefficient[k] times the spikes of neuron[k] (core *
 * neuronsPerCore + neuron) in ticks from..from + ticks - 1 of the first frame. Outputs that nobody reads have no neuron; class scores without a
 * weight have none either, and are their constant.
 */
export interface LayerProbe {
  readonly isScore: boolean;
  readonly constant: Int32Array;
  readonly output: Int32Array;
  readonly coefficient: Int32Array;
  readonly neuron: Int32Array;
  readonly from: number;
  readonly ticks: number;
}

/** A program, what its placement gained, and what its cores are expected to send in a frame. */
export interface EmittedProgram {
  readonly program: TrueNorthProgram;
  readonly placement: PlacementGain;
  readonly traffic: readonly CoreTraffic[];
  /** By chip layer. */
  readonly probes: readonly LayerProbe[];
}

/** Absolute ticks of a mapped network. */
export interface Schedule {
  readonly timing: FrameTiming;
  /** [nLayers] tick of the first input spike of frame 0. */
  readonly start: readonly number[];
  /** [nLayers] ticks from a layer's first input to the first input of the layers that read it; of the last, to its output and one on. */
  readonly ticks: readonly number[];
}

/** Computes the period and every layer's start. */
export function schedule(network: ChipNetwork, mapped: MappedNetwork): Schedule {
  const { layers, hostAhead, streaming } = mapped;
  // A spike of the timer that acts in a frame's first tick is fired one tick before it.
  const first = layers.some(({ lowered }) => lowered.timers.length > 0) ? 1 : 0;
  const { span } = inputArrival(network);
  let period = streaming ? 1 : span;
  // Layers that read nothing, but for a constant, may begin before the host.
  let longest = hostAhead;
  for (const { lowered, ahead } of layers) {
    longest = Math.max(longest, ahead);
    if (!streaming) period = Math.max(period, lowered.minPeriod);
  }
  const start = layers.map(({ ahead }) => first + longest - ahead);
  const ticks = layers.map(({ ahead, lowered }, l) => {
    const reader = network.layers.findIndex(
      ({ inputs }, r) => r > l && inputs.some((w) => network.wires.drivers(w).some(({ layer }) => layer === l)),
    );
    return reader < 0 ? lowered.latency + 1 : ahead - layers[reader]!.ahead;
  });
  const last = layers.at(-1)!.lowered;
  const inputStart = first + longest - hostAhead;
  return {
    timing: {
      period,
      inputStart,
      inputTicks: span,
      outputStart: start.at(-1)! + last.latency,
      outputTicks: last.departure.span,
    },
    start,
    ticks,
  };
}

/** Number of timer cores a mapped network needs. */
export function timerCores(mapped: MappedNetwork, neuronsPerCore: number): number {
  const requests = mapped.layers.reduce((n, { lowered }) => n + lowered.timers.length, 0);
  return Math.ceil(requests / neuronsPerCore);
}

/** Builds, places and wires all cores; `traffic` is what they are expected to send in a frame. */
export function emitProgram(
  name: string,
  network: ChipNetwork,
  mapped: MappedNetwork,
  spec: TrueNorthSpec,
  placing: Placing,
): EmittedProgram {
  const times = schedule(network, mapped);
  const layers = layerTable(network, mapped, times, spec);
  const drafts: { core: CoreDraft; layer: number; role: CoreRole; mapped: MappedLayer | undefined }[] = [];
  mapped.layers.forEach((layer, l) => {
    for (const core of coresOf(layer)) drafts.push({ core, layer: layers.rowOf[l]!, role: core.role, mapped: layer });
  });
  for (const core of mapped.host.cores) {
    drafts.push({ core, layer: layers.rowOf[0]!, role: core.role, mapped: undefined });
  }
  for (const core of timerDrafts(mapped, times, coreSizeOf(spec))) {
    drafts.push({ core, layer: -1, role: 'timer', mapped: undefined });
  }
  const indexOf = new Map(drafts.map(({ core }, index) => [core, index]));
  const at = (core: CoreDraft): number => indexOf.get(core)!;
  const lastLayer = mapped.layers.at(-1)!;
  const pinCount = lastLayer.lowered.pins.length > 0 ? lastLayer.lowered.pins.length : lastLayer.copies.length;

  /** Target core (or pin), axon and delay of a neuron. */
  const wire = (neuron: NeuronDraft, layer: MappedLayer | undefined): Wire => {
    const { destination } = neuron;
    switch (destination.kind) {
      case 'axon':
        return { target: at(destination.sink.core), axon: destination.sink.axon, delay: destination.delay ?? 1 };
      case 'pin':
        return { target: OUTPUT_PIN_BASE - destination.pin, axon: 0, delay: 1 };
      case 'copy': {
        if (layer === lastLayer) return { target: OUTPUT_PIN_BASE - destination.output, axon: 0, delay: 1 };
        const { sink, delay } = layer!.fanOut.targets[destination.output]![destination.copy]!;
        return { target: at(sink.core), axon: sink.axon, delay };
      }
    }
  };

  const terms = new Map(mapped.layers.map((layer) => [layer, new ProbeTerms()]));
  const { cores, coreLayer, coreRole, placement, traffic } = placeAndFill(
    drafts,
    (neuron, draft, index) => {
      const { mapped: layer, role } = drafts[draft]!;
      if (layer !== undefined && role !== 'splitter') terms.get(layer)!.add(neuron, index, layer.lowered);
      return wire(neuron, layer);
    },
    { layers: layers.rows, spec, placing },
  );
  const inputs = inputMap(network, mapped, at);
  return {
    program: {
      kind: 'truenorth',
      name,
      spec,
      cores,
      coreLayer,
      coreRole,
      layers: layers.rows,
      inputShape: network.inputShape,
      inputCode: network.code,
      inputs,
      mergedAxons: mergedAxons(network, mapped, at, spec.axonsPerCore),
      timing: times.timing,
      outputs: outputMap(network, lastLayer, pinCount),
    },
    placement,
    traffic,
    probes: mapped.layers.map((layer, l) => terms.get(layer)!.probe(layer, times.start[l]!)),
  };
}

/** The first neuron of every output of a layer, or those of all of its pins: collected while the cores are filled. */
class ProbeTerms {
  readonly #output: number[] = [];
  readonly #coefficient: number[] = [];
  readonly #neuron: number[] = [];

  add({ destination }: NeuronDraft, neuron: number, { pins }: LoweredLayer): void {
    if (destination.kind === 'copy') {
      if (destination.copy === 0) this.#push(destination.output, 1, neuron);
    } else if (destination.kind === 'pin') {
      const { row, coefficient } = pins[destination.pin]!;
      this.#push(row, coefficient, neuron);
    }
  }

  #push(output: number, coefficient: number, neuron: number): void {
    this.#output.push(output);
    this.#coefficient.push(coefficient);
    this.#neuron.push(neuron);
  }

  probe({ layer, lowered }: MappedLayer, start: number): LayerProbe {
    return {
      isScore: layer.rule === 'score',
      constant: layer.constant,
      output: Int32Array.from(this.#output),
      coefficient: Int32Array.from(this.#coefficient),
      neuron: Int32Array.from(this.#neuron),
      from: start + lowered.latency,
      ticks: lowered.departure.span,
    };
  }
}

/** Timer neurons in the order of their targets: each fires one tick before its spike has to act. */
function timerDrafts(mapped: MappedNetwork, times: Schedule, { neurons, rules }: CoreSize): readonly CoreDraft[] {
  const { period } = times.timing;
  const cores: OpenCore[] = [];
  mapped.layers.forEach(({ lowered }, l) => {
    for (const { sink, offset } of lowered.timers) {
      let core = cores.at(-1);
      if (core === undefined || core.neurons.length === neurons) {
        core = { layer: -1, role: 'timer', axonType: [], neurons: [] };
        cores.push(core);
      }
      const phase = (times.start[l]! + offset - 1 + period) % period;
      core.neurons.push({
        parameters: periodic(period, phase, rules),
        axons: [],
        destination: { kind: 'axon', sink },
        rate: 1,
      });
    }
  });
  return cores;
}

function inputMap(network: ChipNetwork, mapped: MappedNetwork, at: (core: CoreDraft) => number): InputMap {
  const entries = mapped.host.targets;
  const rowStart = new Int32Array(entries.length + 1);
  entries.forEach((targets, e) => (rowStart[e + 1] = rowStart[e]! + targets.length));
  const core = new Int32Array(rowStart.at(-1)!);
  const axon = new Uint16Array(core.length);
  let next = 0;
  for (const targets of entries) {
    for (const { sink } of targets) {
      core[next] = at(sink.core);
      axon[next++] = sink.axon;
    }
  }
  return {
    ...{ nElements: entries.length, rowStart, core, axon },
    maxCount: inputArrival(network).maxCount,
    ...(network.digits && { digits: network.digits }),
  };
}

/** Axons that several neurons drive: maxima, steps of one value that are its count, gates that come twice. */
function mergedAxons(
  { wires }: ChipNetwork,
  mapped: MappedNetwork,
  at: (core: CoreDraft) => number,
  axonsPerCore: number,
): Int32Array {
  const merged: number[] = [];
  const declare = ({ core, axon }: Sink): number => merged.push(at(core) * axonsPerCore + axon);
  for (const { layer, lowered, fanOut } of mapped.layers) {
    lowered.inputSinks.forEach((sinks: readonly Sink[], i) => {
      if (wires.drivers(layer.inputs[i]!).length > 1) sinks.forEach(declare);
    });
    fanOut.merged.forEach(declare);
    for (const { sink, isSecond } of lowered.timers) if (isSecond) declare(sink);
  }
  return Int32Array.from(merged).sort();
}

function outputMap(network: ChipNetwork, last: MappedLayer, pins: number): OutputMap {
  const rows = last.lowered.pins.length > 0 ? last.lowered.pins : undefined;
  const constant = new Int32Array(network.nClasses);
  last.layer.constant.forEach((c, row) => (constant[network.outputClass[row]!]! += c));
  return {
    nClasses: network.nClasses,
    pinClass: Int32Array.from({ length: pins }, (_, p) => network.outputClass[rows?.[p]?.row ?? p]!),
    pinCoefficient: Int32Array.from({ length: pins }, (_, p) => rows?.[p]?.coefficient ?? 1),
    constant,
    ...network.readout,
  };
}

function layerTable(
  network: ChipNetwork,
  mapped: MappedNetwork,
  times: Schedule,
  spec: TrueNorthSpec,
): { rows: readonly LayerMapping[]; rowOf: readonly number[] } {
  const rows: LayerMapping[] = [];
  const rowOf: number[] = [];
  mapped.layers.forEach((layer, l) => {
    for (const merge of network.merges.filter((m) => m.layer === l)) rows.push(mergeRow(merge));
    rowOf.push(rows.length);
    rows.push(mappingRow(layer, times.ticks[l]!, spec));
  });
  return { rows, rowOf };
}

function mergeRow(merge: ChipNetwork['merges'][number]): LayerMapping {
  return {
    name: merge.name,
    scheme: 'merge',
    fanIn: Math.round(merge.nIn / Math.max(1, merge.nOut)),
    nIn: merge.nIn,
    nOut: merge.nOut,
    cores: 0,
    partialCores: 0,
    splitterCores: 0,
    copies: 0,
    window: 0,
    ticks: 0,
    axonUse: 0,
    neuronUse: 0,
    limitedBy: 'nothing: spikes merge on the axons of the next layer',
  };
}

function mappingRow({ layer, lowered, fanOut, copies }: MappedLayer, ticks: number, spec: TrueNorthSpec): LayerMapping {
  const cores = lowered.cores;
  const { nIn, nOut } = layer.matrix;
  const fanIn = widestRow(layer.matrix);
  const used = (count: (core: CoreDraft) => number, capacity: number): number =>
    cores.length === 0 ? 0 : cores.reduce((n, core) => n + count(core), 0) / (cores.length * capacity);
  return {
    name: layer.name,
    scheme: lowered.scheme,
    fanIn,
    nIn,
    nOut,
    cores: cores.length + fanOut.cores.length,
    partialCores: cores.filter((core) => core.role === 'partial').length,
    splitterCores: fanOut.cores.length,
    copies: copies.reduce((n, c) => n + Math.max(0, c - 1), 0),
    window: lowered.window,
    ticks,
    axonUse: used((core) => core.axonType.length, spec.axonsPerCore),
    neuronUse: used((core) => core.neurons.length, spec.neuronsPerCore),
    limitedBy: lowered.limitedBy,
  };
}
