/** The passes of networks with time: integer network -> spiking layers -> cores -> program. */
import { present } from '../../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../../common/diagnostics.js';
import { codeMax } from '../../../../ir/network/shapes.js';
import { completeReadout } from '../../../../ir/network/readout.js';
import type { NetworkGraph } from '../../../../ir/network/types.js';
import { NEGATIVE, RESET, type TrueNorthProgram, type TrueNorthSpec } from '../../../../ir/program/truenorth.js';
import type { Pass } from '../../../passes/pass.js';
import { checkCapacity } from '../capacity.js';
import { coreSizeOf } from '../drafts.js';
import type { Placing } from '../placing.js';
import { PLACING_OPTIONS } from '../placing-facts.js';
import { printProgram } from '../print.js';
import { programVerdict } from '../verdict.js';
import { buildSpiking, type SpikingCores } from './build.js';
import { type Connections, connect } from './connections.js';
import { emitSpiking, type EmittedSpiking } from './emit.js';
import { type Edge, edgesOf, loopsOf, type SpikingLayers, startsOf, withInputRelay, withRelays } from './layers.js';
import { mapSpiking, type SpikingMapping } from './mapping.js';
import { type PlannedNeurons, planNeurons } from './neurons.js';

/** A network with time, and what it is compiled for. */
export interface SpikingRequest {
  readonly graph: NetworkGraph;
  readonly spec: TrueNorthSpec;
  /** Largest count of an input element in a step. */
  readonly maxCount: number;
  readonly placing: Placing;
}

/** A network in layers of neurons of the chip. */
export interface PlannedNetwork {
  readonly connections: Connections;
  readonly network: SpikingLayers;
  readonly maxCount: number;
  readonly maxSteps: number;
  readonly inputStart: number;
}

/** Samples of so many steps are the longest that files and runs know. */
const MOST_STEPS = 1 << 24;

/** The largest count that there are axons for: 1 where the code has no more, or nobody asks for more. */
const countOf = ({ graph, maxCount }: SpikingRequest): number => {
  const [, encode] = graph.nodes;
  return encode?.kind === 'encode' ? Math.min(codeMax(encode.code), maxCount) : 1;
};

/** Input codes whose counts mean the same in every step. */
function codeProblems({ graph }: SpikingRequest): readonly Diagnostic[] {
  const [, encode] = graph.nodes;
  const place = `${graph.name}: layer "${encode?.id ?? ''}" (encode)`;
  if (encode?.kind !== 'encode') return [];
  const { code } = encode;
  if (code.kind === 'bernoulli') {
    const message = 'it draws spikes of an image by chance, and in steps every frame has its own';
    return [errorAt('random-input', place, message, 'use a threshold or integer code')];
  }
  if (code.kind === 'integer' && code.zeroPoint !== 0) {
    const message = `its counts begin at -${code.zeroPoint}, spikes are never negative`;
    return [errorAt('integer-input-code', place, message, 'use an input that starts at 0')];
  }
  return [];
}

