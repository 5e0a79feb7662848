/**
 * The partition of every layer: tiles x out-groups x in-groups. All legal partitions of a layer are costed (layer-costs.ts); a few good ones of
 * each stay, and the choice among them is improved layer by layer until nothing changes, because a layer pays for how its results
 * have to be spread over the cores of its readers.
 */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { layOut } from '../../../hw-models/northpole/layout.js';
import type { LayerMapping } from '../../../ir/program/northpole.js';
import { type Candidate, costOf, type LayerFacts, layerFacts, maxPackets, type Target } from './layer-costs.js';
import type { LayerDraft, LayeredNetwork } from './to-layers.js';

/** Partitions per layer that stay in the choice, by each of three orders. */
const KEPT = 24;
/** Rounds of improvement; in practice two or three change anything. */
const ROUNDS = 8;

export interface PartitionOptions {
  /** Cycles a byte of memory per core is worth: above 0 when a first plan did not fit. */
  readonly cyclesPerByte: number;
}

/** Chooses the partitions of all layers; layers that have none are reported. Deterministic. */
export function choosePartitions(
  network: LayeredNetwork,
  target: Target,
  { cyclesPerByte }: PartitionOptions,
): { readonly mappings: readonly LayerMapping[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const choices = network.layers.map((layer) => {
    const facts = layerFacts(target, layer);
    const candidates = goodCandidates(target, facts, cyclesPerByte);
    if (candidates.length === 0) diagnostics.push(noPartition(network, target, facts));
    return candidates;
  });
  if (diagnostics.length > 0) return { mappings: [], diagnostics };
  const chosen = improve(network, choices, cyclesPerByte);
  const mappings = chosen.map(({ split }): LayerMapping => {
    const { rows, columns, outGroups, inGroups } = split;
    const layout = layOut(target.spec, { tiles: rows * columns, outGroups, inGroups });
    return { ...split, ...present(layout, 'layout') };
  });
  return { mappings, diagnostics };
}

/** Every legal split of a layer. */
function* splits(facts: LayerFacts, nCores: number): Generator<Parameters<typeof costOf>[2]> {
  const [height, width] = facts.image;
  for (const tileHeight of pieces(height, nCores)) {
    const rows = Math.ceil(height / tileHeight);
    for (const tileWidth of pieces(width, Math.floor(nCores / rows))) {
      const tiles = rows * Math.ceil(width / tileWidth);
      for (const outBlocks of pieces(facts.nOutBlocks, Math.floor(nCores / tiles))) {
        const shares = tiles * Math.ceil(facts.nOutBlocks / outBlocks);
        for (const inBlocks of pieces(facts.nInBlocks, Math.floor(nCores / shares))) {
          yield { tileHeight, tileWidth, outBlocks, inBlocks };
        }
      }
    }
  }
}

/** The different sizes of the largest piece when n things are cut into 1..most equal pieces, largest first. */
function pieces(n: number, most: number): readonly number[] {
  const sizes: number[] = [];
  for (let count = 1; count <= Math.min(n, most); count++) {
    const size = Math.ceil(n / count);
    if (sizes.at(-1) !== size) sizes.push(size);
  }
  return sizes;
}

function goodCandidates(target: Target, facts: LayerFacts, cyclesPerByte: number): readonly Candidate[] {
  const { spec } = target;
  const all: Candidate[] = [];
  for (const split of splits(facts, spec.gridWidth * spec.gridHeight)) {
    const candidate = costOf(target, facts, split);
    if (candidate !== undefined && candidate.bytes <= spec.memory.bytes) all.push(candidate);
  }
  const received = (c: Candidate): number => c.incoming.reduce((a, b) => a + b, 0);
  const orders: readonly ((c: Candidate) => number)[] = [
    (c) => Math.max(c.compute, received(c), c.programCycles) + cyclesPerByte * c.bytes,
    (c) => c.compute + received(c) + cyclesPerByte * c.bytes,
    (c) => c.compute + received(c) / 8 + cyclesPerByte * c.bytes,
  ];
  const kept = new Set<Candidate>();
  for (const cost of orders) {
    const costs = new Map(all.map((c) => [c, cost(c)]));
    const order = [...all].sort((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
    for (const candidate of order.slice(0, KEPT)) kept.add(candidate);
  }
  return [...kept];
}

/** Starts with the best partition of each layer alone, then improves one layer at a time. */
function improve(
  network: LayeredNetwork,
  choices: readonly (readonly Candidate[])[],
  cyclesPerByte: number,
): readonly Candidate[] {
  const { layers } = network;
  const chosen = choices.map((candidates) => present(candidates[0], 'candidate'));
  const readers = layers.map((layer) => readersOfLayer(network, layer));
  const producers = layers.map((_, l) =>
    [...layers.keys()].filter((p) => present(readers[p], 'readers').some((r) => r.layer === l)),
  );
  /** Cycles from the start of a layer to the start of the next, with the partitions chosen now. */
  const cyclesOf = (l: number): number => {
    const own = present(chosen[l], 'candidate');
    let port = own.dataReads;
    for (const { layer, operand } of present(readers[l], 'readers')) port += chosen[layer]?.incoming[operand] ?? 0;
    return Math.max(own.compute, port, chosen[l + 1]?.programCycles ?? 0) + cyclesPerByte * own.bytes;
  };
  for (let round = 0; round < ROUNDS; round++) {
    let changed = false;
    for (let l = 0; l < layers.length; l++) {
      const touched = [...new Set([...present(producers[l], 'producers'), l - 1, l])].filter((t) => t >= 0);
      const cost = (): number => touched.reduce((sum, t) => sum + cyclesOf(t), 0);
      let best = present(chosen[l], 'candidate');
      let bestCost = cost();
      for (const candidate of present(choices[l], 'candidates')) {
        chosen[l] = candidate;
        const c = cost();
        if (c < bestCost) {
          best = candidate;
          bestCost = c;
          changed = true;
        }
      }
      chosen[l] = best;
    }
    if (!changed) break;
  }
  return chosen;
}

/** Operands that read what a layer writes, also through concatenations. */
function readersOfLayer(
  { layers, tensors }: LayeredNetwork,
  { output }: LayerDraft,
): readonly { readonly layer: number; readonly operand: number }[] {
  const written = new Set([output]);
  tensors.forEach((tensor, t) => {
    if (tensor.parts.some((part) => written.has(part))) written.add(t);
  });
  return layers.flatMap(({ operands }, layer) =>
    operands.flatMap((t, operand) => (written.has(t) ? [{ layer, operand }] : [])),
  );
}

function noPartition(network: LayeredNetwork, { spec, batch }: Target, facts: LayerFacts): Diagnostic {
  const place = `${network.name}: layer "${facts.layer.name}"`;
  const [h, w] = facts.image;
  const nCores = spec.gridWidth * spec.gridHeight;
  const vectors = batch * h * w * facts.nOutBlocks;
  const packets = Math.ceil(vectors / nCores);
  if (packets > maxPackets(spec)) {
    return errorAt(
      'program-too-long',
      place,
      `a core would send at least ${packets} results of ${spec.vmm.outputs} channels, a program holds ${maxPackets(spec)}`,
      'use a smaller batch, a larger grid or a larger program buffer',
    );
  }
  let least = Infinity;
  const room = { ...spec, memory: { ...spec.memory, bytes: Infinity } };
  for (const split of splits(facts, nCores)) {
    least = Math.min(least, costOf({ spec: room, batch, tensors: network.tensors }, facts, split)?.bytes ?? Infinity);
  }
  if (least < Infinity) {
    return errorAt(
      'layer-too-large',
      place,
      `operands and weights take at least ${least} bytes of a core in every partition, a core has ${spec.memory.bytes}: ${least - spec.memory.bytes} too many`,
      'use a smaller batch, narrower weights or activations, a larger grid or more memory',
    );
  }
  return errorAt(
    'no-partition',
    place,
    `its ${h} x ${w} pixels and ${facts.nOutBlocks} blocks of output channels have no partition on ${spec.gridWidth} x ${spec.gridHeight} cores with at most ${maxPackets(spec)} results per core`,
    'use a smaller batch, or a grid with more cores',
  );
}
