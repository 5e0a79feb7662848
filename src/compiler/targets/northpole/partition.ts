/**
 * The partition of every layer: tiles x out-groups x in-groups. All legal partitions of a layer are costed (layer-costs.ts); the good ones stay, and
 * the choice among them is improved layer by layer until nothing changes, because a layer pays for the way of its results to the
 * cores of its readers (exchange-load.ts).
 */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { flitsOf, senderOf } from '../../../hw-models/northpole/exchange.js';
import { layOut } from '../../../hw-models/northpole/layout.js';
import { type Reader, readersOf } from '../../../hw-models/northpole/regions.js';
import type { LayerMapping, NorthPoleLayer, NorthPoleProgram } from '../../../ir/program/northpole.js';
import { exchangeLoad, type SenderParts } from './exchange-load.js';
import {
  type Candidate,
  costOf,
  type LayerFacts,
  layerFacts,
  maxPackets,
  type Split,
  type Target,
} from './layer-costs.js';
import { sequenceSizes } from './sequence-layer.js';
import { type ReaderParts, readerParts } from './multicast.js';

/** Partitions per layer that stay in the choice, by each of several orders. */
const KEPT = 20;
/** Rounds of improvement; in practice few change anything. */
const ROUNDS = 6;

export interface PartitionOptions {
  /** Cycles a byte of memory per core is worth: above 0 when a first plan did not fit. */
  readonly cyclesPerByte: number;
}

/**
 * Chooses the partitions of all layers of a program whose layers have no mapping yet; layers that have none are reported. Deterministic.
 */
export function choosePartitions(
  program: NorthPoleProgram,
  { cyclesPerByte }: PartitionOptions,
): { readonly mappings: readonly LayerMapping[]; readonly diagnostics: readonly Diagnostic[] } {
  const { layers } = program;
  const diagnostics: Diagnostic[] = [];
  const facts = layers.map((layer) => layerFacts(program, layer));
  const kinds = facts.map(kindOf);
  const known = new Map<string, readonly Choice[]>();
  const choices = layers.map((_, l) => {
    const kind = present(kinds[l], 'kind');
    const own = present(facts[l], 'facts');
    const choice = known.get(kind) ?? goodCandidates(program, own, cyclesPerByte);
    known.set(kind, choice);
    if (choice.length === 0) diagnostics.push(noPartition(program, own));
    return choice;
  });
  if (diagnostics.length > 0) return { mappings: [], diagnostics };
  const chosen = new Improvement(program, facts, kinds, choices, cyclesPerByte).run();
  return { mappings: chosen.map(({ mapping }) => mapping), diagnostics };
}

/** A partition with its place on the chip. */
interface Choice {
  readonly number: number;
  readonly candidate: Candidate;
  readonly mapping: LayerMapping;
}

/** Layers of one kind have the same partitions and the same costs. */
function kindOf(facts: LayerFacts): string {
  const { layer, operands, image, nK, packed, interval, readsPerPosition, nInBlocks, nOutBlocks } = facts;
  const { geometry, epilogue } = layer;
  const shapes = operands.map(({ shape, bits }) => [shape, bits]);
  const bits =
    layer.kind === 'vmm'
      ? [layer.weightBits, layer.groups]
      : layer.kind === 'sequence'
        ? sequenceSizes(layer.operation)
        : [];
  const numbers = [nK, packed, interval, readsPerPosition, nInBlocks, nOutBlocks];
  return JSON.stringify([layer.kind, image, shapes, geometry, bits, epilogue.map(({ kind }) => kind), numbers]);
}

