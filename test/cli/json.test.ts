import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CHIPS } from '../../src/chips/installed.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { row } from '../../src/chips/validation-row.js';
import { CATALOGUE } from '../../src/cli/catalogue.js';
import type { CliContext } from '../../src/cli/context.js';
import { JSON_VERSION } from '../../src/cli/json-envelope.js';
import { wholeJsonSchema } from '../../src/cli/json/json-schema.js';
import { jsonSchemas } from '../../src/cli/json/schemas.js';
import { namedCommands, wholeProgram } from '../../src/cli/whole-program.js';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { encodeNetwork } from '../../src/ir/network/file.js';
import { IF_LAYER, nirFile } from '../support/nir-files.js';
import { writeMadeFolder } from '../support/bnn-pynq.js';
import { present } from '../../src/common/assert.js';
import { noRedis, startRedis } from '../support/redis.js';
import { NETWORKS, RECIPE, studyFolderForTest } from '../studies/synthetic.js';
import { cli, modelPath, SETTING, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
mkdirSync(folder.at('redis'));
const redis = noRedis === '' ? await startRedis(folder.at('redis')) : undefined;
afterAll(() => redis?.stop());
const five = modelPath('mnist-5core');
const program = folder.at('five.lsp');
const result = folder.at('result.json');
const swept = folder.at('swept.json');
const volts = folder.at('volts.csv');
writeFileSync(volts, 'volts,ber,energyScale\n1,0,1\n0.9,0.1,0.8\n');
const few = ['--limit', '8'];

const envelope = z.looseObject({
  kind: z.string(),
  version: z.literal(JSON_VERSION),
  host: z.looseObject({ seconds: z.number(), machine: z.string() }),
});

const study = studyFolderForTest();
const recipe = study.at('own.yaml');
const trained = folder.at('trained.lsn');
writeFileSync(
  recipe,
  RECIPE.replace('dataset: mnist', `dataset: ${study.at('quadrants')}`).replace('epochs: 3', 'epochs: 2'),
);
writeFileSync(
  study.at('study.yaml'),
  `${NETWORKS.replace(/ {6}sign.*\n/g, '')}faults:\n  - { chip: truenorth, networks: ['*'], effect: ber, levels: [0.1] }\n`,
);
const real = folder.at('real.yaml');
const realModel = folder.at('real.lsn');
writeFileSync(real, readFileSync(recipe, 'utf8').replaceAll('kind: sign, bound', 'kind: clip, bound'));
const own = ['--data', study.at('quadrants')];
const explored = folder.at('experiment.yaml');
writeFileSync(
  explored,
  `name: few\nimages: 20\nnetworks: [{ model: ${resolve('examples/models/mnist-5core.lsn')}, dataset: mnist }]
chips: [{ chip: truenorth, parameters: { axonsPerCore: [256, 512] } }]\nobjectives: [energy]\n`,
);

/** Validation of one row that runs an example, in the place of an hour of them. */
const [first] = CHIPS;
const oneRow: Partial<CliContext> = {
  chips:
    first === undefined
      ? []
      : [
          {
            ...first,
            validation: () =>
              Promise.resolve({
                constants: [{ ...MEASURED, value: 1, id: 'constant', fittedOn: ['correct'] }],
                rows: async (host) => {
                  const { result } = await host.runExample('mnist-5core', trueNorth);
                  const claim = {
                    id: 'correct',
                    published: 9000,
                    ours: result.correct,
                    unit: 'images',
                    source: 'test',
                  } as const;
                  return [row({ ...claim, tolerance: { kind: 'atLeast' }, status: 'validated' })];
                },
              }),
          },
        ],
};
const MEASURED = { unit: 'images', source: 'test', status: 'measured' } as const;

/** What a command prints and writes, without what belongs to the machine. */
async function printed({ args, writes = [], context }: Printing, workers: string | undefined): Promise<string> {
  const threads = workers === undefined ? [] : ['--workers', workers];
  for (const path of writes) rmSync(path, { recursive: true, force: true });
  const { out } = await cli([...args, ...threads, '--json'], context);
  const { host, ...rest } = envelope.parse(JSON.parse(out));
  if (workers !== undefined) expect(host['workers']).toBe(Number(workers));
  return JSON.stringify([rest, ...writes.flatMap(written)]);
}

/** Digests of the files at a path; those with a host block without it. */
function written(path: string): readonly string[] {
  if (statSync(path).isDirectory()) {
    // Checkpoints and journals are how a study or an exploration goes on; its results are what it says. A new chip has a link to the package.
    const names = readdirSync(path)
      .filter((name) => !['work', 'node_modules', 'points.jsonl'].includes(name))
      .sort();
    return names.flatMap((name) => written(join(path, name)));
  }
  const bytes = readFileSync(path);
  // A result names the commands that made it, and the number of workers is a part of them.
  const text = path.endsWith('.json')
    ? bytes.toString().replace(/"host": \{[^}]*\}|"commands": \[[^\]]*\]/g, '')
    : undefined;
  return [
    `${path}: ${createHash('sha256')
      .update(text ?? bytes)
      .digest('hex')}`,
  ];
}

