/** The passes of the TrueNorth target: integer network -> chip layers -> cores -> program. */
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { Pass, PassInfo } from '../../passes/pass.js';
import { checkLayers } from './check-layers.js';
import type { ChipNetwork } from './chip-layers.js';
import { chooseCodes, type ChosenCodes, type CodedNetwork, type CodesRequest } from './choose-codes.js';
import type { ChosenMapping, MappingRequest } from './choose-mapping.js';
import { emitProgram, type EmittedProgram } from './emit.js';
import { coresOf } from './map-network.js';
import { printChipLayers, printCodes, printMapped, printProgram } from './print.js';
import { PLACING_OPTIONS, placingOf } from './placing-facts.js';
import { mapSpikes, placeSpikes, spikingLayers } from './spiking/passes.js';
import { programVerdict } from './verdict.js';

/** A network to the codes that its values travel in. */
export const chooseCodesPass: Pass<CodesRequest, ChosenCodes> = {
  name: 'choose-codes',
  summary: 'tries how inputs and steps of functions travel, each in a whole mapping, and keeps the cheapest',
  exactness: { kind: 'exact', why: 'every code carries the same values' },
  options: { objective: 'what the choice minimises' },
  statistics: {
    tried: 'codes that were tried, in one or several windows',
    inputMost: 'largest digit of an input of several bits',
    stairs: 'most spikes of a neuron for several steps of a function',
  },
  run: (request) => {
    const result = chooseCodes(request);
    const { inputMost, stairs } = result.codes;
    return { result, diagnostics: [], statistics: { tried: Math.max(1, result.tried.length), inputMost, stairs } };
  },
  verify: () => ({ broken: [], limits: [] }),
  print: (chosen) => printCodes(chosen.tried),
};

/** Integer network to chip layers. */
export const chipLayers: Pass<CodedNetwork, ChipNetwork> = {
  name: 'chip-layers',
  summary: 'turns layers into sparse matrices with one rule for their outputs: fire, count or score',
  exactness: {
    kind: 'exact',
    why: 'integer matrices are multiplied and added; a function is the sum of its steps, a neuron each',
  },
  options: {},
  statistics: {
    layers: 'chip layers',
    merges: 'max pools that cost nothing',
    weights: 'weights other than 0',
    relays: 'layers that only copy what readers need as plain outputs',
  },
  run: ({ legal: { network, relays, diagnostics } }) => {
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
export const mapCores: Pass<CodedNetwork, ChosenMapping> = {
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
  run: ({ mapping: { result, diagnostics } }) => {
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
export const TRUENORTH_PASSES: readonly PassInfo[] = [chooseCodesPass, chipLayers, mapCores, placeCores];

/** Those of networks with time, likewise. */
export const TRUENORTH_SPIKING_PASSES: readonly PassInfo[] = [spikingLayers, mapSpikes, placeSpikes];
