import type { RawDataset } from '../dataset.js';

/** One split of a data set on disk, not read yet. */
export interface Source {
  /** Reads images and labels. @throws UserError with every problem of the files. */
  read(): Promise<RawDataset>;
  /**
   * Labels alone, to learn how many classes there are from a split that is not asked for; undefined where the layout fixes
   * the classes by itself.
   */
  labels(): Promise<ArrayLike<number> | undefined>;
}
