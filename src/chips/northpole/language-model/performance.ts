/**
 * Speed and power of a language model on a chain of cards, one token of one user at a time per card, different users on different cards.
 *
 *   stage   = steps of the card / clock + hand-over (fitted) + bytes / link rate + link latency [+ network where the server changes]
 *   latency = sum of the stages
 *   tokens per second = min(1 / longest stage, users / latency)
 */
import { type Band, timesBand } from '../../../common/quantity.js';
import { eventBandUj, eventPartsUj, totalUj } from '../../../hw-models/northpole/costs.js';
import type { PricedEvents } from '../../../hw-models/northpole/fitted-power.js';
import type { NorthPoleSpec } from '../../../ir/program/northpole.js';
import { LANGUAGE_MODEL_CONSTANTS } from './constants.js';
import type { Deployment, TransformerModel } from './models.js';
import { type Card, planCards } from './plan.js';
import { type Step, stepsOf } from './steps.js';

/** Time of a card per token in microseconds, by term. */
export interface Stage {
  readonly card: Card;
  readonly steps: readonly Step[];
  readonly stepsUs: number;
  readonly handOverUs: number;
  readonly linkUs: number;
  readonly totalUs: number;
  /** Energy of the events of a token in microjoules, without what flows anyway. */
  readonly energyUj: number;
}

/** A model on its cards. */
export interface LanguageModelPerformance {
  readonly stages: readonly Stage[];
  readonly cards: number;
  readonly slowestUs: number;
  /** From the first card to the last, without waiting. */
  readonly latencyUs: number;
  readonly tokensPerSecond: number;
  /** Time between two tokens of one user. */
  readonly msPerToken: number;
  /** All cards, without the servers they sit in. */
  readonly watts: number;
  /** How far off the watts may be, by the energies of events (hw-models/northpole/costs.ts). */
  readonly wattsBand: Band;
}

/** What may be set differently from {@link LANGUAGE_MODEL_CONSTANTS}. */
export interface LanguageModelOptions {
  readonly handOverUs?: number;
}

/** The performance of a model with all users busy at full context. */
export function languageModelPerformance(
  spec: NorthPoleSpec,
  model: TransformerModel,
  deployment: Deployment,
  options: LanguageModelOptions = {},
): LanguageModelPerformance {
  const cards = planCards(spec, model, deployment);
  const handOverUs = options.handOverUs ?? LANGUAGE_MODEL_CONSTANTS.handOverUs.value;
  const stages = cards.map((card, c) => stageOf(spec, model, deployment, card, c, handOverUs));
  const slowestUs = Math.max(...stages.map((stage) => stage.totalUs));
  const latencyUs = stages.reduce((us, stage) => us + stage.totalUs, 0);
  const tokensPerSecond = Math.min(1e6 / slowestUs, (deployment.users * 1e6) / latencyUs);
  // Of one token: every card is on for as long as a token takes.
  const token = eventsOf(
    stages.flatMap((stage) => stage.steps),
    cards.length / tokensPerSecond,
  );
  const watts = (uj: number): number => uj * tokensPerSecond * 1e-6;
  const band = eventBandUj(spec, token);
  return {
    stages,
    cards: cards.length,
    slowestUs,
    latencyUs,
    tokensPerSecond,
    msPerToken: (deployment.users * 1000) / tokensPerSecond,
    watts: watts(totalUj(eventPartsUj(spec, token))),
    wattsBand: timesBand(band, watts(1)),
  };
}

function stageOf(
  spec: NorthPoleSpec,
  model: TransformerModel,
  deployment: Deployment,
  card: Card,
  index: number,
  handOverUs: number,
): Stage {
  const steps = card.parts.flatMap((part) => stepsOf(spec, model, deployment, part));
  const { residualBytes, cardsPerServer, serverLinkUs } = LANGUAGE_MODEL_CONSTANTS;
  const stepsUs = steps.reduce((cycles, step) => cycles + step.cycles, 0) / spec.clockMhz;
  const bytes = model.hidden * residualBytes.value;
  const newServer = index > 0 && index % cardsPerServer.value === 0;
  const linkUs = bytes / (spec.host.linkGBps * 1000) + spec.host.linkLatencyUs + (newServer ? serverLinkUs.value : 0);
  const energyUj = totalUj(eventPartsUj(spec, eventsOf(steps, 0)));
  return { card, steps, stepsUs, handOverUs, linkUs, totalUs: stepsUs + handOverUs + linkUs, energyUj };
}

/** Events of the steps; vector units are not counted. */
function eventsOf(steps: readonly Step[], seconds: number): PricedEvents {
  const macs = { 8: 0, 4: 0, 2: 0, 1: 0 };
  let memoryBytes = 0;
  let byteHops = 0;
  for (const step of steps) {
    macs[step.macBits] += step.macs;
    memoryBytes += step.memoryBytes;
    byteHops += step.byteHops;
  }
  return { seconds, macs, memoryBytes, byteHops, vectorOperations: 0 };
}

/** Instances of a model on a rack when no server is shared between instances. */
export function instancesPerRack(cards: number): number {
  const { cardsPerServer, serversPerRack } = LANGUAGE_MODEL_CONSTANTS;
  return Math.floor(serversPerRack.value / Math.ceil(cards / cardsPerServer.value));
}

/** The hand-over time that gives `tokensPerSecond`, if the slowest card decides. */
export function fitHandOverUs(
  spec: NorthPoleSpec,
  model: TransformerModel,
  deployment: Deployment,
  tokensPerSecond: number,
): number {
  const { slowestUs } = languageModelPerformance(spec, model, deployment, { handOverUs: 0 });
  return 1e6 / tokensPerSecond - slowestUs;
}
