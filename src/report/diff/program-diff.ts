/** Two programs side by side: which cores stand elsewhere, which are new and which are gone. */
import { integer } from '../../common/format.js';
import type { CoreMove, GridPlace } from '../../ir/trace/core-moves.js';
import type { WriteTable } from './diff-text.js';

/** One of two programs. */
export interface ComparedProgram {
  /** Path of its file. */
  readonly file: string;
  readonly name: string;
  readonly chip: string;
  /** Cores in use. */
  readonly cores: number;
}

/** What became of the cores of a layer with one role. */
export interface LayerMoves {
  readonly layer: string;
  readonly role: string;
  /** Cores in A and in B. */
  readonly a: number;
  readonly b: number;
  readonly stayed: number;
  readonly moved: number;
  readonly added: number;
  readonly gone: number;
}

/** The comparison of two programs, B against A. */
export interface ProgramDiff {
  readonly a: ComparedProgram;
  readonly b: ComparedProgram;
  readonly layers: readonly LayerMoves[];
  /** Cores that stand elsewhere. */
  readonly moves: readonly {
    readonly layer: string;
    readonly role: string;
    readonly from: GridPlace;
    readonly to: GridPlace;
  }[];
}

/** Sums up moves by layer and role, in the order in which they come. */
export function programDiff(a: ComparedProgram, b: ComparedProgram, all: readonly CoreMove[]): ProgramDiff {
  const groups = new Map<string, CoreMove[]>();
  for (const move of all) {
    const key = JSON.stringify([move.layer, move.role]);
    const own = groups.get(key) ?? [];
    own.push(move);
    groups.set(key, own);
  }
  const moves = all.flatMap(({ layer, role, before, after }) =>
    before === undefined || after === undefined || isSame(before, after)
      ? []
      : [{ layer, role, from: before, to: after }],
  );
  return { a, b, layers: Array.from(groups.values(), layerMoves), moves };
}

const isSame = (a: GridPlace, b: GridPlace): boolean => a[0] === b[0] && a[1] === b[1];

function layerMoves(own: readonly CoreMove[]): LayerMoves {
  const [{ layer, role } = { layer: '', role: '' }] = own;
  const counts = { a: 0, b: 0, stayed: 0, moved: 0, added: 0, gone: 0 };
  for (const { before, after } of own) {
    if (before !== undefined) counts.a++;
    if (after !== undefined) counts.b++;
    if (before === undefined) counts.added++;
    else if (after === undefined) counts.gone++;
    else if (isSame(before, after)) counts.stayed++;
    else counts.moved++;
  }
  return { layer, role, ...counts };
}

/** The comparison as JSON: the object of a comparison of results, without any. */
export const programDiffJson = (diff: ProgramDiff) => ({
  name: [...new Set([diff.a.name, diff.b.name])].join(', '),
  chip: [...new Set([diff.a.chip, diff.b.chip])].join(', '),
  files: { a: diff.a.file, b: diff.b.file },
  ...{ pairs: [], noise: [], onlyA: [], onlyB: [], gates: [], passed: true },
  programs: diff,
});

/** Moves that are listed one by one. */
const MOST_MOVES = 20;

/** The comparison for people. */
export function programDiffText({ a, b, layers, moves }: ProgramDiff, table: WriteTable): string {
  const header = ['layer', 'role', 'cores of A', 'of B', 'stayed', 'moved', 'new', 'gone'];
  const rows = layers.map((row) => [
    ...[row.layer, row.role],
    ...[row.a, row.b, row.stayed, row.moved, row.added, row.gone].map(integer),
  ]);
  const of = ({ file, name, chip, cores }: ComparedProgram): string =>
    `${file}: ${name} on ${chip}, ${integer(cores)} cores`;
  const listed = moves
    .slice(0, MOST_MOVES)
    .map(({ layer, role, from, to }) => `  ${layer} (${role}): ${from.join(',')} -> ${to.join(',')}\n`);
  const more = moves.length > MOST_MOVES ? `  and ${integer(moves.length - MOST_MOVES)} more\n` : '';
  const list =
    moves.length === 0
      ? 'no core that both have stands elsewhere\n'
      : `cores that stand elsewhere:\n${listed.join('')}${more}`;
  return `A: ${of(a)}\nB: ${of(b)}\n\n${table(header, rows, [0, 1])}\n${list}`;
}
