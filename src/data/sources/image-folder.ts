import { type Diagnostic, errorAt, fail, UserError } from '../../common/diagnostics.js';
import type { RawDataset } from '../dataset.js';
import { MAX_BYTES } from '../../common/archive/unpack.js';
import { readBounded, throwProblems } from '../files/bounded.js';
import { parsePng, type PngImage } from '../files/png.js';
import { classNames, type FileKind, hasClasses, type LabelledFile, listLabelled } from './labelled-files.js';
import type { Source } from './source.js';

const MAX_PICTURES = 2_000_000;
/** Pictures of other formats are an error: leaving them out would change the data set without a word. */
const OTHER_PICTURE = /\.(jpe?g|gif|bmp|webp|tiff?|ppm|pgm)$/i;

const PICTURES: FileKind = {
  noun: 'picture',
  isOne: (name) => name.toLowerCase().endsWith('.png'),
  leftOut: (name, path) =>
    OTHER_PICTURE.test(name)
      ? errorAt('not-png', path, 'only PNG pictures are read', 'convert the picture to PNG')
      : undefined,
};

/**
 * Pictures with a class per subfolder, or with a labels.csv of `file,label` rows. `siblings` are the folders of the other
 * splits: the classes are those of all of them together, so that a split without a class keeps the numbers of the others.
 */
export function imageFolder(folder: string, siblings: readonly string[] = []): Source {
  return {
    async read() {
      const pictures = await listLabelled(folder, PICTURES);
      const others = await Promise.all(siblings.map((sibling) => listLabelled(sibling, PICTURES)));
      return readPictures(folder, pictures, classNames([...pictures, ...others.flat()]));
    },
    // The class names hold for all splits.
    labels: () => Promise.resolve(undefined),
  };
}

/** Whether a folder holds a labels.csv, or subfolders with PNG pictures. */
export const isImageFolder = (folder: string): Promise<boolean> => hasClasses(folder, PICTURES);

async function readPictures(
  folder: string,
  pictures: readonly LabelledFile[],
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
