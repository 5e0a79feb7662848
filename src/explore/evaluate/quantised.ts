import { contentKey } from '../../experiments/points/digest.js';
import type { PointRequest } from './request.js';

/** Where the quantised network of a request lies in the store; undefined where none is. `places`: data sets by the digests of their images. */
export const quantisedKeyOf = (
  { model, data, bits }: PointRequest,
  places: Readonly<Record<string, string>>,
): string | undefined => (bits === undefined ? undefined : contentKey({ model, data: places[data], bits }));
