/** Packing of layer pieces into cores: next fit along a spatial order, so that neighbours share axons. */
import type { Matrix } from './matrix.js';

/** Something that goes into a core: units (rows or lanes) that read the same inputs. */
export interface PackItem {
  /** Inputs read by the item's units. */
  readonly inputs: Int32Array;
  /** Axons each input needs: excitatory and inhibitory. */
  readonly excite: Uint16Array;
  readonly inhibit: Uint16Array;
  /** Neurons of each unit. */
  readonly neurons: readonly number[];
}

/** Units [from, to) of an item that share a core. */
export interface PackedPiece {
  readonly item: number;
  readonly from: number;
  readonly to: number;
}

export interface Packing {
  readonly cores: readonly (readonly PackedPiece[])[];
  /** Axons in use over all cores. */
  readonly axons: number;
  readonly limitedBy: 'axons' | 'neurons';
}

/** Whether a packing of at least so many cores and axons is of no use. */
export type IsTooMuch = (cores: number, axons: number) => boolean;

/**
 * Packs the items in this order. An item goes into the open core if it fits whole; else a new core is opened; an item larger
 * than a core is cut between units. Returns undefined when a single unit does not fit an empty core, and as soon as it is too much.
 */
export function packItems(
  items: readonly PackItem[],
  order: readonly number[],
  nInputs: number,
  axonBudget: number,
  neuronBudget: number,
  isTooMuch: IsTooMuch = () => false,
): Packing | undefined {
  const excite = new Uint16Array(nInputs);
  const inhibit = new Uint16Array(nInputs);
  let touched: number[] = [];
  const cores: PackedPiece[][] = [];
  let open: PackedPiece[] = [];
  let axons = 0;
  let neurons = 0;
  let totalAxons = 0;
  let byAxons = 0;
  let byNeurons = 0;
  /** Neurons that are in no core that is closed. */
  let left = order.reduce((sum, index) => sum + (items[index]?.neurons.reduce((n, k) => n + k, 0) ?? 0), 0);
  if (isTooMuch(Math.ceil(left / neuronBudget), 0)) return undefined;
  const close = (): void => {
    if (open.length > 0) cores.push(open);
    left -= neurons;
    open = [];
    totalAxons += axons;
    for (const i of touched) excite[i] = inhibit[i] = 0;
    touched = [];
    axons = 0;
    neurons = 0;
  };
  const extraAxons = (item: PackItem): number => {
    let extra = 0;
    for (let k = 0; k < item.inputs.length; k++) {
      const i = item.inputs[k]!;
      const moreExcite = item.excite[k]! - excite[i]!;
      const moreInhibit = item.inhibit[k]! - inhibit[i]!;
      if (moreExcite > 0) extra += moreExcite;
      if (moreInhibit > 0) extra += moreInhibit;
    }
    return extra;
  };
  const take = (item: PackItem): void => {
    for (let k = 0; k < item.inputs.length; k++) {
      const i = item.inputs[k]!;
      const moreExcite = item.excite[k]! - excite[i]!;
      const moreInhibit = item.inhibit[k]! - inhibit[i]!;
      if (moreExcite <= 0 && moreInhibit <= 0) continue;
      if (excite[i] === 0 && inhibit[i] === 0) touched.push(i);
      if (moreExcite > 0) {
        axons += moreExcite;
        excite[i] = item.excite[k]!;
      }
      if (moreInhibit > 0) {
        axons += moreInhibit;
        inhibit[i] = item.inhibit[k]!;
      }
    }
  };
  for (const index of order) {
    const item = items[index];
    if (item === undefined || item.neurons.length === 0) continue;
    const total = item.neurons.reduce((sum, n) => sum + n, 0);
    if (total === 0) continue;
    const fitsAxons = axons + extraAxons(item) <= axonBudget;
    if (!fitsAxons) byAxons++;
    else if (neurons + total > neuronBudget) byNeurons++;
    if (!fitsAxons || (neurons + total > neuronBudget && open.length > 0)) {
      close();
      if (isTooMuch(cores.length + Math.ceil(left / neuronBudget), totalAxons)) return undefined;
      if (extraAxons(item) > axonBudget) return undefined;
    }
    let from = 0;
    while (from < item.neurons.length) {
      let to = from;
      while (to < item.neurons.length && neurons + item.neurons[to]! <= neuronBudget) neurons += item.neurons[to++]!;
      if (to === from) {
        if (open.length === 0) return undefined;
        close();
        continue;
      }
      take(item);
      open.push({ item: index, from, to });
      if (to < item.neurons.length) {
        byNeurons++;
        close();
      }
      from = to;
    }
  }
  close();
  return { cores, axons: totalAxons, limitedBy: byAxons >= byNeurons ? 'axons' : 'neurons' };
}

/** Inputs that go to a core together, an axon each, with so many neurons that read some of them. */
export interface InputSet {
  readonly inputs: Int32Array;
  readonly neurons: number;
}

