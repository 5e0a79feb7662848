import { type Diagnostic, throwIfErrors } from '../common/diagnostics.js';
import type { NetworkGraph, NodeId } from '../ir/network/types.js';
import { isSpiking, refuseSpiking } from '../ir/network/spiking.js';
import { verifyNetwork } from '../ir/network/verify.js';
import { moveMaxPool } from './passes/move-max-pool.js';
import type { NetworkPass, PassObserver, PassReport } from './passes/pass.js';
import { PassLog } from './passes/pass-log.js';
import { realValue, type Value } from './passes/integer-value.js';
import {
  type IntegerSpiking,
  roundSpiking,
  type SpikingBits,
  spikingToInteger,
  spikingToIntegerOf,
} from './passes/spiking-to-integer.js';
import { integerForm, toInteger, toIntegerOf } from './passes/to-integer.js';
import { turnChannels } from './passes/turn-channels.js';

/** What keeps the float network as it is, bit for bit, and makes its layers fit the integer form. */
const FLOAT_PASSES: readonly NetworkPass[] = [
  moveMaxPool, // maxima of sums become maxima of bits
  turnChannels, // channels that reach a requantisation rise
];

/** From the trained network to the integer network, in this order. */
export const TO_INTEGER: readonly NetworkPass[] = [
  ...FLOAT_PASSES,
  toInteger, // scale, bias, batch norm and activation become integer thresholds and requantisations
];

/** From a spiking network to one in integers. */
export const SPIKING_TO_INTEGER: readonly NetworkPass[] = [
  spikingToInteger, // weights, thresholds and potentials become integers
];

/** A lowered network. */
export interface LoweredNetwork {
  readonly graph: NetworkGraph;
  /** Where and by how much it may differ from the float network. */
  readonly diagnostics: readonly Diagnostic[];
  /** The passes that ran; none for a network of the integer dialect. */
  readonly passes: readonly PassReport[];
}

/**
 * Lowers a float network to the integer dialect; the graph is verified before the first pass and after each.
 * @throws UserError with everything that has no integer form.
 */
export function lowerToInteger(graph: NetworkGraph): NetworkGraph {
  return lowerWithWarnings(graph).graph;
}

/** Like {@link lowerToInteger}, with the warnings; `observe` sees the network after every pass. */
export function lowerWithWarnings(graph: NetworkGraph, observe?: PassObserver): LoweredNetwork {
  if (graph.dialect === 'integer') return { graph, diagnostics: [], passes: [] };
  throwIfErrors(verifyNetwork(graph));
  const log = new PassLog(observe);
  const passes = isSpiking(graph) ? SPIKING_TO_INTEGER : TO_INTEGER;
  const integer = passes.reduce((current, pass) => log.run(pass, current, (network) => network), graph);
  return { graph: integer, diagnostics: log.warnings, passes: log.reports };
}

/** A spiking network in integers, with what was rounded, layer by layer. */
export interface LoweredSpiking extends Pick<IntegerSpiking, 'weights' | 'neurons'> {
  readonly graph: NetworkGraph;
}

/** Lowers a spiking network of the float dialect at chosen bits; verified before and after. @throws UserError with everything that has no integer form */
export function lowerSpiking(graph: NetworkGraph, bits: SpikingBits): LoweredSpiking {
  throwIfErrors(verifyNetwork(graph));
  const rounded = roundSpiking(graph, bits);
  const { weights, neurons } = rounded;
  return { graph: new PassLog().run(spikingToIntegerOf(rounded), graph), weights, neurons };
}

/** What the integers of a layer stand for. */
export interface LayerMeaning {
  /** The layer of the integer network whose values they are: where a layer was folded away, that of the sums it works on. */
  readonly id: NodeId;
  /** The real value of element e where the integer is q. */
  real(q: number, e: number): number;
  /** Bounds of the integers. */
  readonly low: number;
  readonly high: number;
}

/** A network in both forms, layer by layer. */
export interface BothForms {
  /** The float network with its layers in the order of the integer form: the same values as the trained one. */
  readonly float: NetworkGraph;
  readonly integer: NetworkGraph;
  /** By layer of `float`. */
  readonly meanings: ReadonlyMap<NodeId, LayerMeaning>;
  /** Warnings by layer of `float`. */
  readonly warnings: ReadonlyMap<NodeId, Diagnostic>;
}

/** Lowers a float network and keeps what its integers mean. @throws UserError with everything that has no integer form */
export function lowerWithMeanings(graph: NetworkGraph): BothForms {
  throwIfErrors(verifyNetwork(graph));
  refuseSpiking(graph, 'a comparison layer by layer');
  const log = new PassLog();
  const float = FLOAT_PASSES.reduce((current, pass) => log.run(pass, current), graph);
  const form = integerForm(float);
  const integer = log.run(toIntegerOf(form), float);
  const { values, diagnostics } = form;
  const placeOf = new Map(float.nodes.map(({ id, kind }) => [`${float.name}: layer "${id}" (${kind})`, id]));
  const warnings = diagnostics.flatMap((found): readonly (readonly [NodeId, Diagnostic])[] => {
    const id = placeOf.get(found.place);
    return id === undefined ? [] : [[id, found]];
  });
  return {
    ...{ float, integer },
    meanings: new Map([...values].map(([id, value]) => [id, meaningOf(value)])),
    warnings: new Map(warnings),
  };
}

function meaningOf(value: Value): LayerMeaning {
  const { id, low, high, constant, post } = value;
  const channels = low.length;
  // One function per channel and constant: a closure per element would be slow.
  const known = new Map<string, (q: number) => number>();
  return {
    id,
    low: low.reduce((a, b) => Math.min(a, b), Infinity),
    high: high.reduce((a, b) => Math.max(a, b), -Infinity),
    real: (q, e) => {
      const c = post.length === 0 ? 0 : e % channels;
      const key = `${c}/${constant[e] ?? 0}`;
      const real = known.get(key) ?? realValue(value, c, constant[e] ?? 0);
      known.set(key, real);
      return real(q);
    },
  };
}
