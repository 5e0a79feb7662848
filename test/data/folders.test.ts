import { symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import { concat, dataFolder, idxFile, pngFile, problemsOf } from './support/files.js';

const folder = dataFolder();
const grey = (...pixels: number[]): Uint8Array => pngFile(pixels.length, [pixels], 0);

describe('own IDX pairs', () => {
  it('are read by split from a folder, packed or not, with the classes of both splits', async () => {
    folder.write('idx/train-images-idx3-ubyte', idxFile([2, 1, 2], [1, 2, 3, 4]));
    folder.write('idx/train-labels-idx1-ubyte', idxFile([2], [0, 3]));
    folder.write('idx/t10k-images-idx3-ubyte.gz', gzipSync(idxFile([1, 1, 2], [5, 6])));
    folder.write('idx/t10k-labels-idx1-ubyte.gz', gzipSync(idxFile([1], [1])));
    const [train, test] = await Promise.all([
      loadDataset(folder.at('idx'), 'train'),
      loadDataset(folder.at('idx'), 'test'),
    ]);
    expect([[...train.images], [...train.labels], train.nClasses]).toEqual([[1, 2, 3, 4], [0, 3], 4]);
    expect([[...test.images], [...test.labels], test.nClasses, test.shape]).toEqual([[5, 6], [1], 4, [1, 2, 1]]);
    const file = await loadDataset(folder.at('idx/t10k-images-idx3-ubyte.gz'), 'train');
    expect([[...file.images], file.split]).toEqual([[5, 6], 'train']);
  });

  it('stop where a packed file unpacks to more than a data set can have', async () => {
    folder.write('bomb/images-idx3-ubyte.gz', gzipSync(new Uint8Array(0)).subarray(0, 10));
    folder.write('bomb/labels-idx1-ubyte', idxFile([1], [1]));
    expect((await problemsOf(() => loadDataset(folder.at('bomb'), 'test')))[0]).toContain('compressed data is damaged');
  });

  it('need their labels beside them', async () => {
    const path = folder.write('alone/images-idx3-ubyte', idxFile([1, 1, 1], [1]));
    expect((await problemsOf(() => loadDataset(path, 'test')))[0]).toContain('no file of labels beside');
  });
});

describe('folders of pictures', () => {
  it('have a class per subfolder, in the order of the names, and the classes of both splits', async () => {
    folder.write('pets/train/dog/b.png', grey(1, 2));
    folder.write('pets/train/dog/a.png', grey(3, 4));
    folder.write('pets/train/cat/x.PNG', grey(5, 6));
    folder.write('pets/train/cat/notes.txt', 'not a picture');
    folder.write('pets/test/dog/a.png', grey(7, 8));
    folder.write('pets/test/emu/a.png', grey(9, 10));
    const train = await loadDataset(folder.at('pets'), 'train');
    expect(train.classNames).toEqual(['cat', 'dog', 'emu']);
    expect([[...train.images], [...train.labels], train.shape]).toEqual([
      [5, 6, 3, 4, 1, 2],
      [0, 1, 1],
      [1, 2, 1],
    ]);
    const test = await loadDataset(folder.at('pets'), 'test');
    expect([[...test.images], [...test.labels], test.nClasses]).toEqual([[7, 8, 9, 10], [1, 2], 3]);
  });

  it('keep the numbers of classes that are numbers', async () => {
    folder.write('digits/10/a.png', grey(1));
    folder.write('digits/2/a.png', grey(2));
    const data = await loadDataset(folder.at('digits'), 'test');
    expect([[...data.images], [...data.labels], data.nClasses]).toEqual([[1, 2], [10, 2], 11]);
  });

  it('take their labels from labels.csv', async () => {
    folder.write('list/b.png', pngFile(1, [[1, 2, 3]], 2));
    folder.write('list/a.png', pngFile(1, [[4, 5, 6]], 2));
    folder.write('list/labels.csv', 'file,label\nb.png,pear\r\na.png, fig\n\n');
    const data = await loadDataset(folder.at('list'), 'train');
    expect([[...data.images], [...data.labels], data.classNames]).toEqual([
      [1, 2, 3, 4, 5, 6],
      [1, 0],
      ['fig', 'pear'],
    ]);
  });

  it('name every row and picture that does not fit labels.csv', async () => {
    folder.write('wrong/a.png', grey(1));
    folder.write('wrong/b.png', grey(2));
    const file = folder.write('wrong/labels.csv', 'a.png,1\na.png,2\n../../etc/passwd.png,3\nc.png\n');
    expect(await problemsOf(() => loadDataset(folder.at('wrong'), 'train'))).toEqual([
      `bad-labels ${file} line 2: "a.png" has a label already`,
      `bad-labels ${file} line 3: there is no picture "../../etc/passwd.png" in the folder`,
      `bad-labels ${file} line 4: the row is not "file,label"`,
      `bad-labels ${folder.at('wrong/b.png')}: the picture has no label`,
    ]);
  });

  it('do not leave out pictures of other formats without a word', async () => {
    folder.write('photos/0/a.png', grey(1));
    folder.write('photos/1/b.jpg', 'x');
    expect(await problemsOf(() => loadDataset(folder.at('photos'), 'train'))).toEqual([
      `not-png ${folder.at('photos/1/b.jpg')}: only PNG pictures are read`,
    ]);
  });

  it('may have class folders that are links', async () => {
    folder.write('linked/0/a.png', grey(1));
    folder.write('elsewhere/b.png', grey(2));
    symlinkSync(folder.at('elsewhere'), folder.at('linked/1'));
    expect([...(await loadDataset(folder.at('linked'), 'train')).labels]).toEqual([0, 1]);
  });

  it('name every picture of another size or kind, and every damaged one', async () => {
    folder.write('mixed/0/a.png', grey(1, 2));
    folder.write('mixed/0/b.png', grey(1, 2, 3));
    folder.write('mixed/0/c.png', pngFile(2, [[1, 2, 3, 4, 5, 6]], 2));
    folder.write('mixed/1/d.png', 'no picture');
    expect(await problemsOf(() => loadDataset(folder.at('mixed'), 'train'))).toEqual([
      `mixed-sizes ${folder.at('mixed/0/b.png')}: the picture is 1 x 3 x 1 (height, width, channels), the first one is 1 x 2 x 1`,
      `mixed-sizes ${folder.at('mixed/0/c.png')}: the picture is 1 x 2 x 3 (height, width, channels), the first one is 1 x 2 x 1`,
      `bad-png ${folder.at('mixed/1/d.png')} byte 0: the file does not start like a PNG picture`,
    ]);
  });
});

describe('the binary version of CIFAR-10', () => {
  it('comes out channels last, all batches in order', async () => {
    const record = (label: number, red: number): Uint8Array =>
      concat([Uint8Array.of(label), ...[red, red + 1, red + 2].map((value) => new Uint8Array(1024).fill(value))]);
    folder.write('cifar/data_batch_2.bin', record(9, 40));
    folder.write('cifar/data_batch_1.bin', concat([record(3, 10), record(0, 20)]));
    const data = await loadDataset(folder.at('cifar'), 'train');
    expect(data).toMatchObject({ shape: [32, 32, 3], nClasses: 10 });
    expect([...data.labels]).toEqual([3, 0, 9]);
    expect([...data.images.subarray(0, 6)]).toEqual([10, 11, 12, 10, 11, 12]);
    expect([...data.images.subarray(2 * 3072, 2 * 3072 + 3)]).toEqual([40, 41, 42]);
    expect((await problemsOf(() => loadDataset(folder.at('cifar'), 'test')))[0]).toMatch(
      /^split-missing .*"train", but not/,
    );
    folder.write('cifar/data_batch_2.bin', record(10, 40));
    expect((await problemsOf(() => loadDataset(folder.at('cifar'), 'train')))[0]).toContain('label 10 of image 2');
    folder.write('cifar/data_batch_2.bin', record(1, 40).subarray(1));
    expect((await problemsOf(() => loadDataset(folder.at('cifar'), 'train')))[0]).toContain(
      'no whole number of records',
    );
  });
});

describe('strips of CIFAR-10', () => {
  it('hold an image per row, numbered by their batch', async () => {
    const row = (value: number): number[] => Array.from({ length: 3072 }, (_, i) => (value + i) & 255);
    folder.write('strips/cifar10_batch_50.png', pngFile(1024, [row(1), row(2)], 2));
    folder.write('strips/cifar10_batch_1.png', pngFile(1024, [row(3)], 2));
    const labels = Array.from({ length: 50_002 }, (_, i) => (i < 50_000 ? ((i / 1000) % 10) | 0 : i - 49_993));
    folder.write('strips/cifar10_labels.js', `var labels=[${labels.join(', ')}];\n`);
    const test = await loadDataset(folder.at('strips'), 'test');
    expect([[...test.labels], [...test.images.subarray(3072, 3075)]]).toEqual([
      [7, 8],
      [2, 3, 4],
    ]);
    const train = await loadDataset(folder.at('strips'), 'train');
    expect([[...train.labels], train.nClasses]).toEqual([[1], 10]);
    folder.write('strips/cifar10_labels.js', `var labels=[${labels.join(', ')}]; process.exit()`);
    expect((await problemsOf(() => loadDataset(folder.at('strips'), 'test')))[0]).toContain(
      'the file is not "var labels',
    );
    folder.write('strips/cifar10_labels.js', 'var labels=[1,2,3]');
    expect((await problemsOf(() => loadDataset(folder.at('strips'), 'test')))[0]).toContain(
      '3 labels, batch 50 needs 50002',
    );
  });
});

describe('paths', () => {
  it('of nothing, of an empty folder and of another kind of file are explained', async () => {
    expect((await problemsOf(() => loadDataset('./nowhere', 'test')))[0]).toContain('neither a file nor a folder');
    folder.write('junk/readme.txt', 'x');
    expect((await problemsOf(() => loadDataset(folder.at('junk'), 'test')))[0]).toContain(
      'no data set (it holds readme.txt)',
    );
    expect((await problemsOf(() => loadDataset(folder.at('junk/readme.txt'), 'test')))[0]).toContain(
      'ending of the file',
    );
  });
});
