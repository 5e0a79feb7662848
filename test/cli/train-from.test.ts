/** `lodestone train` with a recipe that goes on from a network of another tool. */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kerasH5, randomTensor, sequential, type TestLayer } from '../support/keras-files.js';
import { studyFolderForTest } from '../studies/synthetic.js';
import { cli } from './harness.js';

const folder = studyFolderForTest();
const LAYERS: readonly TestLayer[] = [
  { class_name: 'Flatten', config: { name: 'flat' } },
  {
    class_name: 'Dense',
    config: { name: 'fc', units: 4, activation: 'softmax' },
    weights: { kernel: randomTensor([64, 4], 1), bias: randomTensor([4], 2) },
  },
];
writeFileSync(folder.at('net.h5'), await kerasH5(sequential([8, 8, 1], LAYERS), LAYERS));

const recipe = (more: string): string => `name: on
dataset: ${folder.at('quadrants')}
seed: 1
from: net.h5
${more}
weights: { kind: lsq, bits: 2 }
training: { epochs: 6, batchSize: 20, learningRate: 0.02, logitScale: 0.5, validationImages: 60 }
`;

test('trains the layers of the file on, with the options of its import, and writes a model that runs on a chip', async () => {
  writeFileSync(folder.at('on.yaml'), recipe('import: { inputRange: [0, 1] }'));
  const output = folder.at('on.lsn');
  const { code, err } = await cli(['train', folder.at('on.yaml'), '-o', output]);
  expect(code, err).toBe(0);
  const run = await cli(['run', output, '--chip', 'northpole', '--data', folder.at('quadrants'), '--json']);
  expect(run.code, run.err).toBe(0);
  expect(JSON.parse(run.out)).toMatchObject({ mismatches: 0 });
  expect(JSON.parse(run.out).accuracy).toBeGreaterThan(0.6);
});

test('says what the file leaves open, and refuses to write over the network', async () => {
  writeFileSync(folder.at('open.yaml'), recipe(''));
  const open = await cli(['train', folder.at('open.yaml'), '-o', folder.at('x.lsn')]);
  expect(open.code).toBe(1);
  expect(open.err).toContain('--input-range');
  writeFileSync(folder.at('over.yaml'), recipe('import: { inputRange: [0, 1] }'));
  const over = await cli(['train', folder.at('over.yaml'), '-o', folder.at('net.h5')]);
  expect(over.code).toBe(1);
  expect(over.err).toContain('net.h5');
});
