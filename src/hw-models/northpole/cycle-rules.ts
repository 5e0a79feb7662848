/** The rules of the specification, one by one: what a conformance kit counts and names. Kinds of source (P, S, D, A) and tests: SOURCES.md. */

/** One rule and where it comes from. */
export interface NorthPoleRule {
  readonly id: string;
  readonly text: string;
  readonly source: string;
}

const SCIENCE = 'Modha et al., Science 382:329 (2023)';

/** All rules, from a cycle's reads to its writes. */
export const NORTHPOLE_CYCLE_RULES = [
  { id: 'schedule', text: 'every unit follows a schedule: no stalls, no misses, no branches on data', source: SCIENCE },
  {
    id: 'ports',
    text: 'three ports a core: operands, weights out, everything else',
    source: 'derived from bandwidth, split assumed',
  },
  { id: 'padding', text: 'padded taps are inserted before the multiplier and not read', source: 'assumed: at no cost' },
  { id: 'widths', text: 'the wider operand decides how the multipliers split', source: 'US patent 11537859' },
  { id: 'products', text: 'one adder tree per output channel, operands broadcast', source: 'US patent 10621489' },
  {
    id: 'weights',
    text: 'weights are stored once and streamed into one half of a buffer while the other is read',
    source: SCIENCE,
  },
  {
    id: 'partial-sums',
    text: 'partial sums of 32 bits in two halves; a chain of neighbours adds them',
    source: 'US patent 11501140',
  },
  { id: 'epilogue', text: 'vector unit, then activation unit, behind the sums', source: SCIENCE },
  { id: 'packets', text: 'results go as packets along x, then y, with fan-out', source: 'assumed: order and width' },
  { id: 'writes', text: 'a core writes one delivery after the other', source: 'assumed' },
  { id: 'programs', text: "the next layer's program comes over one bus per row into a double buffer", source: SCIENCE },
  { id: 'layers', text: 'layers run one after the other over the whole array', source: SCIENCE },
  { id: 'order', text: 'results do not depend on the order of cores: all read, then all write', source: 'ours' },
] as const satisfies readonly NorthPoleRule[];

/** The name of a rule. */
export type NorthPoleRuleId = (typeof NORTHPOLE_CYCLE_RULES)[number]['id'];
