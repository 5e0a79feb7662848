/** The comparison for people. */
import { integer, percent, percentInterval, significant } from '../../common/format.js';
import type { Change } from './change.js';
import type { PairDiff, PointDiff } from './diff-files.js';
import { changeText, points, pointsInterval } from './diff-words.js';
import { type DiffReport, hasPassed } from './diff-json.js';
import type { GateVerdict } from './gate.js';

/** Writes a table: header, rows, columns that are aligned to the left. */
export type WriteTable = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[],
) => string;

/** The text: one table per pair, one for noise points, what has no counterpart, the gates. */
export function diffText({ a, b, diff, verdicts }: DiffReport, table: WriteTable): string {
  const blocks = [
    `A: ${a}\nB: ${b}\n`,
    ...diff.pairs.map((pair) => pairText(pair, table)),
    ...(diff.points.length === 0 ? [] : [pointsText(diff.points, table)]),
    ...lonely('only in A', diff.onlyA),
    ...lonely('only in B', diff.onlyB),
    ...(verdicts.length === 0 ? [] : [gatesText(verdicts, table)]),
  ];
  return blocks.join('\n');
}

const lonely = (what: string, subjects: readonly { readonly title: string }[]): readonly string[] =>
  subjects.length === 0 ? [] : [`${what}:\n${subjects.map(({ title }) => `  ${title}\n`).join('')}`];

function pairText(pair: PairDiff, table: WriteTable): string {
  const both = pair.changes.filter(({ a, b }) => a !== undefined && b !== undefined);
  const rows = both.map((change) => [change.label, change.a?.text ?? '', change.b?.text ?? '', changeText(change)]);
  const one = (side: 'a' | 'b'): readonly Change[] => pair.changes.filter((change) => change[side] === undefined);
  const alone = [
    ['only A has', one('b')],
    ['only B has', one('a')],
  ] as const;
  const notes = alone.flatMap(([what, changes]) =>
    changes.length === 0 ? [] : [`${what}: ${changes.map(({ label }) => label).join(', ')}\n`],
  );
  return `${pair.title}\n${table(['', 'A', 'B', 'B against A'], rows, [0, 3])}${pairedText(pair)}${notes.join('')}`;
}

function pairedText({ paired, a, b }: PairDiff): string {
  if (paired === undefined) {
    const alone = `A ${percentInterval(a.accuracyInterval)}, B ${percentInterval(b.accuracyInterval)}`;
    return `accuracies are not of the same samples (95 %: ${alone})\n`;
  }
  const { onlyA, onlyB, interval } = paired;
  const right = `${integer(onlyA)} right in A only, ${integer(onlyB)} in B only`;
  return `accuracy of B minus A, sample by sample: ${pointsInterval(interval)} (Agresti and Min); of ${integer(a.samples)} samples ${right}\n`;
}

function pointsText(of: readonly PointDiff[], table: WriteTable): string {
  const rows = of.map(({ a, b, changes, interval }) => [
    a.network === b.network && a.target === b.target
      ? `${a.network} on ${a.target}`
      : `${b.network} on ${b.target} against ${a.network} on ${a.target}`,
    a.distortion,
    significant(a.level),
    `${percent(a.accuracyMean)} (${a.chips})`,
    `${percent(b.accuracyMean)} (${b.chips})`,
    changes.map(changeText).join(''),
    interval === undefined ? 'single chips' : `${points(interval[0]).replace(/ pp$/, '')} to ${points(interval[1])}`,
  ]);
  const header = ['noise', 'kind', 'level', 'A (chips)', 'B (chips)', 'B - A', '95 % (Welch)'];
  return table(header, rows, [0, 1]);
}

function gatesText(verdicts: readonly GateVerdict[], table: WriteTable): string {
  const rows = verdicts.map(({ gate, verdict, change, reason, subject }) => [
    gate,
    verdict,
    change === null ? `unknown: ${reason}` : significant(change, 4),
    subject,
  ]);
  const summary = hasPassed(verdicts) ? 'all gates passed' : 'not all gates passed';
  return `${table(['gate', 'verdict', 'change', 'of'], rows, [0, 1, 2, 3])}${summary}\n`;
}
