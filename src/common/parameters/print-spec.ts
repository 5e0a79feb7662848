import { platform } from '#platform';
import { entriesOf, valueAt } from './value-tree.js';

/** What a spec file is printed from; `lines` are those of `describe`. */
export interface PrintedSpec {
  readonly base: string;
  readonly name: string;
  /** What the base is. */
  readonly note: string;
  readonly chip: string;
  readonly values: unknown;
  readonly lines: readonly {
    readonly path: string;
    readonly what: string;
    readonly unit: string;
    readonly range: string;
    readonly status: string;
    readonly source: string;
    readonly follows?: true;
  }[];
}

const WIDTH = 110;

/** A spec file with every parameter; comments say what it means, its unit, range, status and source. */
export function printSpecFile({ base, name, note, chip, values, lines }: PrintedSpec): string {
  const out = [
    `# A ${chip} chip. What a file leaves out is as in its base, ${base}: ${note}.`,
    ...yamlOf({ base, name }),
  ];
  let groups: readonly string[] = [];
  for (const line of lines) {
    if (line.follows === true) {
      out.push(...followingLines(line, values));
      continue;
    }
    const keys = line.path.split('.');
    const own = keys.slice(0, -1);
    const indent = '  '.repeat(own.length);
    const common = own.findIndex((key, i) => groups[i] !== key);
    if (own.length !== groups.length || common >= 0) {
      own.forEach((key, depth) => {
        if (common >= 0 && depth >= common) out.push('', `${'  '.repeat(depth)}${key}:`);
      });
      groups = own;
    }
    const unit = line.unit === '' ? '' : `${line.unit}, `;
    const status = line.source === '' ? line.status : `${line.status}: ${line.source}`;
    for (const text of wrapped(`${line.what} [${unit}${line.range}]; ${status}`, WIDTH - indent.length)) {
      out.push(`${indent}# ${text}`);
    }
    const value = platform.yaml().stringify(valueAt(values, line.path), { lineWidth: 0, collectionStyle: 'flow' });
    out.push(`${indent}${keys.at(-1) ?? ''}: ${value.trim()}`);
  }
  return `${out.join('\n')}\n`;
}

/** A value that follows from the others, as a comment: the file that is printed goes on following when it is edited. */
function followingLines(line: PrintedSpec['lines'][number], values: unknown): readonly string[] {
  const { path, what, unit, range, status, source } = line;
  const value = platform.yaml().stringify(valueAt(values, path), { lineWidth: 0, collectionStyle: 'flow' }).trim();
  const text = `${path} is ${value}${unit === '' ? '' : ` ${unit}`} and follows from the others: ${what} [${range}]; ${status}: ${source}`;
  return wrapped(text, WIDTH).map((part) => `# ${part}`);
}

const yamlOf = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  [...entriesOf(values)].map(([key, value]) =>
    platform
      .yaml()
      .stringify({ [key]: value }, { lineWidth: 0 })
      .trim(),
  );

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
