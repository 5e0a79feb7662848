/**
 * The partition of every layer: tiles x out-groups x in-groups. All legal partitions of a layer are costed (layer-costs.ts) and the good ones stay. A
 * layer pays for the way of its results to the cores of its readers (exchange-load.ts), so they are chosen together: a beam search goes
 * through the layers in order, then each layer is improved for the others until nothing changes.
 */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { flitBytes, flitsOf, senderOf } from '../../../hw-models/northpole/exchange.js';
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
/** Partial choices that are kept from layer to layer, and partitions of the next layer that are tried on each. */
const BEAM = 6;
const TRIED = 16;
/** Rounds of improvement afterwards; in practice few change anything. */
const ROUNDS = 4;

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
  /** By layer; undefined while the search has not come to it. */
  private readonly chosen: (Choice | undefined)[];
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
    this.chosen = choices.map(() => undefined);
    this.readers = program.layers.map(({ output }) => readersOf(program, output));
    this.producers = program.layers.map((_, l) =>
      [...program.layers.keys()].filter((p) => present(this.readers[p], 'readers').some((r) => r.layer === l)),
    );
  }

  run(): readonly Choice[] {
    this.search();
    for (let round = 0; round < ROUNDS; round++) {
      let changed = false;
      for (let l = 0; l < this.chosen.length; l++) changed = this.improveLayer(l) || changed;
      if (!changed) break;
    }
    return this.chosen.map((choice) => present(choice, 'choice'));
  }

  /** Chooses layer after layer; of all choices up to a layer, the best few go on. */
  private search(): void {
    interface State {
      readonly chosen: readonly Choice[];
      /** Cycles of each layer so far; readers that have no partition yet do not count. */
      readonly cycles: readonly number[];
      readonly total: number;
    }
    let beam: readonly State[] = [{ chosen: [], cycles: [], total: 0 }];
    for (let l = 0; l < this.choices.length; l++) {
      const touched = this.touchedBy(l);
      const next: { readonly state: State; readonly choice: Choice; readonly bound: number }[] = [];
      const resume = (state: State, choice: Choice): void => {
        this.chosen.fill(undefined);
        state.chosen.forEach((c, i) => (this.chosen[i] = c));
        this.chosen[l] = choice;
      };
      const totalOf = (state: State, cycles: (t: number) => number): number =>
        touched.reduce((sum, t) => sum + cycles(t) - (state.cycles[t] ?? 0), state.total);
      for (const state of beam) {
        const bounds = present(this.choices[l], 'choices').map((choice) => {
          resume(state, choice);
          return { state, choice, bound: totalOf(state, (t) => Math.max(state.cycles[t] ?? 0, this.atLeast(t))) };
        });
        next.push(...bounds.sort((a, b) => a.bound - b.bound).slice(0, TRIED));
      }
      next.sort((a, b) => a.bound - b.bound);
      let best: State[] = [];
      for (const { state, choice, bound } of next) {
        if (best.length === BEAM && bound >= (best.at(-1)?.total ?? 0)) break;
        resume(state, choice);
        const total = totalOf(state, (t) => this.cyclesOf(t));
        const cycles = [...state.cycles];
        for (const t of touched) cycles[t] = this.cyclesOf(t);
        best.push({ chosen: [...state.chosen, choice], cycles, total });
        best = best.sort((a, b) => a.total - b.total).slice(0, BEAM);
      }
      beam = best;
    }
    present(beam[0], 'state').chosen.forEach((choice, l) => (this.chosen[l] = choice));
  }

  /** Layers whose cycles depend on the partition of layer l. */
  private touchedBy(l: number): readonly number[] {
    return [...new Set([...present(this.producers[l], 'producers'), l - 1, l])].filter((t) => t >= 0);
  }

  /** Takes the best partition of layer l for the partitions of the others. */
  private improveLayer(l: number): boolean {
    const touched = this.touchedBy(l);
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
      return touched.reduce((sum, t) => sum + this.cyclesOf(t), 0);
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
    return Math.max(withExchange(candidate, port), program) + this.cyclesPerByte * candidate.bytes;
  }

  /** Cycles from the start of a layer to the start of the next. */
  private cyclesOf(l: number): number {
    const { candidate } = present(this.chosen[l], 'choice');
    return Math.max(this.atLeast(l), withExchange(candidate, this.loadOf(l)) + this.cyclesPerByte * candidate.bytes);
  }

  private loadOf(l: number): number {
    const readers = present(this.readers[l], 'readers').filter(({ layer }) => this.chosen[layer] !== undefined);
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
      flitBytes: flitBytes(this.program, layer),
      frames: this.program.batch,
      isResult: this.program.outputs.tensor === layer.output,
    };
  }
}

/** Cycles of a layer whose results keep the busiest link or port for `exchange` cycles: those of the last pass are not hidden. */
function withExchange({ compute, lead, nPasses, burst }: Candidate, exchange: number): number {
  return Math.max(lead + exchange, compute + Math.max(0, exchange / nPasses - burst));
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
