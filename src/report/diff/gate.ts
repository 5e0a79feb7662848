/**
 * Gates: what a change must not do. `accuracy<-0.1pp,energy>5%` fails where B is more than 0.1 percentage points less accurate than A, or takes
 * more than 5 % more energy. A change equal to the limit passes `<` and `>`, and fails `<=` and `>=`; the comparison is exact (ratio.ts).
 *
 *   gate   := METRIC OP NUMBER UNIT        metric: a key of the comparison (reading.ts)
 *   OP     := < | <= | > | >=
 *   UNIT   := pp   percentage points, of fractions only
 *           | %    of A's value
 *           | the unit of the metric, with a prefix (n, u, m, k, M) if it likes; nothing for counts
 *
 * What is not known never passes: an unknown energy, a metric that one side lacks, a relative change from 0, a result without counterpart.
 */
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import type { Change } from './change.js';
import { compareRatios, type Ratio, ratio, ratioOfText, times, toNumber } from './ratio.js';

/** One gate as it was written. */
export interface Gate {
  /** As it was written, spaces as one. */
  readonly text: string;
  readonly metric: string;
  readonly operator: Operator;
  readonly limit: Ratio;
  /** `pp`, `%`, a unit, or nothing. */
  readonly unit: string;
}

type Operator = '<' | '<=' | '>' | '>=';

/** What gates are held against: a pair of results, or a point of two noise curves. */
export interface Subject {
  readonly title: string;
  readonly changes: readonly Change[];
  /** Why it cannot be compared at all. */
  readonly missing?: string;
}

/** What became of a gate. */
export interface GateVerdict {
  readonly gate: string;
  readonly subject: string;
  readonly verdict: 'passed' | 'failed' | 'undecided';
  /** The change in the unit of the gate; null where it is not known. */
  readonly change: number | null;
  /** Why it is undecided; empty otherwise. */
  readonly reason: string;
}

const GRAMMAR = 'write METRIC OP NUMBER UNIT, for example accuracy<-0.1pp or energy>5%';

/** Reads a list of gates; every one that is none is a problem. */
export function parseGates(
  text: string,
  place: string,
): { readonly gates: readonly Gate[]; readonly problems: readonly Diagnostic[] } {
  const gates: Gate[] = [];
  const problems: Diagnostic[] = [];
  for (const part of text.split(',')) {
    const gate = parseGate(part.trim());
    if (gate === undefined) problems.push(errorAt('bad-gate', place, `"${part.trim()}" is no gate`, GRAMMAR));
    else gates.push(gate);
  }
  return { gates, problems };
}

const GATE =
  /^([a-z][\w.]*)\s*(<=|>=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(pp|%|[a-z\u00b5\u03bc1][\w/]*)?$/i;

function parseGate(text: string): Gate | undefined {
  const [, metric, sign, number, unit = ''] = GATE.exec(text) ?? [];
  const operator = OPERATORS.find((known) => known === sign);
  const limit = number === undefined ? undefined : ratioOfText(number);
  if (metric === undefined || operator === undefined || limit === undefined) return undefined;
  return { text: text.replaceAll(/\s+/g, ' '), metric, operator, limit, unit };
}

const OPERATORS: readonly Operator[] = ['<', '<=', '>', '>='];

/** Gates on metrics that no subject has, and in units that the metric does not have. */
export function gateProblems(
  gates: readonly Gate[],
  subjects: readonly Subject[],
  place: string,
): readonly Diagnostic[] {
  const changes = subjects.flatMap((subject) => subject.changes);
  const known = [...new Set(changes.map(({ key }) => key))];
  return gates.flatMap(({ text, metric, unit }) => {
    const own = changes.filter(({ key }) => key === metric);
    if (own.length === 0) {
      const near = nearest(metric, known);
      const hint = near === undefined ? '' : `; did you mean "${near}"?`;
      const message = `"${text}": there is no metric "${metric}"${hint}`;
      return [errorAt('unknown-metric', place, message, `metrics here: ${known.join(', ')}`)];
    }
    const strange = own.find((change) => scaleOf(unit, change) === undefined);
    if (strange === undefined) return [];
    const message = `"${text}": ${metric} does not count in ${unit === '' ? 'plain numbers' : unit}`;
    return [errorAt('gate-unit', place, message, `use ${unitsOf(strange).join(' or ')}`)];
  });
}

const unitsOf = ({ unit }: Change): readonly string[] =>
  unit === 'share' ? ['pp', '%'] : [unit === '' ? 'a plain number' : unit, '%'];

/**
 * Holds every gate against every subject that has its metric on either side, and against every one that could not be compared.
 * The gates have no {@link gateProblems}.
 */
export function holdGates(gates: readonly Gate[], subjects: readonly Subject[]): readonly GateVerdict[] {
  return gates.flatMap((gate) =>
    subjects.flatMap(({ title, changes, missing }): readonly GateVerdict[] => {
      const head = { gate: gate.text, subject: title };
      if (missing !== undefined) return [{ ...head, verdict: 'undecided', change: null, reason: missing }];
      const change = changes.find(({ key }) => key === gate.metric);
      return change === undefined ? [] : [{ ...head, ...judge(gate, change) }];
    }),
  );
}

function judge(gate: Gate, change: Change): Omit<GateVerdict, 'gate' | 'subject'> {
  const scale = scaleOf(gate.unit, change);
  const measured = gate.unit === '%' ? change.relative : change.difference;
  if (scale === undefined)
    return { verdict: 'undecided', change: null, reason: `${gate.metric} has another unit here` };
  if ('unknown' in measured) return { verdict: 'undecided', change: null, reason: measured.reason };
  const value = times(measured, scale);
  const verdict = isBeyond(compareRatios(value, gate.limit), gate.operator) ? 'failed' : 'passed';
  return { verdict, change: toNumber(value), reason: '' };
}

/** Whether a value that compares so with the limit makes the gate fail. */
function isBeyond(order: -1 | 0 | 1, operator: Operator): boolean {
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

/** What turns a change into the unit of a gate; undefined where it has no such unit. */
function scaleOf(unit: string, { unit: own }: Change): Ratio | undefined {
  if (unit === '%') return ratio(100);
  if (unit === 'pp') return own === 'share' ? ratio(100) : undefined;
  if (own === 'share') return undefined;
  if (unit === own) return ratio(1);
  const [from, to] = [prefixed(own), prefixed(unit)];
  if (from === undefined || to === undefined || from.base !== to.base) return undefined;
  return ratioOfText(`1e${from.power - to.power}`);
}

const POWERS: Readonly<Record<string, number>> = { n: -9, u: -6, '\u00b5': -6, '\u03bc': -6, m: -3, '': 0, k: 3, M: 6 };

/** A unit with its prefix apart: only those that take one. */
function prefixed(unit: string): { readonly base: string; readonly power: number } | undefined {
  const [, prefix = '', base] = /^(n|u|\u00b5|\u03bc|m|k|M)?(s|J|W)$/.exec(unit) ?? [];
  const power = POWERS[prefix];
  return base === undefined || power === undefined ? undefined : { base, power };
}
