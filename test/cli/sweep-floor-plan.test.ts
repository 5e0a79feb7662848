import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { readProgram } from '../../src/flow.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

it('a sweep draws the floor plan of the program it swept: that of its seed', async () => {
  const model = modelPath('mnist-mlp');
  const [program, result] = [folder.at('seven.lsp'), folder.at('sweep.json')];
  expect(await cli(['compile', model, '--seed', '7', '-o', program])).toMatchObject({ code: 0 });
  const options = ['--distortion', 'ber', '--levels', '0', '--chips', '1', '--limit', '2', '--seed', '7'];
  expect(await cli(['sweep', model, ...options, '-o', result])).toMatchObject({ code: 0 });
  const [drawn] = JSON.parse(readFileSync(result, 'utf8')).programs;
  const swept = readProgram(readFileSync(program), program).program;
  if (!trueNorth.isProgram(swept)) throw new Error('another chip');
  const { cores } = swept;
  expect([drawn.floorPlan.x, drawn.floorPlan.y]).toEqual([[...cores.x], [...cores.y]]);
});
