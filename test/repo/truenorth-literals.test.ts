import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SRC = new URL('../../src/', import.meta.url);

/** What follows a spec: nothing in it knows a number of the published chip. */
const FOLLOWS_SPEC = [
  'compiler/targets/truenorth',
  'hw-models/faults',
  'chips/truenorth',
  'simulator/noc',
  'simulator',
];
/** Models of the chip; the table of its parameters is in ir, what it costs and what was measured on it stand in files of their own. */
const MODELS = [
  'board',
  'board-faults',
  'chip',
  'core',
  'draws',
  'fabric-faults',
  'neuron',
  'router',
  'scheduler',
  'timing',
];
/** Numbers of the published chip: sizes, widths as magnitudes, and the clamp. */
const NUMBER = /\b(256|255|262_?143|393_?216|16_?383)\b/;
/** Numbers that only look alike. */
const OTHERS: readonly RegExp[] = [
  // The windows that are tried.
  /^const WINDOWS = /,
  // Bounds of the mesh of the simulator, and tables of its traffic.
  /^ *(width|height|chipWidth|chipHeight): \[1, 256\],$/,
  /1 \/ 256|length: 256|\/ 256/,
];

const filesOf = (folder: string): readonly string[] =>
  readdirSync(new URL(`${folder}/`, SRC))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);

/** Lines of code, without comments and texts, that hold such a number. */
function literals(path: string): readonly string[] {
  const code = readFileSync(new URL(path, SRC), 'utf8').replace(/\/\*[^]*?\*\//g, '');
  return code
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').replace(/'[^']*'/g, "''"))
    .filter((line) => NUMBER.test(line) && !OTHERS.some((other) => other.test(line)))
    .map((line) => `${path}: ${line.trim()}`);
}

describe('what follows the spec of a TrueNorth-style chip', () => {
  it('knows no number of the published chip', () => {
    const models = MODELS.map((name) => `hw-models/truenorth/${name}.ts`);
    const files = [...FOLLOWS_SPEC.flatMap(filesOf), ...models];
    expect(files.length).toBeGreaterThan(60);
    expect(files.flatMap(literals)).toEqual([]);
  });
});
