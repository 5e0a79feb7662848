import type { StudyResult } from '../../ir/trace/study.js';
import { type StudyFolder, writeWhole } from '../files.js';
import { studyTables } from './tables.js';

/** Text of study.json: the same result, the same bytes. */
export const studyJson = (result: StudyResult): string => `${JSON.stringify(result, null, 1)}\n`;

/**
 * Writes a study as data: its tables, the specification, and last study.json, which says that all is there. Each file is whole or absent.
 * Returns the names of the files. @throws UserError
 */
export async function writeStudy(result: StudyResult, folder: StudyFolder): Promise<readonly string[]> {
  const tables = studyTables(result);
  for (const [name, content] of tables) await writeWhole(folder.at(name), content);
  await writeWhole(folder.at('specification.yaml'), result.specification);
  await writeWhole(folder.result, studyJson(result));
  return ['study.json', ...tables.keys(), 'specification.yaml'];
}
