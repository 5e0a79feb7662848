/** Files of a specification that are not in the repository: told in one line before anything runs, not as a failure of each of their points. */
import { type Diagnostic, errorAt, UserError } from '../common/diagnostics.js';
import { kindOf } from '../data/files/bounded.js';
import { loadDataset } from '../data/index.js';
import { pathFrom } from '../data/model-file.js';
import type { StudySpec } from './spec.js';

/** One finding that names all files of models, and the data sets of these models, that are not there; none if all are. */
export async function absentFiles(
  { plannedNetworks }: Pick<StudySpec, 'plannedNetworks'>,
  path: string,
): Promise<readonly Diagnostic[]> {
  const absent = new Set<string>();
  for (const plan of plannedNetworks) {
    if (plan.kind !== 'given' || plan.files === undefined) continue;
    for (const file of Object.keys(plan.files)) {
      if ((await kindOf(pathFrom(plan.folder, file))) === undefined) absent.add(file);
    }
    if (!(await isThere(plan.data))) absent.add(`data set ${plan.dataset}`);
  }
  if (absent.size === 0) return [];
  const remedy = 'get them from the sources that the specification names, and pass --models FOLDER and --data FOLDER';
  return [errorAt('files-absent', path, `not there: ${[...absent].join(', ')}`, remedy)];
}

const NOT_THERE = ['dataset-not-fetched', 'file-missing', 'unknown-layout', 'split-missing'];

/** What cannot be read for other reasons is a failure of its networks, which says them. */
async function isThere(data: string): Promise<boolean> {
  try {
    await loadDataset(data, 'test');
    return true;
  } catch (error) {
    if (error instanceof UserError) return !error.diagnostics.some(({ code }) => NOT_THERE.includes(code));
    throw error;
  }
}