interface Printing {
  readonly kind: string;
  readonly args: readonly string[];
  readonly threads?: true;
  /** Files and folders it writes. */
  readonly writes?: readonly string[];
  readonly context?: Partial<CliContext>;
}

const report = folder.at('report.html');
const exported = folder.at('model.json');
const [inSpikes, outSpikes] = [folder.at('in.sfti'), folder.at('out.sfto')];
const [inMap, outMap] = [folder.at('in.txt'), folder.at('out.txt')];
const quantised = folder.at('quantised.lsn');
const imported = folder.at('bnn.lsn');
const onnx = folder.at('mlp.onnx');
const layersModel = folder.at('mlp.json');
const trace = folder.at('trace.json');
const rancFolder = folder.at('ranc');
const [wave, checkpoint] = [folder.at('core.vcd'), folder.at('core.checkpoint')];
const golden = folder.at('golden.lst');
const ownChip = folder.at('own-chip');
const rancOutput = folder.at('ranc-output.txt');

const spiking = folder.at('spiking.lsn');
const spikes = folder.at('events');
mkdirSync(join(spikes, '0'), { recursive: true });
writeFileSync(join(spikes, '0', 'a.csv'), 't,x\n0,0\n1,1\n');
writeFileSync(spiking, encodeNetwork((await openNetwork(await nirFile(IF_LAYER))).graph));

