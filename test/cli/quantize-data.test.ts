import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { cli, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

/** Rows of a label and pixels, as train.csv and test.csv. */
function csvFolder(name: string, rows: (split: string) => readonly (readonly number[])[]): string {
  const path = folder.at(name);
  mkdirSync(path);
  for (const split of ['train', 'test']) {
    writeFileSync(
      `${path}/${split}.csv`,
      `${rows(split)
        .map((row) => row.join(','))
        .join('\n')}\n`,
    );
  }
  return path;
}

function network(name: string, text: string): string {
  const path = folder.at(`${name}.lsn`);
  writeFileSync(path, `lodestone-network 1 float "${name}"\n${text}`);
  return path;
}

const INPUT = `%image = input
  shape [1,12,1]
%encode = encode %image
  code {"kind":"integer","bits":8,"zeroPoint":0,"step":0.00390625}
%flatten1 = flatten %encode
`;

const random = sequence(11, PURPOSE.test, 5);
const pixel = (): number => random.below(256);
const noise = csvFolder('noise', () =>
  Array.from({ length: 40 }, (_, i) => [i % 3, ...Array.from({ length: 12 }, pixel)]),
);
const real = (n: number): number[] => Array.from({ length: n }, () => Math.fround((random.below(1001) - 500) / 500));

/** What `quantize --json` measured: accuracy of the float and of the quantised network. */
async function quantised(path: string, data: string, ...options: string[]) {
  const output = `${path}.q.lsn`;
  const { code, out, err } = await cli([
    ...['quantize', path, '--data', data, '--bits', '8', '-o', output, '--json'],
    ...options,
  ]);
  expect(code, err + out).toBe(0);
  const { before, after }: { before: { accuracy: number }; after: { accuracy: number } } = JSON.parse(out);
  return { before: before.accuracy, after: after.accuracy, output };
}

async function accuracyOf(path: string, data: string): Promise<number> {
  const { code, out } = await cli(['run', path, '--chip', 'northpole', '--data', data, '--json']);
  expect(code, out).toBe(0);
  return JSON.parse(out).accuracy;
}

describe('quantize', () => {
  it('calibrates and measures on images with the preprocessing of the model', async () => {
    // Pixels 0..15; the preprocessing multiplies them by 16.
    const dark = csvFolder('dark', () =>
      Array.from({ length: 90 }, (_, i) => [
        i % 3,
        ...Array.from({ length: 12 }, (_, p) => (p % 3 === i % 3 ? 9 + random.below(5) : random.below(8))),
      ]),
    );
    const weights = Array.from({ length: 36 }, (_, k) => (k % 3 === Math.floor(k / 12) ? 1 : 0.25));
    const path = network(
      'prepdark',
      `preprocessing [{"kind":"requantise","gain":16,"offset":0}]
${INPUT}%dense2 = dense %flatten1
  nOut 3
  weights f32(${weights.join()})
%relu3 = relu %dense2
%dense4 = dense %relu3
  nOut 3
  weights f32(1,0,0,0,1,0,0,0,1)
%scores5 = scores %dense4
`,
    );
    const { before, after, output } = await quantised(path, dark, '--images', '90');
    expect([before, after]).toEqual([1, 1]);
    expect(await accuracyOf(output, dark)).toBe(1);
  });

  it('calibrates and searches on what images there are where no numbers are asked for', async () => {
    const path = network(
      'few',
      `${INPUT}%dense2 = dense %flatten1
  nOut 3
  weights f32(${real(36).join()})
%scores3 = scores %dense2
`,
    );
    // 40 images: fewer than would be taken of a large data set.
    await quantised(path, noise);
    await quantised(path, noise, '--search', '--budget', '100%');
    const asked = await cli(['quantize', path, '--data', noise, '--images', '41', '-o', folder.at('more.lsn')]);
    expect(asked.err).toContain('error[bad-images]');
    expect(folder.list()).not.toContain('more.lsn');
  });

  it('decides between all outputs of a network with more of them than the data have labels', async () => {
    const weights = real(72);
    // Outputs 3 to 5 are above all others.
    const offset = [0, 0, 0, 40, 40, 40];
    const path = network(
      'sixout',
      `${INPUT}%dense2 = dense %flatten1
  nOut 6
  weights f32(${weights.join()})
  bias f64(${offset.join()})
%scores3 = scores %dense2
`,
    );
    const { before, after, output } = await quantised(path, noise, '--images', '40');
    expect([before, after]).toEqual([0, 0]);
    expect(await accuracyOf(output, noise)).toBe(0);
  });

  it.each([
    ['half of their values', '[1,6,1]', 6],
    ['more values than they have', '[28,28,1]', 784],
  ])('refuses images for a network that takes %s', async (_, shape, n) => {
    const path = network(
      `wrong-${n}`,
      `${INPUT.replace('[1,12,1]', shape)}%dense2 = dense %flatten1
  nOut 3
  weights f32(${real(3 * n).join()})
%scores3 = scores %dense2
`,
    );
    const { code, err } = await cli(['quantize', path, '--data', noise, '-o', folder.at('none.lsn')]);
    expect(code).toBe(1);
    expect(err).toContain('error[wrong-input-shape] data set "noise": samples are [1, 12, 1]');
    expect(folder.list()).not.toContain('none.lsn');
  });

  it('gives networks that differ in the unit of their weights only the same decisions', async () => {
    const [first, second] = [real(72), real(18)];
    const accuracies = [];
    for (const exponent of [0, -20, -60]) {
      const unit = 2 ** exponent;
      const path = network(
        `small${-exponent}`,
        `${INPUT}%dense2 = dense %flatten1
  nOut 6
  weights f32(${first.map((w) => w * unit).join()})
%batchNorm3 = batchNorm %dense2
  gamma f64(1,1,1,1,1,1)
  beta f64(0.2,0.1,0,0.3,0.1,0.2)
  mean f64(0,0,0,0,0,0)
  variance f64(${new Array(6).fill(unit * unit).join()})
  epsilon 0
%relu4 = relu %batchNorm3
%dense5 = dense %relu4
  nOut 3
  weights f32(${second.map((w) => w * unit).join()})
%scores6 = scores %dense5
`,
      );
      const { before, after, output } = await quantised(path, noise, '--images', '40');
      accuracies.push([before, after, await accuracyOf(output, noise)]);
    }
    expect(accuracies[1]).toEqual(accuracies[0]);
    expect(accuracies[2]).toEqual(accuracies[0]);
    // Not the share of one class, which is what a network gets whose values are all 0.
    expect(accuracies[0]?.[1]).toBe(accuracies[0]?.[2]);
  });
});

describe('samples without a shape', () => {
  const sixteen = csvFolder('sixteen', () =>
    Array.from({ length: 20 }, (_, i) => [i % 3, ...Array.from({ length: 16 }, pixel)]),
  );

  it.each([
    ['[12]', 12, noise],
    ['[16]', 16, sixteen],
    ['[1,16,1]', 16, sixteen],
    ['[2,8,1]', 16, sixteen],
    ['[4,4,1]', 16, sixteen],
  ])('fit a network that takes %s', async (shape, n, data) => {
    const weights = Array.from({ length: 3 * n }, () => (random.below(2) === 0 ? -1 : 1));
    const path = network(
      `takes-${shape.replaceAll(/\W/g, '-')}`,
      `%image = input
  shape ${shape}
%encode = encode %image
  code {"kind":"threshold","level":128}
%flatten1 = flatten %encode
%dense1 = dense %flatten1
  nOut 3
  weights i8(${weights.join()})
%scores2 = scores %dense1
`,
    );
    const { code, out, err } = await cli(['run', path, '--data', data, '--json']);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ mismatches: 0 });
  });
});

describe('labels beyond the classes of a network', () => {
  it.each(['run', 'quantize'])('are refused by %s, with the first of them', async (command) => {
    const data = csvFolder(`labels-${command}`, () =>
      Array.from({ length: 9 }, (_, i) => [i === 4 ? 200 : i % 3, ...Array.from({ length: 12 }, pixel)]),
    );
    const path = network(
      `three-${command}`,
      `${INPUT}%dense1 = dense %flatten1
  nOut 3
  weights f32(${real(36).join()})
%scores2 = scores %dense1
`,
    );
    const rest = command === 'run' ? ['--chip', 'northpole'] : ['-o', folder.at('x.lsn')];
    const given = command === 'run' ? (await quantised(path, noise, '--images', '40')).output : path;
    const { code, err } = await cli([command, given, '--data', data, ...rest]);
    expect(code).toBe(1);
    expect(err).toContain('error[label-beyond-classes]');
    expect(err).toContain('label 200 of sample 4 is beyond the 3 classes');
  });
});