/** Every legal split of a layer. */
function* splits(facts: LayerFacts, nCores: number): Generator<Split> {
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

const received = (c: Candidate): number => c.incoming.reduce((a, b) => a + b, 0);

function goodCandidates(target: Target, facts: LayerFacts, cyclesPerByte: number): readonly Choice[] {
  const { spec } = target;
  const all: Candidate[] = [];
  for (const split of splits(facts, spec.gridWidth * spec.gridHeight)) {
    const candidate = costOf(target, facts, split);
    if (candidate !== undefined && candidate.bytes <= spec.memory.bytes) all.push(candidate);
  }
  const orders: readonly ((c: Candidate) => number)[] = [
    (c) => Math.max(c.compute, received(c), c.programCycles),
    (c) => c.compute + received(c),
    // Few out-groups: results have short ways.
    (c) => c.compute * (1 + Math.log2(c.split.outGroups) / 2) + received(c),
    (c) => c.compute + received(c) / 8 + (c.split.inGroups > 1 || c.split.outGroups > 1 ? 1e6 : 0),
  ];
  const kept = new Set<Candidate>();
  for (const order of orders) {
    const costs = new Map(all.map((c) => [c, order(c) + cyclesPerByte * c.bytes]));
    const sorted = [...all].sort((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
    for (const candidate of sorted.slice(0, KEPT)) kept.add(candidate);
  }
  return [...kept].map((candidate, number) => {
    const { rows, columns, outGroups, inGroups } = candidate.split;
    const layout = layOut(spec, { tiles: rows * columns, outGroups, inGroups });
    return { number, candidate, mapping: { ...candidate.split, ...present(layout, 'layout') } };
  });
}

/** Improves one layer at a time; its state is the choice so far and what is known about exchanges. */
class Improvement {
  private readonly program: NorthPoleProgram;
  private readonly facts: readonly LayerFacts[];
  private readonly kinds: readonly string[];
  private readonly choices: readonly (readonly Choice[])[];
  private readonly cyclesPerByte: number;
  private readonly chosen: Choice[];
  private readonly readers: readonly (readonly Reader[])[];
  private readonly producers: readonly (readonly number[])[];
  private readonly loads = new Map<string, number>();
  private readonly parts = new Map<string, ReaderParts>();

  constructor(
    program: NorthPoleProgram,
    facts: readonly LayerFacts[],
    kinds: readonly string[],
    choices: readonly (readonly Choice[])[],
    cyclesPerByte: number,
  ) {
    this.program = program;
    this.facts = facts;
    // Short names: they are part of every key.
    const names = [...new Set(kinds)];
    this.kinds = kinds.map((kind) => String(names.indexOf(kind)));
    this.choices = choices;
    this.cyclesPerByte = cyclesPerByte;
    this.chosen = choices.map((candidates) => present(candidates[0], 'candidate'));
    this.readers = program.layers.map(({ output }) => readersOf(program, output));
    this.producers = program.layers.map((_, l) =>
      [...program.layers.keys()].filter((p) => present(this.readers[p], 'readers').some((r) => r.layer === l)),
    );
  }

  run(): readonly Choice[] {
    for (let round = 0; round < ROUNDS; round++) {
      let changed = false;
      for (let l = 0; l < this.chosen.length; l++) changed = this.improveLayer(l, round === 0) || changed;
      if (!changed) break;
    }
    return this.chosen;
  }

  /** Takes the best partition of layer l for the partitions of the others; before the first round is over, later layers do not count. */
  private improveLayer(l: number, isFirst: boolean): boolean {
    const touched = [...new Set([...present(this.producers[l], 'producers'), l - 1, l])].filter((t) => t >= 0);
    const before = present(this.chosen[l], 'choice');
    const bound = new Map<Choice, number>();
    for (const choice of present(this.choices[l], 'choices')) {
      this.chosen[l] = choice;
      bound.set(
        choice,
        touched.reduce((sum, t) => sum + this.atLeast(t), 0),
      );
    }
    const order = [...bound.keys()].sort((a, b) => (bound.get(a) ?? 0) - (bound.get(b) ?? 0));
    const cost = (choice: Choice): number => {
      this.chosen[l] = choice;
      return touched.reduce((sum, t) => sum + (isFirst && t === l ? this.atLeast(t) : this.cyclesOf(t)), 0);
    };
    let best = before;
    let bestCost = cost(before);
    for (const choice of order) {
      if ((bound.get(choice) ?? 0) >= bestCost) break;
      const c = cost(choice);
      if (c < bestCost) {
        best = choice;
        bestCost = c;
      }
    }
    this.chosen[l] = best;
    return best !== before;
  }

  /** A lower bound of cyclesOf that is quick to get. */
  private atLeast(l: number): number {
    const { candidate } = present(this.chosen[l], 'choice');
    let port = candidate.dataReads;
    for (const { layer, operand } of present(this.readers[l], 'readers')) {
      port += this.chosen[layer]?.candidate.incoming[operand] ?? 0;
    }
    const program = this.chosen[l + 1]?.candidate.programCycles ?? 0;
    return Math.max(candidate.compute, port, program) + this.cyclesPerByte * candidate.bytes;
  }

  /** Cycles from the start of a layer to the start of the next. */
  private cyclesOf(l: number): number {
    return Math.max(this.atLeast(l), this.loadOf(l));
  }

  private loadOf(l: number): number {
    const readers = present(this.readers[l], 'readers');
    let key = `${this.kinds[l]}:${this.chosen[l]?.number}`;
    for (const { layer, operand, offset } of readers) {
      key += `/${this.kinds[layer]}:${this.chosen[layer]?.number}:${operand}:${offset}`;
    }
    const known = this.loads.get(key);
    if (known !== undefined) return known;
    const parts = readers.map((reader) => this.partsOf(l, reader));
    const load = exchangeLoad(this.program.spec, this.senderParts(l), parts);
    this.loads.set(key, load);
    return load;
  }

  private partsOf(l: number, { layer, operand, offset }: Reader): ReaderParts {
    const tensor = present(this.program.layers[l], 'layer').output;
    const choice = present(this.chosen[layer], 'choice');
    const size = present(this.program.tensors[tensor], 'tensor').shape.join();
    const key = `${this.kinds[layer]}:${choice.number}:${operand}:${offset}:${size}`;
    const known = this.parts.get(key);
    if (known !== undefined) return known;
    const reader: NorthPoleLayer = { ...present(this.program.layers[layer], 'reader'), mapping: choice.mapping };
    const parts = readerParts(this.program, tensor, reader, { operand, offset });
    this.parts.set(key, parts);
    return parts;
  }

  private senderParts(l: number): SenderParts {
    const layer = present(this.program.layers[l], 'layer');
    const { image, nOutBlocks } = present(this.facts[l], 'facts');
    const { mapping, candidate } = present(this.chosen[l], 'choice');
    const { columns, outGroups } = mapping;
    const sender = Int32Array.from({ length: mapping.rows * columns * outGroups }, (_, s) => {
      const tile = Math.floor(s / outGroups);
      return senderOf(mapping, { row: Math.floor(tile / columns), column: tile % columns, outGroup: s % outGroups });
    });
    return {
      ...mapping,
      image,
      nOutBlocks,
      sender,
      dataReads: candidate.dataReads,
      flits: flitsOf(this.program, layer),
      frames: this.program.batch,
      isResult: this.program.outputs.tensor === layer.output,
    };
  }
}

function noPartition(program: NorthPoleProgram, facts: LayerFacts): Diagnostic {
  const { spec, batch } = program;
  const place = `${program.name}: layer "${facts.layer.name}"`;
  const [h, w] = facts.image;
  const nCores = spec.gridWidth * spec.gridHeight;
  const packets = Math.ceil((batch * h * w * facts.nOutBlocks) / nCores);
  if (packets > maxPackets(spec)) {
    return errorAt(
      'program-too-long',
      place,
      `a core would send at least ${packets} results of ${spec.vmm.outputs} channels, a program holds ${maxPackets(spec)}`,
      'use a smaller batch, a larger grid or a larger program buffer',
    );
  }
  let least = Infinity;
  for (const split of splits(facts, nCores)) {
    least = Math.min(least, costOf(program, facts, split)?.bytes ?? Infinity);
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
