import { readResultFile, type ResultFile } from '../report/result-file.js';
import { readText } from './io.js';

/** Reads a result file. @throws UserError when it cannot be read or is none */
export const loadResults = async (path: string): Promise<ResultFile> =>
  readResultFile(await readText(path, 'result'), path, async () => {
    // Only files of an older version need the chips.
    const { CHIPS } = await import('../chips/installed.js');
    return CHIPS.flatMap(({ olderResults }) => (olderResults === undefined ? [] : [olderResults]));
  });
