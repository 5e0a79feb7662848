import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const model = modelPath('mnist-30core');
const [old, pinned] = [folder.at('old.lsp'), folder.at('pinned.lsp')];

describe('--pin and --keep-placement', () => {
  it('keep what does not change in its place, and diff shows what moved', async () => {
    expect((await cli(['compile', model, '-o', old])).code).toBe(0);
    const pins = ['--pin', 'blockDense2=10,10,3,3', '--pin', 'blockDense4=20,20,1,1'];
    const made = await cli(['compile', model, '--keep-placement', old, ...pins, '-o', pinned]);
    expect(made.out).toContain(
      'placement kept: 20 cores stay where they were, 10 moved (their places cannot be used), 0 new',
    );
    const { code, out } = await cli(['diff', old, pinned]);
    expect(code).toBe(0);
    expect(out).toMatch(/^blockDense1 +layer +16 +16 +16 +0 +0 +0$/m);
    expect(out).toMatch(/^blockDense2 +layer +9 +9 +0 +9 +0 +0$/m);
    expect(out).toMatch(/^ {2}blockDense4 \(layer\): \d+,\d+ -> 20,20$/m);
    const json = await cli(['diff', old, pinned, '--json']);
    const { programs } = z
      .object({ programs: z.object({ moves: z.array(z.object({ layer: z.string() })) }) })
      .parse(JSON.parse(json.out));
    expect(programs.moves).toHaveLength(10);
  });

  it('of equal programs: nothing moved', async () => {
    expect((await cli(['diff', old, old])).out).toContain('no core that both have stands elsewhere');
  });

  it('are refused all at once, and for chips without them', async () => {
    const wrong = await cli(['compile', model, '--pin', 'blockDens=0,0,1,1', '--pin', 'blockDense1=60,60,9,9']);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('did you mean "blockDense1"?');
    expect(wrong.err).toContain('reaches 5 columns and 5 rows beyond the 64 x 64 cores');
    const other = await cli(['compile', model, '--chip', 'northpole', '--pin', 'a=0,0,1,1', '--keep-placement', old]);
    expect(other.err.match(/option-of-another-chip/g)).toHaveLength(2);
  });

  it('read rectangles and programs only', async () => {
    for (const pin of ['a', 'a=1,2,3', 'a=0,0,0,1', 'a=0,0,1,99999']) {
      const { code, err } = await cli(['compile', model, '--pin', pin]);
      expect([code, err.includes('for example conv1=0,0,8,4')]).toEqual([2, true]);
    }
    const text = folder.at('text.lsp');
    writeFileSync(text, 'no program');
    expect((await cli(['compile', model, '--keep-placement', text])).err).toContain('not-a-lodestone-file');
    expect((await cli(['compile', model, '--keep-placement', folder.at('none.lsp')])).err).toContain('file-missing');
  });
});

describe('lodestone diff of programs', () => {
  it('refuses gates, results beside programs, and chips whose cores have no places', async () => {
    expect((await cli(['diff', old, old, '--fail-on', 'accuracy<0pp'])).err).toContain('gates-need-results');
    expect((await cli(['diff', old, model])).err).toContain('wrong-file-kind');
    const [a, b] = [folder.at('a.lsp'), folder.at('b.lsp')];
    await cli(['compile', model, '--chip', 'northpole', '-o', a]);
    await cli(['compile', model, '--chip', 'northpole', '-o', b]);
    expect((await cli(['diff', a, b])).err).toContain('no layer has a place');
    expect((await cli(['diff', old, b])).err).toContain('one for TrueNorth-style chips');
  });
});