/** Integer network to layers of neurons of the chip. */
export const spikingLayers: Pass<SpikingRequest, PlannedNetwork> = {
  name: 'spiking-layers',
  summary:
    'networks with time: what is between neurons becomes synapses with delays, neurons become those of the chip, relays are added',
  exactness: { kind: 'exact', why: 'sums are sums, and what has no neuron of the chip is refused' },
  options: { maxCount: 'largest count of an input in a step: as many axons' },
  statistics: {
    populations: 'layers of neurons',
    relays: 'layers that only pass spikes on',
    synapses: 'weights other than 0',
    maxSteps: 'steps of a sample up to which no potential can run over',
  },
  run: (request) => {
    const { graph, spec } = request;
    const problems = [...codeProblems(request)];
    const maxCount = countOf(request);
    const { connections, diagnostics } = connect(graph, maxCount);
    problems.push(...diagnostics);
    const relayNeurons = (n: number): PlannedNeurons => relays(n, spec);
    const statistics = { populations: 0, relays: 0, synapses: 0, maxSteps: 0 };
    if (connections === undefined) return { diagnostics: problems, statistics };
    const { populations } = connections;
    const longest = Math.max(1, spec.maxDelay - 4);
    // With splitters and relays everywhere, no layer starts later: relays of long delays take less time than they stand for, unless they stand for a step or two.
    const chained = longest > 2 ? 0 : longestDelay(connections);
    const latestStart = 2 * (2 * populations.length + 2 + chained);
    const planned = populations.map((population) => {
      const plan = planNeurons(population, { network: graph.name, spec, latestStart });
      problems.push(...plan.diagnostics);
      return plan.neurons;
    });
    const neurons = planned.flatMap((plan) => (plan === undefined ? [] : [plan]));
    if (problems.length > 0) return { diagnostics: problems, statistics };
    const network = readableInput(withRelays(connections, neurons, relayNeurons, longest), relayNeurons);
    const { layers } = network;
    const maxSteps = layers.reduce((least, layer) => Math.min(least, layer.neurons.maxSteps), MOST_STEPS);
    // The timer of a bias fires one tick before the first step.
    const inputStart = layers.some((layer) => layer.neurons.biasAxon !== undefined) ? 1 : 0;
    return {
      result: { connections, network, maxCount, maxSteps, inputStart },
      diagnostics: [],
      statistics: {
        populations: populations.length,
        relays: layers.filter(({ isRelay }) => isRelay).length,
        synapses: layers.reduce((n, { rows }) => n + rows.weight.length, 0),
        maxSteps,
      },
    };
  },
  verify: () => ({ broken: [], limits: [] }),
  print: ({ network, inputStart, maxCount, maxSteps }) => {
    const lines = network.layers.map(({ name, rows, isRelay }) => {
      const delays = new Set(rows.delay);
      return `${name}: ${isRelay ? 'relay' : 'neurons'} ${rows.nOut}, ${rows.weight.length} synapses, delays ${[...delays].sort((a, b) => a - b).join(',')}`;
    });
    const head = `input from tick ${inputStart}, counts up to ${maxCount}, exact up to ${maxSteps} steps`;
    return `${[head, ...lines, `scores ${network.scores.nOut}`].join('\n')}\n`;
  },
};

const longestDelay = ({ populations, scores }: Connections): number =>
  [...populations.map(({ rows }) => rows), scores].reduce(
    (most, { delay }) => delay.reduce((own, d) => Math.max(own, d), most),
    0,
  );

/** Neurons that fire one tick after their axon. */
function relays(n: number, spec: TrueNorthSpec): PlannedNeurons {
  const { fireOffset } = coreSizeOf(spec).rules;
  return {
    leak: new Int32Array(n),
    threshold: new Int32Array(n).fill(1 + fireOffset),
    negativeThreshold: 0,
    resetMode: RESET.normal,
    negativeMode: spec.negativeModes.includes('saturate') ? NEGATIVE.saturate : NEGATIVE.reset,
    resetPotential: new Int32Array(n),
    perTickBefore: new Int32Array(n),
    maxSteps: Infinity,
  };
}

/** Layers that may start later than the host's spikes come read them through relays. */
function readableInput(network: SpikingLayers, relayNeurons: (n: number) => PlannedNeurons): SpikingLayers {
  const edges = edgesOf(network);
  const isTight = loopsOf(network.layers.length, edges);
  const readers = new Set<number>();
  for (;;) {
    // As late as they may be: with splitters wherever there is time for them. A loop without any time is reported when it is mapped.
    const hop = ({ from, to }: Edge): number => {
      if (from < 0) return readers.has(to) ? 2 : 0;
      return isTight(from, to) ? 1 : 2;
    };
    const starts = startsOf(network.layers.length, edges, hop, 0);
    if ('loop' in starts) return network;
    const late = edges.filter(
      ({ from, to, most }) => from < 0 && !readers.has(to) && (most > 0 || (starts.start[to] ?? 0) > 0),
    );
    if (late.length === 0) break;
    for (const { to } of late) readers.add(to);
  }
  return readers.size === 0 ? network : withInputRelay(network, readers, relayNeurons);
}

/** Layers on cores. */
export interface MappedSpikingNetwork extends PlannedNetwork {
  readonly mapping: SpikingMapping;
  readonly cores: SpikingCores;
}

/** What is mapped. */
export interface SpikingMapRequest {
  readonly planned: PlannedNetwork;
  readonly request: SpikingRequest;
}

