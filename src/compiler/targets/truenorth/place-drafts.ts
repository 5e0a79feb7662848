/** Cores under construction get their places on the mesh and become the arrays of a program. */
import { assert } from '../../../common/assert.js';
import { chipGrid, type CoreTraffic } from '../../../hw-models/truenorth/board.js';
import { unusedCores } from '../../../ir/program/core-arrays.js';
import { type CoreArrays, type CoreRole, NEGATIVE, type TrueNorthSpec } from '../../../ir/program/truenorth.js';
import type { CoreDraft } from './drafts.js';
import { placeCores, type Placement } from './placement.js';

/** What the placer gained, in expected spike hops per frame: of snake order, of row-major order, of the result. */
export type PlacementGain = Pick<Placement, 'initialHops' | 'rowMajorHops' | 'hops' | 'crossings'>;

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

/** Places and fills; `wires[c][j]` belongs to neuron j of core c. There is room on the grid for all of them. */
export function placeAndFill(
  drafts: readonly DraftOfLayer[],
  wires: readonly (readonly Wire[])[],
  spec: TrueNorthSpec,
  seed: number,
): PlacedCores {
  const traffic: CoreTraffic[] = wires.flatMap((ofCore, from) =>
    ofCore.flatMap(({ target }, j) =>
      target >= 0 ? [{ from, to: target, spikes: drafts[from]!.core.neurons[j]!.rate }] : [],
    ),
  );
  const placed = placeCores(drafts.length, traffic, { ...chipGrid(spec), faulty: spec.faultyCores }, seed);
  const cores = fillArrays(
    drafts.map(({ core }) => core),
    wires,
    placed,
    spec,
  );
  const { initialHops, rowMajorHops, hops, crossings } = placed;
  return {
    cores,
    coreLayer: Int32Array.from(drafts, ({ layer }) => layer),
    coreRole: drafts.map(({ role }) => role),
    placement: { initialHops, rowMajorHops, hops, crossings },
    traffic,
  };
}

function fillArrays(
  drafts: readonly CoreDraft[],
  wires: readonly (readonly Wire[])[],
  place: { x: Int16Array; y: Int16Array },
  spec: TrueNorthSpec,
): CoreArrays {
  const nA = spec.axonsPerCore;
  const nN = spec.neuronsPerCore;
  const words = Math.ceil(nN / 32);
  const nCores = drafts.length;
  const cores = { ...unusedCores(nCores, spec), x: place.x, y: place.y };
  // Neurons that are not used are in a mode that the chip has, too.
  cores.negativeMode.fill(NEGATIVE[spec.negativeModes[0] ?? 'reset']);
  drafts.forEach((draft, c) => {
    cores.axonType.set(draft.axonType, c * nA);
    draft.neurons.forEach((neuron, j) => {
      const n = c * nN + j;
      const { target, axon, delay } = wires[c]![j]!;
      assert(neuron.weights.length <= spec.axonTypes, 'a weight per axon type');
      cores.weights.set(neuron.weights, n * spec.axonTypes);
      cores.leak[n] = neuron.leak;
      cores.threshold[n] = neuron.threshold;
      cores.negativeThreshold[n] = neuron.negativeThreshold;
      cores.resetMode[n] = neuron.resetMode;
      cores.negativeMode[n] = neuron.negativeMode;
      cores.resetPotential[n] = neuron.resetPotential ?? 0;
      cores.initialPotential[n] = neuron.initialPotential;
      cores.target[n] = target;
      cores.targetAxon[n] = axon;
      cores.delay[n] = delay;
      for (const a of neuron.axons) cores.synapses[(c * nA + a) * words + (j >> 5)]! |= 1 << (j & 31);
    });
  });
  return cores;
}
