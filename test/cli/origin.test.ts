import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadExampleFile } from '../../examples/networks.js';
import { compileNetwork, originOf } from '../../src/index.js';
import { decodeResultFile } from '../../src/report/result-file.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const originsOf = (path: string) => decodeResultFile(readFileSync(path, 'utf8'), path).origins;

it('result files of run and sweep hold the version and the checksums of model and program, the same from either file and from the library', async () => {
  const model = modelPath('mnist-5core');
  const program = folder.at('p.lsp');
  const [run, again, sweep] = [folder.at('run.json'), folder.at('again.json'), folder.at('sweep.json')];
  const few = ['--limit', '20'];
  expect((await cli(['compile', model, '-o', program])).code).toBe(0);
  expect((await cli(['run', model, ...few, '-o', run])).code).toBe(0);
  expect((await cli(['run', program, ...few, '-o', again])).code).toBe(0);
  const noise = ['--distortion', 'ber', '--levels', '0.1', '--chips', '2'];
  expect((await cli(['sweep', model, ...few, ...noise, '-o', sweep])).code).toBe(0);
  const common = { name: 'mnist-5core', target: 'truenorth', chip: 'truenorth', lodestone: '1.2.3' };
  const origin = { ...common, programSha256: sha256(program) };
  expect(originsOf(again)).toEqual([origin]);
  expect(originsOf(run)).toEqual([{ ...origin, modelSha256: sha256(model) }]);
  expect(originsOf(sweep)).toEqual(originsOf(run));

  // What npm start gives to its report.
  const { network, file } = await loadExampleFile('mnist-5core');
  const compilation = compileNetwork(network, { chip: 'truenorth' });
  expect([originOf({ ...compilation, float: network }, file, '1.2.3')]).toEqual(originsOf(run));
});
