import { platform } from '#platform';
import type { Document, LineCounter } from 'yaml';
import { type Diagnostic, errorAt, UserError } from './diagnostics.js';

/** A YAML text as it was read: its value, or everything that is wrong with it. */
type Read = { readonly value: unknown } | { readonly problems: readonly Diagnostic[] };

/**
 * The value of a YAML text, untrusted: callers check it against a schema.
 * @throws UserError with every error of syntax and its line: also for aliases without an anchor, aliases that multiply (a "billion laughs"
 * file), tags that nobody knows and texts nested too deeply.
 */
export function parseYaml(text: string, place: string): unknown {
  const read = readYaml(text, place);
  if ('problems' in read) throw new UserError(read.problems);
  return read.value;
}

/** The value of a YAML text; undefined for one that {@link parseYaml} refuses. */
export function valueOfYaml(text: string): unknown {
  const read = readYaml(text, '');
  return 'value' in read ? read.value : undefined;
}

function readYaml(text: string, place: string): Read {
  const { LineCounter, parseDocument } = platform.yaml();
  const lines = new LineCounter();
  const found = (line: number | undefined, message: string, remedy = 'correct the YAML syntax'): Diagnostic =>
    errorAt('bad-yaml', line === undefined ? place : `${place} line ${line}`, message, remedy);
  const deep = deepLine(text);
  if (deep !== undefined)
    return { problems: [found(deep, 'it is nested too deeply to be read', 'nest it less deeply')] };
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const problems = [...document.errors, ...document.warnings].map((error) =>
    found(error.linePos?.[0].line, error.message.split('\n')[0] ?? error.code),
  );
  const aliases = aliasesOf(document, lines);
  for (const { name, line, isKnown } of aliases) {
    if (isKnown) continue;
    const message = `"*${name}" stands for an anchor "&${name}", which there is not`;
    problems.push(found(line, message, `put a pattern with * in quotes: "*${name}"`));
  }
  if (problems.length > 0) return { problems };
  try {
    return { value: document.toJS() };
  } catch {
    // All errors of syntax are found by now: what is left are aliases that stand for too much.
    const message = 'its aliases stand for more than any file of this kind needs';
    return { problems: [found(aliases[0]?.line, message, 'write the values out instead of using aliases')] };
  }
}

/** Levels of nesting: far above every file we read, and what the parser, which is recursive, takes without harm. */
const MAX_DEPTH = 200;

/**
 * The first line that may be nested deeper than {@link MAX_DEPTH}: by brackets, by indentation, or by indicators behind each other (`- - -`).
 * Brackets in quotes and comments count too: it is a bound, found without the parser, which can end the whole process.
 */
function deepLine(text: string): number | undefined {
  let depth = 0;
  let line = 1;
  // Of the line so far: only spaces and indicators, each of which may open a level.
  let isStart = true;
  let levels = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\n') {
      line++;
      isStart = true;
      levels = 0;
      continue;
    }
    if (c === '[' || c === '{') depth++;
    else if ((c === ']' || c === '}') && depth > 0) depth--;
    isStart &&= c === ' ' || c === '-' || c === '?';
    if (isStart) levels++;
    // A level of a block takes at least a column of indentation; real files have two.
    if (depth > MAX_DEPTH || levels > 2 * MAX_DEPTH) return line;
  }
  return undefined;
}

interface AliasAt {
  readonly name: string;
  readonly line: number | undefined;
  /** An anchor of this name stands before it. */
  readonly isKnown: boolean;
}

function aliasesOf(document: Document, lines: LineCounter): readonly AliasAt[] {
  const { isAlias, visit } = platform.yaml();
  const anchors = new Set<string>();
  const aliases: AliasAt[] = [];
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const line = node.range === undefined || node.range === null ? undefined : lines.linePos(node.range[0]).line;
        aliases.push({ name: node.source, line, isKnown: anchors.has(node.source) });
      } else if (node.anchor !== undefined) anchors.add(node.anchor);
    },
  });
  return aliases;
}
