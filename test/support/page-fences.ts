/**
 * The fenced blocks of a page of documentation, and what comments above them say:
 *
 *   <!-- not run: REASON -->                  no command of the block below is run; each is still parsed
 *   <!-- not run (npm ci, validate): REASON -->   those that begin with these words are not
 *   <!-- printed by: npm start -->            the block shows lines that this command of the page prints; `...` stands for any text
 *   <!-- file: mine.yaml -->                  the block is a file for the commands that follow
 */

/** Commands that are not run, and why. */
export interface NotRun {
  /** First words of the commands; none for the whole block. */
  readonly commands: readonly string[];
  readonly reason: string;
}

/** A block between two lines of three backticks. */
export interface Fence {
  /** Line of its first line of text, from 1. */
  readonly line: number;
  readonly language: string;
  readonly lines: readonly string[];
  readonly notRun: readonly NotRun[];
  readonly printedBy?: string;
  readonly file?: string;
}

/** Every fenced block of a page. @throws Error for a comment of a kind above without its reason or name, and for a block without an end */
export function fencesOf(page: string): readonly Fence[] {
  const lines = page.split('\n');
  const fences: Fence[] = [];
  for (let at = 0; at < lines.length; at++) {
    const open = /^\s*```\s*(\w*)/.exec(lines[at]!);
    if (open === null) continue;
    const end = lines.findIndex((line, i) => i > at && /^\s*```\s*$/.test(line));
    if (end < 0) throw new Error(`line ${at + 1}: this block has no end`);
    const [, language = ''] = open;
    fences.push({ line: at + 2, language, lines: lines.slice(at + 1, end), ...marks(commentsAbove(lines, at)) });
    at = end;
  }
  return fences;
}

/** The comments that end right above a line, with nothing but white space between. */
function commentsAbove(lines: readonly string[], at: number): readonly string[] {
  const comments: string[] = [];
  let above = lines.slice(0, at).join('\n').trimEnd();
  while (above.endsWith('-->')) {
    const start = above.lastIndexOf('<!--');
    comments.unshift(
      above
        .slice(start + 4, -3)
        .replaceAll(/\s+/g, ' ')
        .trim(),
    );
    above = above.slice(0, start).trimEnd();
  }
  return comments;
}

function marks(comments: readonly string[]): Pick<Fence, 'notRun' | 'printedBy' | 'file'> {
  const notRun: NotRun[] = [];
  let named: Pick<Fence, 'printedBy' | 'file'> = {};
  for (const comment of comments) {
    const [, kind, commands, text = ''] = /^(not run|printed by|file)(?: \(([^)]*)\))?:? ?(.*)$/.exec(comment) ?? [];
    if (kind === undefined) continue;
    if (text === '') throw new Error(`<!-- ${comment} --> needs ${kind === 'not run' ? 'a reason' : 'a name'}`);
    if (kind === 'not run') notRun.push({ commands: commands?.split(/, */) ?? [], reason: text });
    else named = { ...named, ...(kind === 'file' ? { file: text } : { printedBy: text }) };
  }
  return { notRun, ...named };
}