const COMMANDS: readonly Printing[] = [
  {
    kind: 'import',
    args: ['import', writeMadeFolder(folder.at('bnn')), '-o', imported],
    writes: [imported],
  },
  { kind: 'export', args: ['export', modelPath('mnist-mlp'), '-o', onnx], writes: [onnx] },
  { kind: 'export', args: ['export', modelPath('mnist-mlp'), '-o', layersModel], writes: [layersModel] },
  { kind: 'train', args: ['train', recipe, '-o', trained, '--seed', '3'], writes: [trained] },
  { kind: 'train', args: ['train', real, '-o', realModel], writes: [realModel] },
  {
    kind: 'quantize',
    args: ['quantize', realModel, ...own, '-o', quantised, '--images', '20', '--bits', '4/8'],
    ...{ writes: [quantised], threads: true },
  },
  {
    kind: 'quantize',
    args: ['quantize', realModel, ...own, '-o', quantised, '--search', '--images', '20', '--search-images', '20'],
    ...{ writes: [quantised], threads: true },
  },
  {
    kind: 'quantize',
    args: ['quantize', spiking, '-o', quantised, '--data', spikes, '--steps', '2', '--time-unit', 's'],
    writes: [quantised],
  },
  { kind: 'validate', args: ['validate', '--models', 'nowhere'], threads: true, context: oneRow },
  { kind: 'data-fetch', args: ['data', 'fetch', 'mnist'] },
  {
    kind: 'study-robustness',
    args: ['study', 'robustness', study.at('study.yaml'), '-o', study.at('out')],
    ...{ writes: [study.at('out')], threads: true },
  },
  { kind: 'study-robustness', args: ['study', 'robustness', study.at('study.yaml'), '-o', study.at('out'), '--plan'] },
  { kind: 'study-report', args: ['study', 'report', study.at('out')] },
  {
    kind: 'explore',
    args: ['explore', explored, '-o', folder.at('explored'), '--resume'],
    ...{ writes: [folder.at('explored')], threads: true },
  },
  { kind: 'explore', args: ['explore', explored, '-o', folder.at('explored'), '--dry-run'] },
  { kind: 'reproduce', args: ['reproduce', folder.at('explored'), '0'] },
  ...(redis === undefined
    ? []
    : [{ kind: 'worker', args: ['worker', '--queue', redis.url, '--idle', '0.2', '--cache', folder.at('cache')] }]),
  { kind: 'inspect', args: ['inspect', five] },
  { kind: 'check', args: ['check', five] },
  { kind: 'compare', args: ['compare', five, '--limit', '4'], threads: true },
  { kind: 'compile', args: ['compile', five, '-o', program, '--seed', '3'], writes: [program] },
  { kind: 'compile', args: ['compile', five, '--alternatives'] },
  { kind: 'compile', args: ['compile', five, '--alternatives', '--chip', 'northpole'] },
  {
    kind: 'run',
    args: ['run', program, ...few, '-o', result, '--noise', 'ber=0.01'],
    ...{ writes: [result], threads: true },
  },
  { kind: 'run', args: ['run', trained, ...own, '--chip', 'northpole'], threads: true },
  {
    kind: 'run',
    args: ['run', trained, ...own, '--chip', 'ranc', '--fault-layers', 'first', '--noise', 'ber=0.1'],
    threads: true,
  },
  {
    kind: 'sweep',
    args: ['sweep', five, ...few, '--distortion', 'ber', '--levels', '0,0.1', '--chips', '2', '-o', swept],
    ...{ writes: [swept], threads: true },
  },
  { kind: 'sweep', args: ['sweep', five, ...few, '--chips', '2', '--voltage-table', volts], threads: true },
  {
    kind: 'sweep',
    args: ['sweep', modelPath('mnist-mlp'), ...few, '--on', 'network', '--distortion', 'round', '--levels', '2'],
    threads: true,
  },
  {
    kind: 'sweep',
    args: ['sweep', trained, ...own, '--on', 'network', '--distortion', 'additive', '--levels', '0.1', '--chips', '2'],
    threads: true,
  },
  { kind: 'chip', args: ['chip', 'truenorth'] },
  { kind: 'chip', args: ['chip', 'northpole'] },
  { kind: 'chip', args: ['chip', 'ranc'] },
  { kind: 'chip', args: ['chip'] },
  { kind: 'report', args: ['report', result, swept, '-o', report], writes: [report] },
  { kind: 'diff', args: ['diff', result, result, '--fail-on', 'accuracy<-0.1pp'] },
  { kind: 'diff', args: ['diff', swept, swept] },
  { kind: 'diff', args: ['diff', program, program] },
  { kind: 'data-list', args: ['data', 'list'] },
  { kind: 'timing', args: ['timing', program, '--limit', '1'] },
  { kind: 'timing', args: ['timing', program, '--limit', '1', '--model', 'clocked'] },
  { kind: 'timeline', args: ['timeline', modelPath('mnist-mlp'), '-o', trace], writes: [trace] },
  { kind: 'sums', args: ['sums', modelPath('sums-transformer'), '--limit', '2'], threads: true },
  {
    kind: 'truenorth-export',
    args: [
      ...[
        'truenorth',
        'export',
        program,
        '-o',
        exported,
        '--limit',
        '2',
        '--input-spikes',
        inSpikes,
        '--in-map',
        inMap,
      ],
      ...['--output-spikes', outSpikes, '--out-map', outMap],
    ],
    writes: [exported, inSpikes, outSpikes, inMap, outMap],
  },
  {
    kind: 'truenorth-run',
    args: [
      'truenorth',
      'run',
      exported,
      '--input',
      inSpikes,
      '--expect',
      outSpikes,
      '--in-map',
      inMap,
      '--out-map',
      outMap,
    ],
  },
  {
    kind: 'ranc-export',
    args: ['ranc', 'export', trained, ...own, '--limit', '2', '-o', rancFolder],
    writes: [rancFolder],
  },
  {
    kind: 'ranc-run',
    args: [
      ...['ranc', 'run', join(rancFolder, 'input.json'), join(rancFolder, 'config.json'), '--ticks', '40'],
      ...['-o', rancOutput],
    ],
    writes: [rancOutput],
  },
  { kind: 'ranc-scores', args: ['ranc', 'scores', join(rancFolder, 'decoding.json'), rancOutput] },
  { kind: 'completion', args: ['completion', 'fish'] },
  {
    kind: 'probe',
    args: ['probe', program, '--core', '1,1', '--vcd', wave, '--save', checkpoint],
    writes: [wave, checkpoint],
  },
  { kind: 'conform-record', args: ['conform', 'record', '-o', golden, '--chip', 'northpole'], writes: [golden] },
  { kind: 'conform-check', args: ['conform', 'check', golden] },
  { kind: 'conform-diff', args: ['conform', 'diff', golden, golden] },
  { kind: 'conform-fuzz', args: ['conform', 'fuzz', '--cases', '2', '--seed', '2'] },
  { kind: 'conform-fuzz', args: ['conform', 'fuzz', '--chip', 'ranc', '--mutants'] },
  { kind: 'new-chip', args: ['new', 'chip', ownChip], writes: [ownChip] },
];