/** {@link packItems} of sets, any number of times: all inputs take one axon, and sets are cut between any two neurons. */
export function setPacker(
  sets: readonly InputSet[],
  nInputs: number,
  { axons: axonBudget, neurons: neuronBudget }: { readonly axons: number; readonly neurons: number },
): (order: Int32Array, isTooMuch: IsTooMuch) => Packing | undefined {
  const all = sets.reduce((sum, { neurons }) => sum + neurons, 0);
  /** [nInputs] the last core that has an axon for an input, counted from 1 over all packings. */
  const coreOf = new Int32Array(nInputs);
  let core = 0;
  return (order, isTooMuch) => {
    const cores: PackedPiece[][] = [];
    let open: PackedPiece[] = [];
    let axons = 0;
    let neurons = 0;
    let totalAxons = 0;
    let byAxons = 0;
    let byNeurons = 0;
    /** Neurons that are in no core that is closed. */
    let left = all;
    core++;
    if (isTooMuch(Math.ceil(left / neuronBudget), 0)) return undefined;
    const close = (): void => {
      if (open.length > 0) cores.push(open);
      left -= neurons;
      open = [];
      totalAxons += axons;
      core++;
      axons = 0;
      neurons = 0;
    };
    for (let k = 0; k < order.length; k++) {
      const item = order[k]!;
      const { inputs, neurons: count } = sets[item]!;
      if (count === 0) continue;
      const fitsAxons = axons + missing(coreOf, inputs, core) <= axonBudget;
      if (!fitsAxons) byAxons++;
      else if (neurons + count > neuronBudget) byNeurons++;
      if (!fitsAxons || (neurons + count > neuronBudget && open.length > 0)) {
        close();
        if (isTooMuch(cores.length + Math.ceil(left / neuronBudget), totalAxons)) return undefined;
        if (inputs.length > axonBudget) return undefined;
      }
      for (let from = 0; from < count;) {
        const to = Math.min(count, from + neuronBudget - neurons);
        if (to === from) {
          close();
          continue;
        }
        neurons += to - from;
        for (let i = 0; i < inputs.length; i++) {
          if (coreOf[inputs[i]!] === core) continue;
          coreOf[inputs[i]!] = core;
          axons++;
        }
        open.push({ item, from, to });
        if (to < count) {
          byNeurons++;
          close();
        }
        from = to;
      }
    }
    close();
    return { cores, axons: totalAxons, limitedBy: byAxons >= byNeurons ? 'axons' : 'neurons' };
  };
}

/** Inputs that have no axon in a core. */
function missing(coreOf: Int32Array, inputs: Int32Array, core: number): number {
  let n = 0;
  for (let k = 0; k < inputs.length; k++) if (coreOf[inputs[k]!] !== core) n++;
  return n;
}

/** Tile shapes, height and width, tried for layers whose groups have a place in an image. Tiles of height 1 are all the order by rows. */
const TILES: readonly (readonly [number, number])[] = [
  [1, Infinity],
  [Infinity, 1],
  [2, 1],
  [2, 2],
  [2, 3],
  [3, 2],
  [3, 3],
  [2, 4],
  [4, 2],
  [3, 4],
  [4, 4],
  [5, 5],
  [6, 6],
  [8, 8],
];

/** Orders of the groups worth trying: by tiles of the image, channel groups apart; the natural order when there is no image. */
export function groupOrders(matrix: Matrix, nGroups: number): readonly (readonly number[])[] {
  const natural = Array.from({ length: nGroups }, (_, g) => g);
  const place = matrix.groupPlace;
  if (place.length === 0) return [natural];
  let perPlace = 1;
  while (perPlace < nGroups && place[2 * perPlace] === place[0] && place[2 * perPlace + 1] === place[1]) perPlace++;
  return TILES.map(([height, width]) => {
    const key = (g: number): readonly number[] => {
      const y = place[2 * g]!;
      const x = place[2 * g + 1]!;
      return [g % perPlace, Math.floor(y / height), Math.floor(x / width), y, x];
    };
    const keys = natural.map(key);
    return natural.slice().sort((a, b) => compareKeys(keys[a]!, keys[b]!));
  });
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** The packing with the least cost over the orders: cores, then axons (every axon is a neuron of the layer before). */
export function bestPacking(
  orders: readonly (readonly number[])[],
  axonCost: number,
  pack: (order: readonly number[], isTooMuch: IsTooMuch) => Packing | undefined,
): Packing | undefined {
  let best: Packing | undefined;
  let bestCost = Infinity;
  const isTooMuch: IsTooMuch = (cores, axons) => cores + axonCost * axons >= bestCost;
  for (const order of orders) {
    const packing = pack(order, isTooMuch);
    if (packing === undefined) continue;
    const cost = packing.cores.length + axonCost * packing.axons;
    if (cost < bestCost) {
      best = packing;
      bestCost = cost;
    }
  }
  return best;
}
