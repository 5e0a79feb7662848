import { describe, expect, it } from 'vitest';
import { LANGUAGE_MODEL_CONSTANTS } from '../../../src/chips/northpole/language-model/constants.js';
import {
  attentionWeights,
  cacheBytes,
  type Deployment,
  DEPLOYMENT_3B,
  DEPLOYMENT_8B,
  GRANITE_8B,
  mlpWeights,
  MODEL_3B,
  MODEL_70B,
  parameterCount,
  type TransformerModel,
} from '../../../src/chips/northpole/language-model/models.js';
import {
  fitHandOverUs,
  instancesPerRack,
  languageModelPerformance,
} from '../../../src/chips/northpole/language-model/performance.js';
import { cardBytes, planCards } from '../../../src/chips/northpole/language-model/plan.js';
import { stepsOf } from '../../../src/chips/northpole/language-model/steps.js';
import { NORTHPOLE } from '../../../src/hw-models/northpole/spec.js';

const MIB = 2 ** 20;

describe('the models', () => {
  it('have about as many parameters as their names say', () => {
    const billions = [MODEL_3B, GRANITE_8B, MODEL_70B].map((model) => parameterCount(model) / 1e9);
    expect(billions.map((b) => b.toFixed(2))).toEqual(['3.25', '8.17', '69.50']);
  });

  it('of 8 G need 20 MiB of attention, 75 MiB of MLP and 112 MiB of cache per layer', () => {
    expect(attentionWeights(GRANITE_8B) / 2 / MIB).toBe(20);
    expect(mlpWeights(GRANITE_8B) / 2 / MIB).toBe(75);
    expect(cacheBytes(GRANITE_8B, DEPLOYMENT_8B) / MIB).toBe(112);
  });
});

describe('the planner', () => {
  const kinds = (cards: ReturnType<typeof planCards>): readonly string[] =>
    cards.map(({ parts }) => parts.map(({ kind }) => kind).join('+'));

  it('puts each of 14 layers on a card and the output layer on two', () => {
    const cards = planCards(NORTHPOLE, MODEL_3B, DEPLOYMENT_3B);
    expect(kinds(cards)).toEqual([...Array.from({ length: 14 }, () => 'attention+mlp'), 'output', 'output']);
    expect(cards[0]?.why).toBe('a layer on a card: weights 104.0 + cache 56.0 + vectors 2.3 = 162.3 of 192.0 MiB');
  });

  it('parts attention and MLP where a layer with its cache is larger than a card', () => {
    const cards = planCards(NORTHPOLE, GRANITE_8B, DEPLOYMENT_8B);
    expect(kinds(cards).slice(0, 4)).toEqual(['attention', 'mlp', 'attention', 'mlp']);
    expect(cards).toHaveLength(82);
    expect(cards[0]?.why).toContain('a whole layer needs 211.1 of 192.0 MiB');
  });

  it('puts several small layers on one card', () => {
    const tiny = { ...MODEL_3B, hidden: 1024, intermediate: 4096, heads: 8, kvHeads: 2 };
    const cards = planCards(NORTHPOLE, tiny, { ...DEPLOYMENT_3B, users: 4 });
    expect(cards.length).toBeLessThan(4);
    expect(cards[0]?.why).toMatch(/^14 layers on a card/);
  });

  it.each([
    [MODEL_3B, DEPLOYMENT_3B],
    [GRANITE_8B, DEPLOYMENT_8B],
    [MODEL_70B, DEPLOYMENT_8B],
  ])('fills no card beyond its memory and places everything: $name', (model, deployment) => {
    const cards = planCards(NORTHPOLE, model, deployment);
    for (const { weightBytes, cacheBytes: cache, vectorBytes } of cards) {
      expect(weightBytes + cache + vectorBytes).toBeLessThanOrEqual(cardBytes(NORTHPOLE));
    }
    const share = (kind: string): number =>
      cards.flatMap(({ parts }) => parts).reduce((s, part) => s + (part.kind === kind ? part.share : 0), 0);
    expect(share('attention')).toBeCloseTo(model.layers, 9);
    expect(share('mlp')).toBeCloseTo(model.layers, 9);
    expect(share('output')).toBeCloseTo(1, 9);
    const caches = cards.reduce((sum, card) => sum + card.cacheBytes, 0);
    expect(caches).toBeCloseTo(model.layers * cacheBytes(model, deployment), 0);
  });

  it('refuses what does not fit with the amount and a remedy', () => {
    const plan = (): unknown => planCards(NORTHPOLE, GRANITE_8B, { ...DEPLOYMENT_8B, context: 131_072 });
    expect(plan).toThrow(/model-too-large\] attention of layer 0: 7190.0 MiB do not fit 8 cards of 192.0 MiB/);
  });
});

describe('the time of a token', () => {
  it('is never below the time to stream the weights of the card through the weight ports', () => {
    for (const { steps, card } of languageModelPerformance(NORTHPOLE, MODEL_3B, DEPLOYMENT_3B).stages) {
      const cycles = steps.reduce((sum, step) => sum + step.cycles, 0);
      expect(cycles).toBeGreaterThanOrEqual(card.weightBytes / 256 / NORTHPOLE.memory.weightPortBytes);
    }
  });

  it('is the sum of its terms, and the slowest card or the number of users limits the tokens per second', () => {
    const many = languageModelPerformance(NORTHPOLE, MODEL_3B, DEPLOYMENT_3B);
    for (const { stepsUs, handOverUs, linkUs, totalUs } of many.stages)
      expect(totalUs).toBe(stepsUs + handOverUs + linkUs);
    expect(many.tokensPerSecond).toBe(1e6 / many.slowestUs);
    const one = languageModelPerformance(NORTHPOLE, MODEL_3B, { ...DEPLOYMENT_3B, users: 1 });
    expect(one.tokensPerSecond).toBe(1e6 / one.latencyUs);
    expect(one.msPerToken).toBe(one.latencyUs / 1000);
  });

  it('falls with a wider weight port and rises with a longer context', () => {
    const fast = { ...NORTHPOLE, memory: { ...NORTHPOLE.memory, weightPortBytes: 128 } };
    const cycles = (spec: typeof NORTHPOLE, context: number): number =>
      stepsOf(spec, GRANITE_8B, { ...DEPLOYMENT_8B, context }, { kind: 'attention', layer: 0, share: 1 }).reduce(
        (sum, step) => sum + step.cycles,
        0,
      );
    expect(cycles(fast, 2048)).toBeLessThan(cycles(NORTHPOLE, 2048));
    expect(cycles(NORTHPOLE, 1024)).toBeLessThan(cycles(NORTHPOLE, 2048));
  });
});

describe('the fitted constant', () => {
  it('is what the published tokens per second of the 3 B model ask for', () => {
    const fit = fitHandOverUs(NORTHPOLE, MODEL_3B, DEPLOYMENT_3B, 28_356);
    expect(LANGUAGE_MODEL_CONSTANTS.handOverUs.value).toBeCloseTo(fit, 2);
  });
});

describe('a rack', () => {
  it('holds as many instances as published: 18, 3 and 1', () => {
    const cards = (model: TransformerModel, deployment: Deployment): number =>
      planCards(NORTHPOLE, model, deployment).length;
    expect(instancesPerRack(cards(MODEL_3B, DEPLOYMENT_3B))).toBe(18);
    expect(instancesPerRack(cards(GRANITE_8B, DEPLOYMENT_8B))).toBe(3);
    expect(instancesPerRack(cards(MODEL_70B, DEPLOYMENT_8B))).toBe(1);
  });
});
