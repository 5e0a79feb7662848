/** The passes of the TrueNorth target: integer network -> chip layers -> cores -> program. */
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { Pass, PassInfo } from '../../passes/pass.js';
import { checkChain } from './check-chain.js';
import { type ChipChain, toChipLayers } from './chip-layers.js';
import { chooseMapping, type MappedNetwork, type MappingRequest } from './choose-mapping.js';
import { emitProgram, type EmittedProgram } from './emit.js';
import { coresOf } from './map-chain.js';
import { printChain, printMapped, printProgram } from './print.js';
import { PLACING_OPTIONS, placingOf } from './placing-facts.js';
import { mapSpikes, placeSpikes, spikingLayers } from './spiking/passes.js';
import { programVerdict } from './verdict.js';

/** A network, and the chip's axons per core. */
export interface ChainRequest {
  readonly graph: NetworkGraph;
  readonly axonsPerCore: number;
}

/** Integer network to chip layers. */
export const chipLayers: Pass<ChainRequest, ChipChain> = {
  name: 'chip-layers',
  summary: 'merges layers into sparse matrices with one rule for their outputs: fire, count or score',
  exactness: { kind: 'exact', why: 'integer matrices are multiplied; complements and relays change no spike' },
  options: { axonsPerCore: 'inputs of the largest sum that travels as a spike count' },
  statistics: {
    layers: 'chip layers',
    merges: 'max pools that cost nothing',
    weights: 'weights other than 0',
    relays: 'layers that only copy what readers need as plain outputs',
  },
  run: ({ graph, axonsPerCore }) => {
    const { chain, relays, diagnostics } = toChipLayers(graph, axonsPerCore);
    return {
      result: chain,
      diagnostics,
      statistics: {
        layers: chain.layers.length,
        merges: chain.merges.length,
        weights: chain.layers.reduce((n, { matrix }) => n + matrix.weight.length, 0),
        relays,
      },
    };
  },
  verify: (chain) => ({ broken: checkChain(chain), limits: [] }),
  print: printChain,
};

/** Chip layers to cores under construction. */
export const mapCores: Pass<MappingRequest, MappedNetwork> = {
  name: 'map-cores',
  summary: 'chooses the window of partial sums and how every layer is lowered, and fills cores',
  exactness: { kind: 'exact', why: 'partial sums travel as whole spike counts' },
  options: {
    window: 'ticks of the window; by default the cheapest of a few',
    objective: 'what the choice minimises: cores, latency, or cores times ticks',
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
    return {
      ...(result === undefined ? {} : { result }),
      diagnostics,
      statistics: {
        cores: layers.reduce((n, layer) => n + coresOf(layer).length, 0),
        splitters: layers.reduce((n, { fanOut }) => n + fanOut.cores.length, 0),
        windows: result?.windows.length ?? 0,
        window: layers.reduce((most, { lowered }) => Math.max(most, lowered.window), 0),
      },
    };
  },
  verify: () => ({ broken: [], limits: [] }),
  print: ({ mapped }) => printMapped(mapped),
};

/** What is placed: a mapped network and the seed of the placement. */
export interface PlacementRequest extends MappedNetwork {
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
  run: ({ mapped, request: { name, chain, options } }) => {
    const result = emitProgram(name, chain, mapped, options.spec, placingOf(options));
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
