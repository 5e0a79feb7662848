/** The files of a new chip. */
import type { Chip, SpecParameter } from '../chips/chip.js';
import { present } from '../common/assert.js';
import { valueAt } from '../common/parameters/value-tree.js';

/** One file of it, by its name in the folder. */
export interface NewFile {
  readonly file: string;
  readonly text: string;
}

/** A chip of a name that is like another one: every parameter stands in its preset, as a comment. */
export function chipFiles(name: string, like: Chip, version: string): readonly NewFile[] {
  return [
    { file: 'chip.js', text: chipText(name, like) },
    { file: 'chip.test.js', text: TEST },
    { file: 'package.json', text: packageText(name, version) },
    { file: 'README.md', text: readmeText(name, like) },
  ];
}

function chipText(name: string, like: Chip): string {
  const [standard] = Object.values(like.specs.presets);
  const spec = present(standard, 'a preset');
  const parameters = like.specs.describe(spec).filter(({ follows }) => follows !== true);
  return `// A chip like ${like.name}: take a line below out of its comment, and change it. docs/add-a-chip.md of lodestone says what else can be replaced.
import { CHIPS, chipLike } from 'lodestone/chips';

const base = CHIPS.find(({ name }) => name === '${like.name}');

/** @type {import('lodestone/chips').Chip} */
export const chip = chipLike(base, {
  name: '${name}',
  title: '${name} chips',
  presets: {
    '${name}': {
      what: 'like ${like.name}',
      source: 'an assumption of its author',
      values: {
${commentLines(parameters, spec, '        ')}      },
    },
  },
});
`;
}

/** Every parameter with its value and meaning, groups nested, as comments. */
const commentLines = (parameters: readonly SpecParameter[], spec: unknown, indent: string): string =>
  valueLines(parameters, spec)
    .map((line) => `${indent}// ${line}\n`)
    .join('');

function valueLines(parameters: readonly SpecParameter[], spec: unknown, prefix = ''): readonly string[] {
  const keyOf = ({ path }: SpecParameter): string => path.slice(prefix.length).split('.')[0] ?? '';
  const keys = [...new Set(parameters.map(keyOf))];
  return keys.flatMap((key) => {
    const path = `${prefix}${key}`;
    const single = parameters.find((parameter) => parameter.path === path);
    if (single === undefined) {
      const own = parameters.filter((parameter) => keyOf(parameter) === key);
      return [`${key}: {`, ...valueLines(own, spec, `${path}.`).map((line) => `  ${line}`), '},'];
    }
    const { range, unit, what } = single;
    const about = [range, unit].filter((text) => text !== '').join(' ');
    return [`${key}: ${JSON.stringify(valueAt(spec, path))}, // ${about}: ${what}`];
  });
}

const packageText = (name: string, version: string): string =>
  `${JSON.stringify(
    {
      ...{ name, version: '0.0.0', private: true, type: 'module', scripts: { test: 'node --test' } },
      devDependencies: { lodestone: `^${version}` },
    },
    undefined,
    2,
  )}\n`;

const readmeText = (name: string, like: Chip): string => `# ${name}

A chip for lodestone, like ${like.name}.

    node --test                                                  its tests
    lodestone chip ${name} --chip . --allow-code                 its parameters
    lodestone run MODEL --chip . --allow-code --data mnist       a network on it

\`--chip\` takes this folder from anywhere. The package is found in node_modules, by a link; \`npm link lodestone\` makes it again, \`npm install\` takes
the published one.
`;

const TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileNetwork, readProgram, runCompiled, writeProgram } from 'lodestone';
import { CHIPS, chipProblems, NO_NOISE, PURPOSE, sequence } from 'lodestone/chips';
import { chip } from './chip.js';

const random = sequence(1, PURPOSE.test);
const weights = (n) => Int8Array.from({ length: n }, () => (random.below(2) === 0 ? -1 : 1));
const network = {
  name: 'small',
  dialect: 'integer',
  nodes: [
    { id: 'input', kind: 'input', shape: [16] },
    { id: 'encode', kind: 'encode', input: 'input', code: { kind: 'threshold', level: 128 } },
    { id: 'hidden', kind: 'dense', input: 'encode', nOut: 8, weights: weights(8 * 16), weightBits: 1 },
    { id: 'fires', kind: 'threshold', input: 'hidden', theta: new Int32Array(8).fill(1), sense: new Uint8Array(8) },
    { id: 'classes', kind: 'dense', input: 'fires', nOut: 3, weights: weights(3 * 8), weightBits: 1 },
    { id: 'scores', kind: 'scores', input: 'classes' },
  ],
};
const data = {
  name: 'random',
  shape: [16],
  images: Uint8Array.from({ length: 20 * 16 }, () => random.below(256)),
  labels: new Uint8Array(20),
  nClasses: 3,
};

test('it keeps the contract of chips', () => {
  assert.deepEqual(chipProblems(chip, 'chip.js'), []);
});

test('a network gives the scores of its integer form, from a program file too', async () => {
  const compiled = compileNetwork(network, { chip });
  const read = readProgram(writeProgram(compiled), 'program', [...CHIPS, chip]);
  for (const runnable of [compiled, read]) {
    const result = await runCompiled(runnable, data, { workers: 1, seed: 1, noise: NO_NOISE });
    assert.equal(result.mismatches, 0);
    assert.equal(result.target, chip.name);
  }
});

test('its models agree after every step, on programs drawn at random', async () => {
  const kit = await chip.kit();
  for (let seed = 1; seed <= 3; seed++) {
    const program = kit.randomProgram(seed);
    assert.ok(chip.isProgram(program));
    const stimulus = kit.randomStimulus(program, seed);
    const [first, ...others] = kit.models.map((model) => kit.open(program, stimulus, model));
    while (first.step()) {
      for (const other of others) {
        other.step();
        for (const { name } of first.fields) assert.deepEqual(other.peek(name), first.peek(name), name);
      }
    }
  }
});
`;
