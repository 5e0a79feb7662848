/** Cores under construction get their places on the mesh and become the arrays of a program. */
import { assert } from '../../../common/assert.js';
import { chipGrid, type CoreTraffic } from '../../../hw-models/truenorth/board.js';
import { unusedCores } from '../../../ir/program/core-arrays.js';
import { type CoreArrays, type CoreRole, NEGATIVE, type TrueNorthSpec } from '../../../ir/program/truenorth.js';
import type { CoreDraft, NeuronDraft } from './drafts.js';
import { placeCores, type Placement } from './placement.js';
import { countKept, type KeptCount, type Placing, wantedPlaces } from './placing.js';

/** What the placer gained, in expected spike hops per frame: of snake order, of row-major order, of the result. */
export interface PlacementGain extends Pick<Placement, 'initialHops' | 'rowMajorHops' | 'hops' | 'crossings'> {
  /** What became of the places of an older program, where one was named. */
  readonly kept?: KeptCount;
}

/** A core and the row of the mapping table that it belongs to, -1 for the timer. */
export interface DraftOfLayer {
  readonly core: CoreDraft;
  readonly layer: number;
  readonly role: CoreRole;
}

/** Where the spikes of a neuron go: index of the core, or OUTPUT_PIN_BASE - pin; axon; ticks. */
export interface Wire {
  readonly target: number;
  readonly axon: number;
  readonly delay: number;
}

/** The part of a program that its cores are. */
export interface PlacedCores {
  readonly cores: CoreArrays;
  readonly coreLayer: Int32Array;
  readonly coreRole: readonly CoreRole[];
  readonly placement: PlacementGain;
  /** What the cores are expected to send in a frame. */
  readonly traffic: readonly CoreTraffic[];
}

/** Where cores are to stand, and the mapping table that they belong to. */
export interface PlacingRequest {
  readonly layers: readonly { readonly name: string }[];
  readonly spec: TrueNorthSpec;
  readonly placing: Placing;
}

/**
 * Fills and places; `wireOf` is asked once for every neuron of every core, whose index is core * neuronsPerCore + neuron. There is room on the grid for all of them.
 * @throws UserError with everything that is wrong with pins
 */
export function placeAndFill(
  drafts: readonly DraftOfLayer[],
  wireOf: (neuron: NeuronDraft, draft: number, index: number) => Wire,
  { layers, spec, placing }: PlacingRequest,
): PlacedCores {
  const { cores, traffic } = fillArrays(drafts, wireOf, spec);
  const coreLayer = Int32Array.from(drafts, ({ layer }) => layer);
  const coreRole = drafts.map(({ role }) => role);
  const wanted = wantedPlaces({ layers, coreLayer, coreRole, cores, spec }, placing);
  const grid = { ...chipGrid(spec), faulty: spec.faultyCores };
  const placed = placeCores(drafts.length, traffic, grid, placing.seed, wanted?.constraints);
  const { initialHops, rowMajorHops, hops, crossings, x, y } = placed;
  const { keep } = placing;
  const kept = keep === undefined || wanted?.old === undefined ? {} : { kept: countKept(placed, wanted.old, keep) };
  return {
    cores: { ...cores, x, y },
    ...{ coreLayer, coreRole, traffic },
    placement: { initialHops, rowMajorHops, hops, crossings, ...kept },
  };
}

/** Core by core: what a core is made of is needed no longer than it takes to fill it. */
function fillArrays(
  drafts: readonly DraftOfLayer[],
  wireOf: (neuron: NeuronDraft, draft: number, index: number) => Wire,
  spec: TrueNorthSpec,
): { readonly cores: CoreArrays; readonly traffic: readonly CoreTraffic[] } {
  const nA = spec.axonsPerCore;
  const nN = spec.neuronsPerCore;
  const words = Math.ceil(nN / 32);
  const cores = unusedCores(drafts.length, spec);
  // Neurons that are not used are in a mode that the chip has, too.
  cores.negativeMode.fill(NEGATIVE[spec.negativeModes[0] ?? 'reset']);
  const { synapses } = cores;
  const traffic: CoreTraffic[] = [];
  drafts.forEach(({ core }, c) => {
    cores.axonType.set(core.axonType, c * nA);
    /** Spikes by target, in the order in which neurons name it first. */
    const sent = new Map<number, number>();
    let j = 0;
    for (const neuron of core.neurons) {
      const n = c * nN + j;
      const { target, axon, delay } = wireOf(neuron, c, n);
      const { axons, parameters } = neuron;
      const { weights } = parameters;
      assert(weights.length <= spec.axonTypes, 'a weight per axon type');
      for (let t = 0; t < weights.length; t++) cores.weights[n * spec.axonTypes + t] = weights[t]!;
      cores.leak[n] = parameters.leak;
      cores.threshold[n] = parameters.threshold;
      cores.negativeThreshold[n] = parameters.negativeThreshold;
      cores.resetMode[n] = parameters.resetMode;
      cores.negativeMode[n] = parameters.negativeMode;
      cores.resetPotential[n] = parameters.resetPotential ?? 0;
      cores.initialPotential[n] = parameters.initialPotential;
      cores.target[n] = target;
      cores.targetAxon[n] = axon;
      cores.delay[n] = delay;
      const word = c * nA * words + (j >> 5);
      const bit = 1 << (j & 31);
      for (let k = 0; k < axons.length; k++) synapses[word + axons[k]! * words]! |= bit;
      if (target >= 0) sent.set(target, (sent.get(target) ?? 0) + neuron.rate);
      j++;
    }
    for (const [to, spikes] of sent) traffic.push({ from: c, to, spikes });
  });
  return { cores, traffic };
}
