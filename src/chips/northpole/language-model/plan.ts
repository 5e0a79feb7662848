/**
 * Which card holds what. Weights and caches never move, so memory decides: as many whole layers on a card as fit; if not even one does,
 * attention and MLP on cards of their own, each split further where one card is too small. Cards form a chain: a token visits one after the other.
 */
import { fail } from '../../../common/diagnostics.js';
import type { NorthPoleSpec } from '../../../ir/program/northpole.js';
import {
  attentionWeights,
  cacheBytes,
  type Deployment,
  mlpWeights,
  outputWeights,
  type TransformerModel,
} from './models.js';

/** A part of the model, or a `share` of it (0..1) where several cards hold it together. */
export interface Part {
  readonly kind: 'attention' | 'mlp' | 'output';
  /** Layer number; that of the output layer is the number of layers. */
  readonly layer: number;
  readonly share: number;
}

/** One card of the chain. */
export interface Card {
  readonly parts: readonly Part[];
  readonly weightBytes: number;
  readonly cacheBytes: number;
  /** Activation vectors: input and output of the widest part, in every core. */
  readonly vectorBytes: number;
  /** The reason for this placement, one sentence. */
  readonly why: string;
}

/** Bytes of a part on its card. */
interface Need {
  readonly weightBytes: number;
  readonly cacheBytes: number;
  readonly vectorBytes: number;
}

const MIB = 2 ** 20;
const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
const total = (need: Need): number => need.weightBytes + need.cacheBytes + need.vectorBytes;

/** Unified memory of a card in bytes. */
export const cardBytes = (spec: NorthPoleSpec): number => spec.gridWidth * spec.gridHeight * spec.memory.bytes;

/**
 * The chain of cards for a model.
 * @throws UserError if an attention does not fit even with a card for every key-value head.
 */
export function planCards(spec: NorthPoleSpec, model: TransformerModel, deployment: Deployment): readonly Card[] {
  const capacity = cardBytes(spec);
  const attention = needOf(spec, model, deployment, 'attention');
  const mlp = needOf(spec, model, deployment, 'mlp');
  const layer = together([attention, mlp]);
  const cards: Card[] = [];
  const perCard = Math.floor(capacity / total(layer));
  if (perCard >= 1) {
    for (let first = 0; first < model.layers; first += perCard) {
      const count = Math.min(perCard, model.layers - first);
      const parts = Array.from({ length: count }, (_, i): readonly Part[] => [
        { kind: 'attention', layer: first + i, share: 1 },
        { kind: 'mlp', layer: first + i, share: 1 },
      ]).flat();
      const need = together(Array.from({ length: count }, () => layer));
      cards.push({
        parts,
        ...need,
        why: `${count === 1 ? 'a layer' : `${count} layers`} on a card: ${sum(need, capacity)}`,
      });
    }
  } else {
    for (let l = 0; l < model.layers; l++) {
      const reason = `a whole layer needs ${mib(total(layer))} of ${mib(capacity)} MiB, so its parts have cards of their own`;
      cards.push(...split('attention', l, attention, capacity, model.kvHeads, reason));
      cards.push(...split('mlp', l, mlp, capacity, model.intermediate, reason));
    }
  }
  const output = needOf(spec, model, deployment, 'output');
  cards.push(...split('output', model.layers, output, capacity, model.vocabulary, 'the output layer has its own'));
  return cards;
}

function needOf(spec: NorthPoleSpec, m: TransformerModel, d: Deployment, kind: Part['kind']): Need {
  const cores = spec.gridWidth * spec.gridHeight;
  const vector = (elements: number): number => (cores * elements * d.activationBits) / 8;
  switch (kind) {
    case 'attention':
      return {
        weightBytes: (attentionWeights(m) * d.weightBits) / 8,
        cacheBytes: cacheBytes(m, d),
        vectorBytes: vector(2 * m.hidden),
      };
    case 'mlp':
      return {
        weightBytes: (mlpWeights(m) * d.weightBits) / 8,
        cacheBytes: 0,
        vectorBytes: vector(m.hidden + m.intermediate),
      };
    case 'output':
      return { weightBytes: (outputWeights(m) * d.outputWeightBits) / 8, cacheBytes: 0, vectorBytes: vector(m.hidden) };
  }
}

/** Weights and caches add up; the vectors of one part are gone when those of the next come. */
function together(needs: readonly Need[]): Need {
  return {
    weightBytes: needs.reduce((bytes, need) => bytes + need.weightBytes, 0),
    cacheBytes: needs.reduce((bytes, need) => bytes + need.cacheBytes, 0),
    vectorBytes: Math.max(...needs.map((need) => need.vectorBytes)),
  };
}

/** A part over the fewest cards that hold it, in equal shares. */
function split(
  kind: Part['kind'],
  layer: number,
  need: Need,
  capacity: number,
  most: number,
  reason: string,
): readonly Card[] {
  const room = capacity - need.vectorBytes;
  const n = Math.ceil((need.weightBytes + need.cacheBytes) / room);
  if (room <= 0 || n > most) {
    const message = `${mib(total(need))} MiB do not fit ${most} cards of ${mib(capacity)} MiB`;
    fail('model-too-large', `${kind} of layer ${layer}`, message, 'use fewer users, a shorter context or fewer bits');
  }
  const share: Need = { ...need, weightBytes: need.weightBytes / n, cacheBytes: need.cacheBytes / n };
  const how = n === 1 ? 'one card' : `${n} cards`;
  return Array.from({ length: n }, () => ({
    parts: [{ kind, layer, share: 1 / n }],
    ...share,
    why: `${kind} on ${how} (${reason}): ${sum(share, capacity)}`,
  }));
}

const sum = (need: Need, capacity: number): string =>
  `weights ${mib(need.weightBytes)} + cache ${mib(need.cacheBytes)} + vectors ${mib(need.vectorBytes)} = ` +
  `${mib(total(need))} of ${mib(capacity)} MiB`;
