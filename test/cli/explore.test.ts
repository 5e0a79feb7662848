import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const HEAD = `name: few
images: 20
networks: [{ model: ${resolve('examples/models/mnist-5core.lsn')}, dataset: mnist }]
`;
const CHIPS = 'chips: [{ chip: truenorth, parameters: { axonsPerCore: [256, 320], axonTypes: [4, 1] } }]\n';
const experiment = (name: string, text: string): string => {
  writeFileSync(folder.at(name), HEAD + text);
  return folder.at(name);
};

describe('lodestone explore', () => {
  it('prints the front of each group, and writes results and a page', async () => {
    const path = experiment('few.yaml', `${CHIPS}objectives: [energy]\n`);
    const output = folder.at('out');
    const { code, out } = await cli(['explore', path, '-o', output, '--workers', '1']);
    expect(code).toBe(0);
    expect(out).toMatch(/front of mnist-5core: 1 points\n.*energy.*\n.*\n +\d .*axonsPerCore \d+, axonTypes 4/);
    expect(out).toContain(`4 points: 2 measured, 2 refused; written to ${output}`);
    for (const file of [
      'results.csv',
      'results.json',
      'results.parquet',
      'report.html',
      'points.jsonl',
      'experiment.yaml',
    ]) {
      expect(existsSync(`${output}/${file}`), file).toBe(true);
    }
    const again = await cli(['explore', path, '-o', output]);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('error[folder-has-points]')]);
    const reproduced = await cli(['reproduce', output, '0']);
    expect([reproduced.code, reproduced.out]).toEqual([
      0,
      expect.stringContaining('20 samples on 1 chips: the same bits'),
    ]);
    const journal = `${output}/points.jsonl`;
    writeFileSync(journal, readFileSync(journal, 'utf8').replaceAll('"samples":20', '"samples":21'));
    const other = await cli(['reproduce', output, '0']);
    expect([other.code, other.out]).toEqual([1, expect.stringContaining('samples was 21 and is 20')]);
  });

  it('says what came nearest where no point fits a network', async () => {
    const path = experiment('none.yaml', `${CHIPS}objectives: [energy]\nconstraints: [cores <= 4]\n`);
    const { code, out } = await cli(['explore', path, '-o', folder.at('none'), '--workers', '1']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /no point fits mnist-5core; what came nearest, .*axonTypes 4, was dropped: "cores <= 4" does not hold, cores is \d/,
    );
  });

  it('ends with code 3 where points failed, and lists them', async () => {
    const path = experiment('late.yaml', `${CHIPS}objectives: [energy]\nlimits: { seconds: 0.001 }\n`);
    const { code, out } = await cli(['explore', path, '-o', folder.at('late'), '--workers', '1']);
    expect(code).toBe(3);
    expect(out).toContain(
      'failed: mnist-5core on truenorth, axonsPerCore 256, axonTypes 4\n  it took longer than 0.001 s',
    );
  });

  it('lists points and what would be refused in a dry run, and leaves nothing behind', async () => {
    const path = experiment('dry.yaml', `${CHIPS}objectives: [energy]\nconstraints: [axonTypes >= 2]\n`);
    const { code, out } = await cli(['explore', path, '-o', folder.at('dry'), '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('4 points\n  mnist-5core on truenorth, axonsPerCore 256, axonTypes 4\n');
    expect(out).toContain('refused: 2 of 4 designs, constraint: "axonTypes >= 2" does not hold');
    expect(existsSync(folder.at('dry'))).toBe(false);
  });

  it('writes nothing where the experiment is wrong', async () => {
    const path = experiment('wrong.yaml', `${CHIPS.replace('axonTypes', 'axonTips')}objectives: [enrgy]\n`);
    const { code, err } = await cli(['explore', path, '-o', folder.at('wrong')]);
    expect(code).toBe(1);
    expect(err).toContain('did you mean "axonTypes"?');
    expect(err).toContain('did you mean "energy"?');
    expect(existsSync(folder.at('wrong'))).toBe(false);
  });
});
