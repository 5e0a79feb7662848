import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/sources/csv.js';
import { dataFolder, problemsOf } from './support/files.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function check(text: string, labels: readonly number[], pixels: readonly number[], column?: 'first' | 'last'): void {
  const raw = parseCsv(bytes(text), 'a.csv', { column });
  expect([Array.from(raw.labels), [...raw.images]]).toEqual([labels, pixels]);
  expect(raw.imageShape).toEqual([labels.length, pixels.length / labels.length]);
}

describe('the CSV reader', () => {
  it('reads the label first without a header, or last when told so', () => {
    check('3,1,2\n4,5,255\n', [3, 4], [1, 2, 5, 255]);
    check('3,1,2\n4,5,6', [2, 6], [3, 1, 4, 5], 'last');
  });

  it('takes numbers of nine digits for pixels and labels, and none of ten for one', async () => {
    check('000000003,1\n4,000000255\n', [3, 4], [1, 255]);
    expect(await problemsOf(() => parseCsv(bytes('3,1\n0000000004,1\n3,0000000255\n'), 'a.csv'))).toEqual([
      'bad-csv a.csv line 2: column 1 is "0000000004", not a label 0, 1, ...',
      'bad-csv a.csv line 3: column 2 is "0000000255", not a pixel 0..255',
    ]);
  });

  it('goes by the header where there is one', () => {
    check('label,1x1,1x2\n3,1,2\n', [3], [1, 2]);
    check('p0,p1,"Class"\n3,1,2\n', [2], [3, 1]);
    check('target,0,1\n7,8,9\n', [7], [8, 9]);
    check('a,b\n1,2\n', [1], [2]);
    check(`${'p'.repeat(500)},"q",label\n1,2,3\n`, [3], [1, 2]);
    check(`a,${'p'.repeat(500)}\n1,2\n`, [1], [2]);
    check('a,b,-\n1,2,3\n'.replace('-', '"c'), [1], [2, 3]);
  });

  it('reads line ends of Windows, blanks, blank lines and a byte order mark', () => {
    check('\ufeff1, 2\r\n\r\n 3 ,4\r\n', [1, 3], [2, 4]);
  });

  it('names every bad field and every ragged row by its line', async () => {
    const text = 'label,a,b\n1,2,3\n1,256,-3\n\n1,2\n"1",2,3\n1,2,3,4\nx,,0.5\n';
    expect(await problemsOf(() => parseCsv(bytes(text), 'a.csv'))).toEqual([
      'bad-csv a.csv line 3: column 2 is "256", not a pixel 0..255',
      'bad-csv a.csv line 3: column 3 is "-3", not a pixel 0..255',
      'bad-csv a.csv line 5: 2 columns, the first row has 3',
      'bad-csv a.csv line 6: column 1 is "\\"1\\"", not a label 0, 1, ...',
      'bad-csv a.csv line 7: 4 columns, the first row has 3',
      'bad-csv a.csv line 8: column 1 is "x", not a label 0, 1, ...',
      'bad-csv a.csv line 8: column 2 is "", not a pixel 0..255',
      'bad-csv a.csv line 8: column 3 is "0.5", not a pixel 0..255',
    ]);
  });

  it('does not take a damaged first row for a header', async () => {
    expect(await problemsOf(() => parseCsv(bytes('5,0.5\n1,2\n'), 'a.csv'))).toEqual([
      'bad-csv a.csv line 1: column 2 is "0.5", not a pixel 0..255',
    ]);
  });

  it('counts the problems it does not list', async () => {
    const problems = await problemsOf(() => parseCsv(bytes(`1,2\n${'1,x\n'.repeat(100)}`), 'a.csv'));
    expect(problems.length).toBe(21);
    expect(problems[20]).toContain('80 more problems');
  });

  it('cannot be made to ask for more memory than the file has', async () => {
    // A first row of 100,000 columns and 100,000 rows after it: 10 GB if it were believed.
    const text = `${'1,'.repeat(99_999)}1\n${'1\n'.repeat(100_000)}`;
    expect((await problemsOf(() => parseCsv(bytes(text), 'a.csv')))[0]).toContain(
      '1 columns, the first row has 100000',
    );
  });

  it('loads by path: squares become images, the label is checked by line', async () => {
    const folder = dataFolder();
    folder.write('d/train.csv', '0,1,2,3,4\n2,5,6,7,8\n');
    folder.write('d/test.csv', '5,1,2,3,4\n');
    const train = await loadDataset(folder.at('d'), 'train');
    expect(train).toMatchObject({ name: 'd', shape: [2, 2, 1], nClasses: 6 });
    expect((await loadDataset(folder.at('d'), 'train', { shape: [1, 1, 4] })).shape).toEqual([1, 1, 4]);
    const path = folder.write('wide.csv', '300,1\n0,1\n');
    expect(await problemsOf(() => loadDataset(path, 'test'))).toEqual([
      `bad-label ${path} line 1: label 300 of image 0 is not in 0..255`,
    ]);
  });
});