/** What was printed of each kind, for what is said of all of it. */
const seen: { readonly kind: string; readonly text: string }[] = [];

describe('--json', () => {
  it.each(COMMANDS)(
    'is the same for the same command but for host, and so are the files it writes, with any number of workers: $args',
    async (printing) => {
      const threads = printing.threads === undefined ? [undefined, undefined] : ['1', '2'];
      const once = await printed(printing, threads[0]);
      const [object] = z.tuple([z.looseObject({ kind: z.string() })], z.string()).parse(JSON.parse(once));
      expect(object).toMatchObject({ kind: `lodestone-${printing.kind}`, warnings: expect.any(Array) });
      seen.push({ kind: object.kind, text: JSON.stringify(object) });
      expect(await printed(printing, threads[1])).toBe(once);
    },
  );

  it('is shown for every command', async () => {
    const shown = new Set(COMMANDS.map(({ kind }) => `lodestone-${kind}`));
    // Needs a server, which may not be there.
    shown.add('lodestone-worker');
    expect([...shown, 'lodestone-error'].sort()).toEqual([...(await jsonSchemas()).keys()].sort());
  });

  it('has schemas that know every field: one more anywhere is refused', async () => {
    expect(seen.length).toBe(COMMANDS.length);
    const machine = { seconds: 1, machine: 'a machine' };
    const schemas = await jsonSchemas();
    for (const { kind, text } of seen) {
      const schema = present(schemas.get(kind), kind);
      const content: unknown = { ...z.looseObject({}).parse(JSON.parse(text)), host: machine };
      expect(schema.safeParse(content).success, kind).toBe(true);
      for (const path of objectsIn(content, [])) {
        // The values of a spec are the parameters of its chip.
        const isKnown = schema.safeParse(withOneMore(content, path)).success;
        expect({ kind, path, isKnown }).toEqual({ kind, path, isKnown: path[0] === 'spec' });
      }
    }
  });

  it('has an object for every command', async () => {
    const names = namedCommands(await wholeProgram(SETTING)).map(
      ({ name }) => `lodestone-${name.replaceAll(' ', '-')}`,
    );
    expect([...(await jsonSchemas()).keys()].sort()).toEqual([...names, 'lodestone-error'].sort());
    expect(CATALOGUE.length).toBeGreaterThan(0);
  });

  it('is an object of its own for errors', async () => {
    for (const args of [['run'], ['run', 'none.lsp'], ['rnu']]) {
      const { out, err } = await cli([...args, '--json']);
      expect(err).toBe('');
      expect(JSON.parse(out)).toMatchObject({
        kind: 'lodestone-error',
        version: JSON_VERSION,
        errors: [{ severity: 'error' }],
      });
    }
  });

  it('is described by docs/command-line.schema.json', async () => {
    const text = readFileSync('docs/command-line.schema.json', 'utf8');
    expect(text).toBe(`${JSON.stringify(await wholeJsonSchema(), null, 2)}\n`);
  });
});

/** The first of each kind of object in a value: of a list only its first entry. */
function objectsIn(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : objectsIn(value[0], [...path, '0']);
  if (typeof value !== 'object' || value === null) return [];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => objectsIn(inner, [...path, key]))];
}

/** A value with one field more in the object at a path. */
function withOneMore(value: unknown, [key, ...path]: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((inner, i) => (String(i) === key ? withOneMore(inner, path) : inner));
  const fields = typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
  if (key === undefined) fields.set('unheardOf', { of: [] });
  else fields.set(key, withOneMore(fields.get(key), path));
  return Object.fromEntries(fields);
}
