import { join } from 'node:path';
import { type Diagnostic, errorAt, fail, UserError } from '../../common/diagnostics.js';
import { MAX_CLASSES, type RawDataset } from '../dataset.js';
import { MAX_BYTES } from '../../common/archive/unpack.js';
import { kindOf, listFolder, readBounded, textOf, throwProblems } from '../files/bounded.js';
import { parsePng, type PngImage } from '../files/png.js';
import type { Source } from './source.js';

/** One picture of a folder and the name of its class. */
interface Labelled {
  readonly path: string;
  readonly label: string;
  /** Where the label is from, for messages. */
  readonly place: string;
}

const MAX_PICTURES = 2_000_000;
const LABELS_FILE = 'labels.csv';
/** Pictures of other formats are an error: leaving them out would change the data set without a word. */
const OTHER_PICTURE = /\.(jpe?g|gif|bmp|webp|tiff?|ppm|pgm)$/i;
const isPng = (name: string): boolean => name.toLowerCase().endsWith('.png');

/**
 * Pictures with a class per subfolder, or with a labels.csv of `file,label` rows. `siblings` are the folders of the other
 * splits: the classes are those of all of them together, so that a split without a class keeps the numbers of the others.
 */
export function imageFolder(folder: string, siblings: readonly string[] = []): Source {
  return {
    async read() {
      const pictures = await listPictures(folder);
      const others = await Promise.all(siblings.map(listPictures));
      return readPictures(folder, pictures, classNames([...pictures, ...others.flat()]));
    },
    // The class names hold for all splits.
    labels: () => Promise.resolve(undefined),
  };
}

/** Whether a folder holds a labels.csv or subfolders with PNG pictures. */
export async function isImageFolder(folder: string): Promise<boolean> {
  if ((await kindOf(join(folder, LABELS_FILE))) === 'file') return true;
  for (const name of await classFolders(folder)) if ((await listFolder(join(folder, name))).some(isPng)) return true;
  return false;
}

async function classFolders(folder: string): Promise<readonly string[]> {
  const names = (await listFolder(folder)).filter((name) => !name.startsWith('.'));
  const kinds = await Promise.all(names.map((name) => kindOf(join(folder, name))));
  return names.filter((_, i) => kinds[i] === 'folder');
}

/** Every picture with its class, in the order of their names. @throws UserError for pictures that would be left out. */
async function listPictures(folder: string): Promise<readonly Labelled[]> {
  if ((await kindOf(join(folder, LABELS_FILE))) === 'file') return listOfFile(folder);
  const pictures: Labelled[] = [];
  const problems: Diagnostic[] = [];
  for (const label of await classFolders(folder)) {
    for (const name of await listFolder(join(folder, label))) {
      const path = join(folder, label, name);
      if (isPng(name)) pictures.push({ path, label, place: path });
      else if (OTHER_PICTURE.test(name))
        problems.push(errorAt('not-png', path, 'only PNG pictures are read', 'convert the picture to PNG'));
    }
  }
  throwProblems(problems, folder);
  return pictures;
}

async function listOfFile(folder: string): Promise<readonly Labelled[]> {
  const file = join(folder, LABELS_FILE);
  const rows = textOf(await readBounded(file), file).split('\n');
  const names = new Set((await listFolder(folder)).filter(isPng));
  const pictures: Labelled[] = [];
  const problems: Diagnostic[] = [];
  const seen = new Set<string>();
  rows.forEach((text, index) => {
    const row = text.trim();
    const place = `${file} line ${index + 1}`;
    const report = (message: string, remedy: string): void => {
      problems.push(errorAt('bad-labels', place, message, remedy));
    };
    if (row === '' || (index === 0 && !isPng(row.split(',')[0]?.trim() ?? ''))) return;
    const [name = '', label = '', ...rest] = row.split(',').map((part) => part.trim());
    if (name === '' || label === '' || rest.length > 0)
      report('the row is not "file,label"', 'write one file and one label a row');
    else if (!names.has(name))
      report(`there is no picture "${name}" in the folder`, 'remove the row or add the picture');
    else if (seen.has(name)) report(`"${name}" has a label already`, 'keep one row for each picture');
    else pictures.push({ path: join(folder, name), label, place });
    seen.add(name);
  });
  for (const name of names) {
    if (!seen.has(name))
      problems.push(
        errorAt('bad-labels', join(folder, name), 'the picture has no label', `add a row to ${LABELS_FILE}`),
      );
  }
  throwProblems(problems, file);
  return pictures;
}

/** Sorted names; if all of them are whole numbers below 256, the numbers 0..largest themselves. */
function classNames(pictures: readonly Labelled[]): readonly string[] {
  const names = [...new Set(pictures.map(({ label }) => label))].sort();
  const isNumber = (name: string): boolean => /^(0|[1-9]\d{0,2})$/.test(name) && Number(name) < MAX_CLASSES;
  if (names.length === 0 || !names.every(isNumber)) return names;
  return Array.from({ length: Math.max(...names.map(Number)) + 1 }, (_, k) => String(k));
}

async function readPictures(
  folder: string,
  pictures: readonly Labelled[],
  names: readonly string[],
): Promise<RawDataset> {
  const first = pictures[0];
  if (first === undefined || pictures.length > MAX_PICTURES) {
    const found =
      first === undefined ? 'no PNG pictures' : `${pictures.length} pictures, at most ${MAX_PICTURES} are read`;
    return fail(
      'bad-image-folder',
      folder,
      found,
      'put the pictures of a class into a subfolder, or write a labels.csv',
    );
  }
  const problems: Diagnostic[] = [];
  let shape: PngImage | undefined;
  let images = new Uint8Array(0);
  for (const [i, { path }] of pictures.entries()) {
    const picture = await readPicture(path, problems);
    if (picture === undefined) continue;
    if (shape === undefined) {
      shape = picture;
      const total = pictures.length * picture.values.length;
      if (total > MAX_BYTES) {
        const message = `${pictures.length} pictures of ${picture.values.length} bytes, at most ${MAX_BYTES} in all are read`;
        fail('file-too-large', folder, message, 'use smaller or fewer pictures');
      }
      images = new Uint8Array(total);
    }
    const { width, height, channels, values } = picture;
    if (width !== shape.width || height !== shape.height || channels !== shape.channels) {
      const [found, needed] = [picture, shape].map((p) => `${p.height} x ${p.width} x ${p.channels}`);
      const message = `the picture is ${found} (height, width, channels), the first one is ${needed}`;
      problems.push(errorAt('mixed-sizes', path, message, 'give all pictures one size and kind of colour'));
    } else images.set(values, i * values.length);
  }
  throwProblems(problems, folder);
  const numbers = new Map(names.map((name, k) => [name, k]));
  return {
    imageShape: [pictures.length, shape?.height ?? 0, shape?.width ?? 0, shape?.channels ?? 0],
    images,
    labelShape: [pictures.length],
    labels: pictures.map(({ label }) => numbers.get(label) ?? -1),
    classNames: names,
    labelPlace: (i) => pictures[i]?.place ?? folder,
  };
}

async function readPicture(path: string, problems: Diagnostic[]): Promise<PngImage | undefined> {
  try {
    return parsePng(await readBounded(path), path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.diagnostics);
    return undefined;
  }
}
