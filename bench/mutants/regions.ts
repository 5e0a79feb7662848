import ts from 'typescript';

/** A piece of code that runs as a whole or not at all, but for calls that throw: offsets into the file's text. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** A source file with a counter at every region. */
export interface Probed {
  /** The text, in which region i writes 1 to element `firstId + i` of the global array `PROBES`. */
  readonly text: string;
  /** Regions in the order of their starts; inner ones come after outer ones. */
  readonly regions: readonly Region[];
}

/** Name of the global array of counters. */
export const PROBES = 'lodestoneProbes';

/**
 * Puts a counter into every statement of every block, and into every branch that is an expression: arms of conditionals, right sides of logical
 * operators, bodies of arrow functions. What a module does when it is loaded is no region.
 */
export function withProbes(text: string, firstId: number): Probed {
  const file = ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2023, true);
  const marks: { readonly node: ts.Node; readonly isStatement: boolean; readonly isBare: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    const kind = regionKind(node);
    if (kind !== undefined) marks.push({ node, isStatement: kind !== 'expression', isBare: kind === 'bare' });
    ts.forEachChild(node, visit);
  };
  visit(file);
  const regions = marks.map(({ node }) => ({ start: node.getStart(file), end: node.getEnd() }));
  const insertions = marks.flatMap(({ isStatement, isBare }, i) => {
    const { start, end } = regions[i]!;
    const count = `${PROBES}[${firstId + i}] = 1`;
    const size = end - start;
    if (!isStatement) return [opening(start, size, `(${count}, (`), closing(end, size, '))')];
    return isBare
      ? [opening(start, size, `{ ${count}; `), closing(end, size, ' }')]
      : [opening(start, size, `${count}; `)];
  });
  insertions.sort((a, b) => a.at - b.at || a.order - b.order);
  let result = '';
  let from = 0;
  for (const { at, what } of insertions) {
    result += text.slice(from, at) + what;
    from = at;
  }
  return { text: result + text.slice(from), regions };
}

/** The innermost region that holds an offset; -1 for what runs when the module is loaded. */
export function regionAt(regions: readonly Region[], offset: number): number {
  return regions.findLastIndex(({ start, end }) => start <= offset && offset < end);
}

interface Insertion {
  readonly at: number;
  /** Of insertions at one place: ends first, the innermost first; then starts, the outermost first. */
  readonly order: number;
  readonly what: string;
}

const opening = (at: number, size: number, what: string): Insertion => ({ at, order: 1e9 - size, what });
const closing = (at: number, size: number, what: string): Insertion => ({ at, order: size - 1e9, what });

/** Whether a node is a region: a statement of a block, a bare statement that gets a block, or an expression. */
function regionKind(node: ts.Node): 'statement' | 'bare' | 'expression' | undefined {
  const { parent } = node;
  if (parent === undefined) return undefined;
  if (ts.isStatement(node) && !ts.isBlock(node)) {
    if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) return undefined;
    if (ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent)) return 'statement';
    if (ts.isIfStatement(parent) || ts.isIterationStatement(parent, false)) return 'bare';
    return undefined;
  }
  const isBranch =
    (ts.isArrowFunction(parent) && parent.body === node && !ts.isBlock(node)) ||
    (ts.isConditionalExpression(parent) &&
      parent.condition !== node &&
      node !== parent.questionToken &&
      node !== parent.colonToken) ||
    (ts.isBinaryExpression(parent) && parent.right === node && isLogical(parent.operatorToken.kind));
  return isBranch ? 'expression' : undefined;
}

const isLogical = (kind: ts.SyntaxKind): boolean =>
  kind === ts.SyntaxKind.AmpersandAmpersandToken ||
  kind === ts.SyntaxKind.BarBarToken ||
  kind === ts.SyntaxKind.QuestionQuestionToken;
