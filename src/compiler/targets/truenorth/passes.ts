/** The passes of the TrueNorth target: integer network -> chip layers -> cores -> program. */
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { Pass, PassInfo } from '../../passes/pass.js';
import { checkLayers } from './check-layers.js';
import type { ChipNetwork } from './chip-layers.js';
import { chooseMapping, type ChosenMapping, type MappingRequest } from './choose-mapping.js';
import { emitProgram, type EmittedProgram } from './emit.js';
import type { CodeLimits } from './layer-book.js';
import { legalise } from './legalise.js';
import { coresOf } from './map-network.js';
import { printChipLayers, printMapped, printProgram } from './print.js';
import { PLACING_OPTIONS, placingOf } from './placing-facts.js';
import { mapSpikes, placeSpikes, spikingLayers } from './spiking/passes.js';
import { programVerdict } from './verdict.js';

/** A network, and what the chip gives the codes of its values. */
export interface LegalRequest extends CodeLimits {
  readonly graph: NetworkGraph;
}

/** Integer network to chip layers. */
export const chipLayers: Pass<LegalRequest, ChipNetwork> = {
  name: 'chip-layers',
  summary: 'turns layers into sparse matrices with one rule for their outputs: fire, count or score',
  exactness: {
    kind: 'exact',
    why: 'integer matrices are multiplied and added; a function is the sum of its steps, a neuron each',
  },
  options: {
    axonsPerCore: 'inputs of the largest sum that travels as a spike count',
    maxCount: 'steps of a value that one wire carries as a spike count',
    weightMax: 'largest weight of a synapse; sums that ask for more go in digits',
    stairs: 'what neurons can do that subtract their threshold; none where the chip has none',
  },
  statistics: {
    layers: 'chip layers',
    merges: 'max pools that cost nothing',
    weights: 'weights other than 0',
    relays: 'layers that only copy what readers need as plain outputs',
  },
  run: ({ graph, ...limits }) => {
    const { network, relays, diagnostics } = legalise(graph, limits);
    return {
      result: network,
      diagnostics,
      statistics: {
        layers: network.layers.length,
        merges: network.merges.length,
        weights: network.layers.reduce((n, { matrix }) => n + matrix.weight.length, 0),
        relays,
      },
    };
  },
  verify: (network) => ({ broken: checkLayers(network), limits: [] }),
  print: printChipLayers,
};

/** Chip layers to cores under construction. */
export const mapCores: Pass<MappingRequest, ChosenMapping> = {
  name: 'map-cores',
  summary: 'chooses the window of partial sums and how every layer is lowered, and fills cores',
  exactness: { kind: 'exact', why: 'partial sums travel as whole spike counts' },
  options: {
    window: 'ticks of the window; by default the cheapest of a few',
    objective:
      'what the choice minimises: cores, latency, cores times ticks, estimated energy, or cores times ticks of lowerings that stand bit errors (robustness)',
  },
  statistics: {
    cores: 'cores, splitters included, timers not',
    splitters: 'cores that copy spikes',
    windows: 'windows that were tried',
    window: 'ticks of the longest window in use',
  },
  run: (request) => {
    const { result, diagnostics } = chooseMapping(request);
    const layers = result?.mapped.layers ?? [];
    const relays = result?.mapped.host.cores.length ?? 0;
    return {
      ...(result === undefined ? {} : { result }),
      diagnostics,
      statistics: {
        cores: layers.reduce((n, layer) => n + coresOf(layer).length, relays),
        splitters: layers.reduce((n, { fanOut }) => n + fanOut.cores.length, relays),
        windows:
          result === undefined || result.mapped.streaming ? 0 : new Set(result.tried.map(({ window }) => window)).size,
        window: layers.reduce((most, { lowered }) => Math.max(most, lowered.window), 0),
      },
    };
  },
  verify: () => ({ broken: [], limits: [] }),
  print: ({ mapped }) => printMapped(mapped),
};

/** What is placed: a mapped network and the seed of the placement. */
export interface PlacementRequest extends ChosenMapping {
  readonly request: MappingRequest;
}

/** Cores under construction to a placed and wired program. */
export const placeCores: Pass<PlacementRequest, EmittedProgram> = {
  name: 'place-cores',
  summary: 'adds the timer, places the cores on the mesh and wires them',
  exactness: { kind: 'exact', why: 'places change no spike' },
  options: PLACING_OPTIONS,
  statistics: {
    cores: 'cores of the program',
    hops: 'expected spike hops per sample',
    rowMajorHops: 'the same with the cores in row-major order',
  },
  run: ({ mapped, request: { name, network, options } }) => {
    const result = emitProgram(name, network, mapped, options.spec, placingOf(options));
    const { program, placement } = result;
    return {
      result,
      diagnostics: [],
      statistics: { cores: program.cores.nCores, hops: placement.hops, rowMajorHops: placement.rowMajorHops },
    };
  },
  verify: ({ program }) => programVerdict(program),
  print: ({ program }: { readonly program: TrueNorthProgram }) => printProgram(program),
};

/** In the order in which they run. */
export const TRUENORTH_PASSES: readonly PassInfo[] = [chipLayers, mapCores, placeCores];

/** Those of networks with time, likewise. */
export const TRUENORTH_SPIKING_PASSES: readonly PassInfo[] = [spikingLayers, mapSpikes, placeSpikes];
