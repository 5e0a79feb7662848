import type { CoreTraffic } from '../../../../hw-models/truenorth/board.js';
import type { CompleteReadout } from '../../../../ir/network/readout.js';
import type { EventWindow } from '../../../../ir/program/chip-program.js';
import {
  type LayerMapping,
  OUTPUT_PIN_BASE,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../../../ir/program/truenorth.js';
import type { CoreDraft, NeuronDraft } from '../drafts.js';
import { placeAndFill, type PlacementGain, type Wire } from '../place-drafts.js';
import type { Placing } from '../placing.js';
import type { SpikingCores } from './build.js';
import type { Connections } from './connections.js';
import type { SpikingMapping } from './mapping.js';

/** What a program is made of. */
export interface SpikingEmission {
  readonly name: string;
  readonly spec: TrueNorthSpec;
  readonly placing: Placing;
  readonly connections: Connections;
  readonly mapping: SpikingMapping;
  readonly cores: SpikingCores;
  readonly events: EventWindow;
  readonly readout: CompleteReadout;
  readonly outputStart: number;
}

/** A program, what its placement gained, and what its cores are expected to send in a step. */
export interface EmittedSpiking {
  readonly program: TrueNorthProgram;
  readonly placement: PlacementGain;
  readonly traffic: readonly CoreTraffic[];
}

/** Places and wires the cores of a spiking network. */
export function emitSpiking(emission: SpikingEmission): EmittedSpiking {
  const { name, spec, placing, connections, mapping, cores: built, events, readout, outputStart } = emission;
  const { inputStart } = mapping;
  const drafts = built.cores.map(({ core, layer }) => ({ core, layer, role: core.role }));
  const indexOf = new Map<CoreDraft, number>(drafts.map(({ core }, index) => [core, index]));
  const at = (core: CoreDraft): number => indexOf.get(core)!;
  const wireOf = ({ destination }: NeuronDraft): Wire => {
    switch (destination.kind) {
      case 'axon':
        return { target: at(destination.sink.core), axon: destination.sink.axon, delay: destination.delay ?? 1 };
      case 'pin':
        return { target: OUTPUT_PIN_BASE - destination.pin, axon: 0, delay: 1 };
      case 'copy':
        throw new Error('internal error: a copy without a destination');
    }
  };
  const layers = mapping.layers.map((_, l) => mappingRow(emission, l));
  const { cores, coreLayer, coreRole, placement, traffic } = placeAndFill(drafts, wireOf, { layers, spec, placing });
  const rowStart = new Int32Array(built.inputSinks.length + 1);
  built.inputSinks.forEach((sinks, e) => (rowStart[e + 1] = rowStart[e]! + sinks.length));
  const sinks = built.inputSinks.flat();
  return {
    program: {
      kind: 'truenorth',
      ...{ name, spec, cores, coreLayer, coreRole, layers },
      inputShape: connections.inputShape,
      inputCode: connections.code,
      inputs: {
        nElements: built.inputSinks.length,
        rowStart,
        core: Int32Array.from(sinks, ({ core }) => at(core)),
        axon: Uint16Array.from(sinks, ({ axon }) => axon),
        maxCount: 1,
      },
      mergedAxons: new Int32Array(0),
      timing: { period: 1, inputStart, inputTicks: 1, outputStart, outputTicks: 1 },
      outputs: {
        nClasses: connections.scores.nOut,
        pinClass: Int32Array.from(built.pins, ({ row }) => row),
        pinCoefficient: Int32Array.from(built.pins, ({ coefficient }) => coefficient),
        constant: connections.scores.constant,
        ...readout,
      },
      events,
    },
    placement,
    traffic,
  };
}

/** A line of the mapping table. */
function mappingRow({ mapping, cores: built, spec }: SpikingEmission, l: number): LayerMapping {
  const { lined, packing, copies, splitters } = mapping.layers[l]!;
  const { layer, rowStart, lines } = lined;
  const nOut = copies.length;
  const own = built.cores.filter((core) => core.layer === l).map(({ core }) => core);
  const cores = own.filter(({ role }) => role === 'layer');
  let fanIn = 0;
  for (let o = 0; o < nOut; o++) fanIn = Math.max(fanIn, rowStart[o + 1]! - rowStart[o]!);
  const used = (count: (core: CoreDraft) => number, capacity: number): number =>
    cores.reduce((n, core) => n + count(core), 0) / (Math.max(1, cores.length) * capacity);
  return {
    name: layer.name,
    scheme: layer.isRelay ? 'relay' : 'spiking',
    ...{ fanIn, nIn: lines.length, nOut },
    cores: own.length,
    partialCores: 0,
    splitterCores: splitters,
    copies: copies.reduce((n, c) => n + c - 1, 0),
    window: 1,
    ticks: splitters > 0 ? 2 : 1,
    axonUse: used(({ axonType }) => axonType.length, spec.axonsPerCore),
    neuronUse: used(({ neurons }) => neurons.length, spec.neuronsPerCore),
    limitedBy: packing.limitedBy,
  };
}
