import ts from 'typescript';

/** One small change to a source file: the text from `start` to `end` becomes `replacement`. */
export interface Mutation {
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** 1-based line of `start`. */
  readonly line: number;
  /** The change for a reader, as `old -> new`, on one line. */
  readonly change: string;
}

/** What a binary operator becomes. */
const OPERATORS: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
  [ts.SyntaxKind.AsteriskToken]: '/',
  [ts.SyntaxKind.SlashToken]: '*',
  [ts.SyntaxKind.PercentToken]: '*',
  [ts.SyntaxKind.AsteriskAsteriskToken]: '*',
  [ts.SyntaxKind.LessThanLessThanToken]: '>>',
  [ts.SyntaxKind.GreaterThanGreaterThanToken]: '<<',
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken]: '<<',
  [ts.SyntaxKind.AmpersandToken]: '|',
  [ts.SyntaxKind.BarToken]: '&',
  [ts.SyntaxKind.CaretToken]: '|',
  [ts.SyntaxKind.PlusEqualsToken]: '-=',
  [ts.SyntaxKind.MinusEqualsToken]: '+=',
  [ts.SyntaxKind.AsteriskEqualsToken]: '/=',
};

/** What a method becomes, by its name. */
const METHODS: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  round: 'floor',
  trunc: 'floor',
  some: 'every',
  every: 'some',
};

/** Methods whose call is left out: `list.filter(f)` becomes `list`. */
const LEFT_OUT = new Set(['filter', 'sort', 'toSorted', 'reverse', 'toReversed', 'slice', 'trim', 'fill']);

/**
 * Every small change to a source text that this tool knows, in the order of the text: conditions negated and their bounds moved,
 * operators exchanged, constants off by one, calls and assignments left out, results and minima turned around. Types, imports,
 * strings and comments are never changed.
 */
export function mutationsOf(text: string, fileName = 'source.ts'): Mutation[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2023, true);
  const found: Mutation[] = [];
  const add = (start: number, end: number, replacement: string): void => {
    const old = text.slice(start, end);
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ start, end, replacement, line, change: `${short(old)} -> ${short(replacement)}` });
  };
  const replace = (node: ts.Node, replacement: string): void => {
    add(node.getStart(file), node.getEnd(), replacement);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeAliasDeclaration(node) || ts.isExportDeclaration(node)) return;
    mutateNode(node, file, replace);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The changes of one node, without those of its children. */
function mutateNode(node: ts.Node, file: ts.SourceFile, replace: (node: ts.Node, replacement: string) => void): void {
  const source = (part: ts.Node): string => part.getText(file);
  if (ts.isBinaryExpression(node)) {
    const operator = OPERATORS[node.operatorToken.kind];
    const isText = [node.left, node.right].some(
      (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side),
    );
    const isSum = node.operatorToken.kind === ts.SyntaxKind.PlusToken;
    if (operator !== undefined && !(isSum && isText)) replace(node.operatorToken, operator);
    if (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) replace(node, `(${source(node.right)})`);
  } else if (ts.isNumericLiteral(node)) {
    if (!ts.isPropertyAssignment(node.parent) || node.parent.name !== node) replace(node, nextNumber(node.text));
  } else if (node.kind === ts.SyntaxKind.TrueKeyword) {
    replace(node, 'false');
  } else if (node.kind === ts.SyntaxKind.FalseKeyword) {
    replace(node, 'true');
  } else if (ts.isPrefixUnaryExpression(node)) {
    const isSign = node.operator === ts.SyntaxKind.MinusToken || node.operator === ts.SyntaxKind.ExclamationToken;
    if (isSign) replace(node, `(${source(node.operand)})`);
  } else if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
    const condition = ts.isIfStatement(node) ? node.expression : node.condition;
    replace(condition, `!(${source(condition)})`);
    if (ts.isIfStatement(node)) replace(condition, 'false');
  } else if (ts.isExpressionStatement(node)) {
    replace(node, ';');
  } else if (ts.isContinueStatement(node) || (ts.isReturnStatement(node) && node.expression === undefined)) {
    replace(node, ';');
  } else if (ts.isReturnStatement(node) && node.expression !== undefined && isArithmetic(node.expression)) {
    replace(node.expression, `(${source(node.expression)}) + 1`);
  } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name, expression } = node.expression;
    const other = Object.hasOwn(METHODS, name.text) ? METHODS[name.text] : undefined;
    if (other !== undefined) replace(name, other);
    if (LEFT_OUT.has(name.text)) replace(node, source(expression));
    if (name.text === 'abs' && node.arguments.length === 1) replace(node, `(${source(node.arguments[0]!)})`);
  }
}

/** Whether a result is certainly a number: an arithmetic operator without text beside it. */
function isArithmetic(node: ts.Expression): boolean {
  if (!ts.isBinaryExpression(node)) return false;
  const kind = node.operatorToken.kind;
  return kind === ts.SyntaxKind.MinusToken || kind === ts.SyntaxKind.AsteriskToken || kind === ts.SyntaxKind.SlashToken;
}

/** A whole number and its successor; any other number and one a tenth larger. */
function nextNumber(text: string): string {
  const value = Number(text);
  return String(Number.isInteger(value) && Math.abs(value) < 1e15 ? value + 1 : value * 1.1);
}

/** Source text on one line of at most 60 characters. */
function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`;
}
