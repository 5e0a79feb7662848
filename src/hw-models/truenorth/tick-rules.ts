/** The rules of the specification, one by one: what a conformance kit counts and names. Their tests: SOURCES.md. */

/** One rule and where it comes from. */
export interface TrueNorthRule {
  readonly id: string;
  readonly text: string;
  readonly source: string;
}

const NEURON = 'Cassidy et al., IJCNN 2013';
const CHIP = 'Akopyan et al., IEEE TCAD 34:1537 (2015)';

/** All rules, in the order in which a tick applies them. The reference model notes each where it decides something. */
export const TRUENORTH_TICK_RULES = [
  { id: 'latch', text: 'all axons of a tick are latched before any neuron is updated', source: CHIP },
  { id: 'collapse', text: 'spikes to one axon in one tick collapse into one', source: CHIP },
  { id: 'integrate', text: 'V += w_G for every active, connected axon of type G', source: `${NEURON}, eq. 2` },
  {
    id: 'stochastic-weight',
    text: 'a stochastic weight acts as its sign where |w| >= rho',
    source: `${NEURON}, eq. 2`,
  },
  { id: 'leak', text: 'V += lambda', source: `${NEURON}, eq. 3` },
  { id: 'leak-reversal', text: 'a reversed leak has the sign of V, sgn(0) = 0', source: `${NEURON}, eq. 3` },
  {
    id: 'leak-stops',
    text: 'a reversed leak stops at 0 instead of changing the sign of V',
    source: 'assumed: not printed',
  },
  {
    id: 'stochastic-leak',
    text: 'a stochastic leak acts as its sign where |lambda| >= rho',
    source: `${NEURON}, eq. 3`,
  },
  { id: 'threshold-draw', text: 'eta = draw & (2^TM - 1) raises both thresholds', source: `${NEURON}, eq. 4` },
  { id: 'fire', text: 'fires above alpha + eta', source: `${NEURON}, eq. 4` },
  {
    id: 'fire-edge',
    text: 'V = alpha + eta fires (or does not, a switch of the spec)',
    source: `${NEURON}, eq. 4; other descriptions say >`,
  },
  { id: 'reset-normal', text: 'gamma 0: V = R', source: `${NEURON}, eq. 5` },
  { id: 'reset-linear', text: 'gamma 1: V -= alpha + eta (or alpha alone, a switch)', source: `${NEURON}, eq. 5` },
  { id: 'reset-none', text: 'gamma 2: V stays', source: `${NEURON}, eq. 5` },
  {
    id: 'reset-none-saturates',
    text: 'gamma 2 with kappa 1 saturates at alpha + 2^TM - 1 when it fires',
    source: "spike recordings of the vendor's simulator",
  },
  { id: 'negative-saturate', text: 'kappa 1: V saturates at -beta, without eta', source: `${NEURON}, eq. 4-5` },
  {
    id: 'negative-reset',
    text: 'kappa 0: below -(beta + eta) V = -R, V + beta + eta or V, by gamma',
    source: `${NEURON}, eq. 4-5`,
  },
  {
    id: 'negative-edge',
    text: 'V < -beta acts, V = -beta does not (or does, a switch)',
    source: 'descriptions disagree',
  },
  {
    id: 'overflow',
    text: 'V is clamped at the end of a tick (or wraps in every sum, a switch)',
    source: 'derived: V has 20 bits',
  },
  { id: 'delay', text: 'fired in tick t, acts in tick t + delay', source: CHIP },
  { id: 'destination', text: 'one destination per neuron: an axon, an output pin, or nothing', source: CHIP },
] as const satisfies readonly TrueNorthRule[];

/** The name of a rule. */
export type TrueNorthRuleId = (typeof TRUENORTH_TICK_RULES)[number]['id'];

/** Hears of every rule that decided something; the neuron is -1 where it is the core's. */
export type NoteRule = (rule: TrueNorthRuleId, coreIdx: number, neuron: number) => void;
