/** What the report knows about an effect: its words, its axis, and which way it gets worse. */
import { axisTitle, FAULT, isFaultName } from '../../ir/faults/catalogue.js';
import type { StudyPoint } from './points.js';

/** How an effect is drawn and read. */
export interface EffectText {
  readonly title: string;
  /** Title of the level axis, with the unit. */
  readonly axis: string;
  /** The level at which nothing is disturbed; absent where there is none. */
  readonly neutral?: number;
  /** Whether the effect grows with the level or against it. */
  readonly worse: 'up' | 'down';
  /** Whether chips differ: false for what is a function of the weights alone. */
  readonly drawn: boolean;
  /** Whether there is a level at all. */
  readonly levelled: boolean;
  /** Rates over decades want a logarithmic axis. */
  readonly rate: boolean;
  /** What is drawn against the level. */
  readonly measure: 'error' | 'accuracy';
}

/** Distortions that only the float network has (docs/distortions.md). */
const NETWORK_ONLY: Readonly<Record<string, EffectText>> = {
  uniformLog: {
    title: 'Uniform factor on each weight',
    axis: 'gamma: each factor is uniform in gamma..1/gamma; 1 changes nothing',
    ...{ neutral: 1, worse: 'down', drawn: true, levelled: true, rate: false, measure: 'error' },
  },
  power: {
    title: 'Power of the weights',
    axis: 'beta of a sign(w) abs(w/a)^beta; 1 changes nothing, 0 is the sign',
    ...{ neutral: 1, worse: 'down', drawn: false, levelled: true, rate: false, measure: 'error' },
  },
  round: {
    title: 'Rounded weights',
    axis: 'bits per weight (2^bits - 1 even levels)',
    ...{ worse: 'down', drawn: false, levelled: true, rate: false, measure: 'error' },
  },
  sign: {
    title: 'Sign of the weights',
    axis: '',
    ...{ worse: 'up', drawn: false, levelled: false, rate: false, measure: 'error' },
  },
  stochastic: {
    title: 'Stochastic sign of the weights',
    axis: '',
    ...{ worse: 'up', drawn: true, levelled: false, rate: false, measure: 'error' },
  },
};

/** The words of an effect; a name that is not known gets plain ones. */
export function effectText(effect: string): EffectText {
  const own = Object.hasOwn(NETWORK_ONLY, effect) ? NETWORK_ONLY[effect] : undefined;
  if (own !== undefined) return own;
  const common = { neutral: 0, worse: 'up', drawn: true, levelled: true } as const;
  if (!isFaultName(effect))
    return { title: effect, axis: `level of ${effect}`, ...common, rate: false, measure: 'error' };
  const fault = FAULT[effect];
  const { title, scale, measure } = fault;
  return { title, axis: axisTitle(fault), ...common, rate: scale === 'log', measure };
}

/** Whether chips of a point can differ: something is drawn, and the level is not the one that changes nothing. */
export function isDrawn(point: StudyPoint): boolean {
  if (point.effect === 'none') return false;
  const { drawn, neutral } = effectText(point.effect);
  return drawn && point.level !== neutral;
}
