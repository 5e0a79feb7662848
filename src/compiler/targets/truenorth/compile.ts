/** The TrueNorth target: integer network -> chip layers -> cores -> placed and verified program. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../../common/diagnostics.js';
import { fewestBoards, mostBoards } from '../../../hw-models/truenorth/boards.js';
import { TRUENORTH_SPECS } from '../../../hw-models/truenorth/spec.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import type { PassObserver, PassReport } from '../../passes/pass.js';
import { PassLog } from '../../passes/pass-log.js';
import type { CodesChoice } from './choose-codes.js';
import type { ChosenMapping, MappingChoice, TrueNorthOptions } from './choose-mapping.js';
import { type EdgeUse, edgeUse, edgeWarnings } from './edge-warnings.js';
import type { HeldValue } from './chip-layers.js';
import type { LayerProbe } from './emit.js';
import type { PlacementGain } from './place-drafts.js';
import { chipLayers, chooseCodesPass, mapCores, placeCores } from './passes.js';
import { placingOf } from './placing-facts.js';
import { coreCount } from './mapping-cost.js';
import { mapSpikes, placeSpikes, spikingLayers } from './spiking/passes.js';
import { unsupportedLayers } from './supported.js';
import { WireTable } from './wires.js';

export { type Objective, OBJECTIVES, type TrueNorthOptions, type MappingChoice } from './choose-mapping.js';

export interface TrueNorthCompilation {
  readonly program: TrueNorthProgram;
  /** Mappings that were compared, by window; none for networks with time. */
  readonly tried: readonly MappingChoice[];
  /** Codes of inputs and values that were compared; none where the network leaves no choice. */
  readonly codes: readonly CodesChoice[];
  /** What its layers would take in another way; made when asked for. */
  readonly alternatives: ChosenMapping['alternatives'];
  readonly placement: PlacementGain;
  /** What is expected to cross borders between chips. */
  readonly edges: EdgeUse;
  readonly warnings: readonly Diagnostic[];
  /** The passes that ran, with their statistics. */
  readonly passes: readonly PassReport[];
  /** Where values of the integer network leave cores. */
  readonly held: readonly HeldValue[];
  /** The wires that `held` speaks of. */
  readonly wires: WireTable;
  /** By chip layer, which `held` names by index. */
  readonly probes: readonly LayerProbe[];
}

/**
 * Compiles an integer network; `observe` sees what every pass made.
 * @throws UserError with every layer that does not fit and every limit of the chip that is exceeded.
 */
export function compileTrueNorth(
  graph: NetworkGraph,
  options: TrueNorthOptions,
  observe?: PassObserver,
): TrueNorthCompilation {
  if (graph.time !== undefined) return compileSpiking(graph, options, observe);
  throwIfErrors([...checkSpec(roomOf(options)), ...unsupportedLayers(graph)]);
  const log = new PassLog(observe);
  const request = { name: graph.name, graph, options: { ...options, spec: roomOf(options) } };
  const coded = log.run(chooseCodesPass, request);
  const network = log.run(chipLayers, coded);
  const chosen = log.run(mapCores, coded);
  const { mapped, tried, alternatives } = chosen;
  const spec = gridFor(options, coreCount(mapped, options.spec));
  const placed = { name: graph.name, network, options: { ...options, spec } };
  const { program, placement, traffic, probes } = log.run(placeCores, { ...chosen, request: placed });
  const edges = edgeUse(program, traffic);
  const warnings = [...log.warnings, ...edgeWarnings(program, edges)];
  return {
    program,
    tried,
    codes: coded.tried,
    alternatives,
    placement,
    edges,
    warnings,
    passes: log.reports,
    held: network.held,
    wires: network.wires,
    probes,
  };
}

/** The same of a network with time, whose neurons keep their potentials from step to step. */
function compileSpiking(
  graph: NetworkGraph,
  options: TrueNorthOptions,
  observe: PassObserver | undefined,
): TrueNorthCompilation {
  const { maxCount = 1 } = options;
  throwIfErrors(checkSpec(roomOf(options)));
  const log = new PassLog(observe);
  const request = { graph, spec: roomOf(options), maxCount, placing: placingOf(options) };
  const planned = log.run(spikingLayers, request);
  const mapped = log.run(mapSpikes, { planned, request });
  const { program, placement, traffic } = log.run(placeSpikes, {
    mapped,
    request: { ...request, spec: gridFor(options, mapped.cores.cores.length) },
  });
  const edges = edgeUse(program, traffic);
  const warnings = [...log.warnings, ...edgeWarnings(program, edges)];
  // What each layer holds, in which step, is not compared layer by layer.
  return {
    program,
    tried: [],
    codes: [],
    alternatives: () => [],
    placement,
    edges,
    warnings,
    passes: log.reports,
    held: [],
    wires: new WireTable(),
    probes: [],
  };
}

/** What a network may take. */
const roomOf = ({ spec, boards }: TrueNorthOptions): TrueNorthSpec => (boards === 'auto' ? mostBoards(spec) : spec);

/** What one of so many cores takes. */
const gridFor = ({ spec, boards }: TrueNorthOptions, cores: number): TrueNorthSpec =>
  boards === 'auto' ? fewestBoards(spec, cores) : spec;

/** What the lowering relies on in every layer; what single layers need beside it they say themselves. */
function checkSpec(spec: TrueNorthSpec): readonly Diagnostic[] {
  const place = `chip "${spec.name}"`;
  const found = [...TRUENORTH_SPECS.check(spec, place)];
  if (!spec.resetModes.includes('normal')) {
    const message = `neurons without memory reset to 0, the chip has ${spec.resetModes.join(' and ')} only`;
    found.push(errorAt('unsupported-chip', `${place}: resetModes`, message, 'add normal'));
  }
  return found;
}