/** Spiking layers to cores under construction. */
export const mapSpikes: Pass<SpikingMapRequest, MappedSpikingNetwork> = {
  name: 'map-spikes',
  summary:
    'networks with time: makes weights of axons, fills cores, copies neurons for all their readers, and gives every layer its tick',
  exactness: {
    kind: 'exact',
    why: 'copies hold equal potentials, digits add up to weights, delays make up for later starts',
  },
  options: { spec: 'axons, neurons, axon types and delays of the cores' },
  statistics: {
    cores: 'cores, splitters and timers included',
    splitters: 'cores that copy spikes',
    depth: 'ticks from a step of the input to that of the scores',
  },
  run: ({ planned, request: { graph, spec } }) => {
    const { network, inputStart } = planned;
    const size = coreSizeOf(spec);
    const statistics = { cores: 0, splitters: 0, depth: 0 };
    const mapped = mapSpiking({ name: graph.name, network, size, inputStart });
    if ('problems' in mapped) return { diagnostics: mapped.problems, statistics };
    const { mapping } = mapped;
    const cores = buildSpiking(mapping, size, spec.maxDelay);
    const problems = [...delayProblems(graph.name, cores), ...roomProblems(graph.name, mapping, cores, spec)];
    if (problems.length > 0) return { diagnostics: problems, statistics };
    return {
      result: { ...planned, mapping, cores },
      diagnostics: [],
      statistics: {
        cores: cores.cores.length,
        splitters: cores.cores.filter(({ core }) => core.role === 'splitter').length,
        depth: outputStart(mapping) - inputStart,
      },
    };
  },
  verify: () => ({ broken: [], limits: [] }),
  print: ({ mapping, cores }) => {
    const lines = mapping.layers.map(({ lined, packing, copies, limit }, l) => {
      const extra = copies.reduce((n, c) => n + c - 1, 0);
      const parts = [
        `${packing.cores.length} cores`,
        `axons ${packing.code.values.join(',')}`,
        `${extra} copies`,
        ...(limit === Infinity ? [] : [`splitters above ${limit} readers`]),
        `from tick ${mapping.start[l] ?? 0}`,
      ];
      return `${lined.layer.name}: ${parts.join(', ')}, limited by ${packing.limitedBy}`;
    });
    return `${[`${cores.cores.length} cores`, ...lines].join('\n')}\n`;
  },
};

/** Tick in which the scores of the first step fire. */
export function outputStart({ network, start, inputStart }: SpikingMapping): number {
  const [element] = network.scores.element;
  const last = network.layers.findIndex(
    ({ first, rows }) => element !== undefined && element >= first && element < first + rows.nOut,
  );
  return start[last] ?? inputStart;
}

/** A finding for every two layers whose spikes would have to wait longer than the chip holds them back. */
function delayProblems(name: string, { late }: SpikingCores): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { from, to, ticks, most } of late) {
    const place = `${name}: layer "${from}" to "${to}"`;
    const message = `spikes would travel ${ticks} ticks, the chip holds them back for 1..${most}`;
    found.set(
      place,
      errorAt('delay-range', place, message, 'use fewer layers between the two, or a chip with a longer maxDelay'),
    );
  }
  return [...found.values()];
}

function roomProblems(
  name: string,
  { network, layers }: SpikingMapping,
  { cores }: SpikingCores,
  spec: TrueNorthSpec,
): readonly Diagnostic[] {
  const shares = (): readonly string[] =>
    layers.map(
      (_, l) => `${present(network.layers[l], 'layer').name} ${cores.filter(({ layer }) => layer === l).length}`,
    );
  const remedy = 'use a larger grid, fewer bits of weights, or a smaller network';
  return checkCapacity(name, spec, cores.length, shares, remedy);
}

/** What is placed. */
export interface SpikingPlacement {
  readonly mapped: MappedSpikingNetwork;
  readonly request: SpikingRequest;
}

/** Cores under construction to a placed and wired program. */
export const placeSpikes: Pass<SpikingPlacement, EmittedSpiking> = {
  name: 'place-spikes',
  summary: 'networks with time: places the cores on the mesh and wires them',
  exactness: { kind: 'exact', why: 'places change no spike' },
  options: PLACING_OPTIONS,
  statistics: { cores: 'cores of the program', hops: 'expected spike hops per step' },
  run: ({ mapped, request: { graph, spec, placing } }) => {
    const { connections, mapping, cores, maxCount, maxSteps } = mapped;
    const { output } = connections;
    const nClasses = connections.scores.nOut;
    const result = emitSpiking({
      ...{ name: graph.name, spec, placing, connections, mapping, cores },
      events: { maxCount, maxSteps },
      readout: completeReadout(output.kind === 'scores' ? output : {}, nClasses),
      outputStart: outputStart(mapping),
    });
    const { program, placement } = result;
    return { result, diagnostics: [], statistics: { cores: program.cores.nCores, hops: placement.hops } };
  },
  verify: ({ program }) => programVerdict(program),
  print: ({ program }: { readonly program: TrueNorthProgram }) => printProgram(program),
};
