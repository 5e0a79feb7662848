/**
 * How values travel, where it is a choice: inputs of several bits in few digits of many spikes or many digits of few, steps of a function as neurons of
 * their own or as stairs. Each is tried in a whole mapping, since codes cost what the layers that read them take.
 */
import { present } from '../../../common/assert.js';
import { digitsFor, type InputDigits } from '../../../ir/network/input-code.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { capacityOf } from './capacity.js';
import {
  chooseMapping,
  costOf,
  type MappingChoice,
  type Objective,
  type TrueNorthOptions,
  windowsBeside,
} from './choose-mapping.js';
import { coreSizeOf } from './drafts.js';
import type { CodeLimits } from './layer-book.js';
import { legalise, type LegalNetwork } from './legalise.js';
import { gatedProblem } from './lowered.js';

/** Steps of a value that travel as the count of one wire: a tick each. */
const MAX_COUNT = 15;
/** Most steps that one neuron emits as a count at first: each takes a tick of the period. */
const STAIRS: Readonly<Record<Objective, number>> = {
  cores: MAX_COUNT,
  coreTicks: 8,
  energy: 8,
  latency: 4,
  robustness: 1,
};
/** Other lengths of stairs, and largest digits of inputs, that are tried: two bits, four, all eight. */
const OTHER_STAIRS = [1, MAX_COUNT];
const OTHER_DIGITS = [2 ** 2 - 1, MAX_COUNT, 2 ** 8 - 1];
/** Cores up to which a network is mapped again for every code and window; of larger ones for inputs alone, with the windows beside the best. */
const QUICKLY_MAPPED = 1024;

/** The choice. */
export interface Codes {
  /** Largest digit of inputs of several bits: as many spikes and ticks. */
  readonly inputMost: number;
  /** Most spikes of a neuron for several steps of a function; 1: a neuron for every step. */
  readonly stairs: number;
}

/** A network that asks for codes. */
export interface CodesRequest {
  readonly graph: NetworkGraph;
  readonly options: TrueNorthOptions;
}

/** A network in certain codes. */
export interface CodedNetwork {
  readonly codes: Codes;
  readonly legal: LegalNetwork;
  readonly mapping: ReturnType<typeof chooseMapping>;
}

/** Codes that were tried, and their cheapest mapping; absent where there is none. */
export interface CodesChoice {
  readonly codes: Codes;
  /** Digits of an input of several bits. */
  readonly digits?: InputDigits;
  readonly best?: MappingChoice;
  readonly chosen: boolean;
}

/** What was chosen, and what it was compared with: nothing, where a network leaves no choice. */
export interface ChosenCodes extends CodedNetwork {
  readonly tried: readonly CodesChoice[];
}

/** What the chip gives values in these codes. */
export function codeLimits(spec: TrueNorthSpec, { inputMost, stairs: most }: Codes): CodeLimits {
  const { axonsPerCore, maxDelay, weightMax, thresholdMax } = spec;
  return {
    ...{ axonsPerCore, weightMax, inputMost, maxCount: Math.min(MAX_COUNT, maxDelay) },
    ...(most > 1 && { stairs: { most, thresholdMax } }),
  };
}

/** The codes with the cheapest mapping by the objective; the first ones where none is better. */
export function chooseCodes({ graph, options }: CodesRequest): ChosenCodes {
  const { spec, objective = 'coreTicks' } = options;
  const capacity = capacityOf(spec);
  const costIn = (best: MappingChoice | undefined): number =>
    best === undefined ? Infinity : costOf(objective, best, capacity);
  const tried: Omit<CodesChoice, 'chosen'>[] = [];
  let best: CodedNetwork | undefined;
  let index = 0;
  /** Maps in these codes; returns what it costs. */
  const attempt = (codes: Codes, window = options.window): MappingChoice | undefined => {
    const coded = inCodes(graph, { ...options, ...(window !== undefined && { window }) }, codes);
    const own = chosenOf(coded);
    const n = tried.push({
      codes,
      ...(coded.legal.network.digits && { digits: coded.legal.network.digits }),
      ...(own && { best: own }),
    });
    if (best === undefined || costIn(own) < costIn(chosenOf(best))) {
      best = coded;
      index = n - 1;
    }
    return own;
  };
  const ofInput = Math.min(MAX_COUNT, spec.maxDelay);
  const first = attempt({ inputMost: ofInput, stairs: hasStairs(spec) ? STAIRS[objective] : 1 });
  const { layers } = present(best, 'first codes').legal.network;
  // What is wrong with a network that cannot be mapped is said of the first codes.
  const isQuick = first !== undefined && first.cores <= QUICKLY_MAPPED;
  if (isQuick && layers.some(({ stairs }) => stairs !== undefined)) {
    for (const stairs of OTHER_STAIRS) if (stairs !== STAIRS[objective]) attempt({ inputMost: ofInput, stairs });
  }
  if (first !== undefined) {
    const { stairs } = present(best, 'best codes').codes;
    for (const { most, radix } of otherDigits(graph, ofInput)) {
      const windows =
        isQuick || options.window !== undefined ? [options.window] : windowsBeside(first.window, radix - 1);
      for (const window of windows) attempt({ inputMost: most, stairs }, window);
    }
  }
  const choices = tried.map((choice, i) => ({ ...choice, chosen: i === index }));
  return { ...present(best, 'best codes'), tried: choices.length === 1 ? [] : choices };
}

/** A network in these codes, and its mapping. */
function inCodes(graph: NetworkGraph, options: TrueNorthOptions, codes: Codes): CodedNetwork {
  const legal = legalise(graph, codeLimits(options.spec, codes));
  const { network, diagnostics } = legal;
  if (diagnostics.some(({ severity }) => severity === 'error')) return { codes, legal, mapping: { diagnostics } };
  return { codes, legal, mapping: chooseMapping({ name: graph.name, network, options }) };
}

const chosenOf = ({ mapping: { result } }: CodedNetwork): MappingChoice | undefined =>
  result?.tried.find(({ chosen }) => chosen);

/** Other digits of the inputs, each once. */
function otherDigits(
  { nodes }: NetworkGraph,
  first: number,
): readonly { readonly most: number; readonly radix: number }[] {
  const bits = nodes.flatMap((node) =>
    node.kind === 'encode' && node.code.kind === 'integer' ? [node.code.bits] : [],
  );
  const [of] = bits;
  if (of === undefined) return [];
  const known = new Set([digitsFor(of, first).radix]);
  return OTHER_DIGITS.flatMap((most) => {
    const { radix } = digitsFor(of, most);
    if (known.has(radix)) return [];
    known.add(radix);
    return [{ most, radix }];
  });
}

/** Whether the chip has neurons that emit counts of steps. */
function hasStairs(spec: TrueNorthSpec): boolean {
  const size = coreSizeOf(spec);
  const { linearReset, negativeSaturate } = size.rules;
  return linearReset && negativeSaturate && gatedProblem(size) === undefined;
}
