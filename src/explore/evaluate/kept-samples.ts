/** Images in the store as a network reads them, for processes that do not have the data set. */
import { z } from 'zod';
import { checkSchema } from '../../common/check-schema.js';
import { decodeContainer, encodeContainer } from '../../common/container.js';
import { MAX_CLASSES, type Dataset } from '../../data/dataset.js';
import { sizeOf } from '../../ir/network/shapes.js';

/** Kind of their files in the store. */
export const SAMPLES = 'samples';

const side = z.int().min(1).max(65_536);
const schema = z.strictObject({
  name: z.string(),
  shape: z.tuple([side, side, side]),
  images: z.instanceof(Uint8Array),
  labels: z.instanceof(Uint8Array),
  nClasses: z.int().min(1).max(MAX_CLASSES),
});

/** The bytes of a test split. */
export const encodeSamples = ({ name, shape, images, labels, nClasses }: Dataset): Uint8Array =>
  encodeContainer('samples', { name, shape, images, labels, nClasses });

/** The split again. @throws UserError for bytes that are none */
export function decodeSamples(bytes: Uint8Array, place: string): Dataset {
  const remedy = 'run the exploration again: it writes them anew';
  const whole = schema.refine(
    ({ images, labels, shape }) => images.length === labels.length * sizeOf(shape),
    'images and labels are not as many',
  );
  const read = checkSchema(whole, decodeContainer('samples', bytes, place), place, remedy);
  return { ...read, split: 'test' };
}
