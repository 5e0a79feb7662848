/** Whether the data sets of a study have the images that it asks for: found before anything is trained. */
import { type Diagnostic, UserError } from '../common/diagnostics.js';
import { beyondData } from '../data/asked.js';
import type { Split } from '../data/dataset.js';
import { loadDataset } from '../data/index.js';
import type { StudySpec } from './spec.js';

/** Every data set with fewer images than the specification at a path asks for. One that cannot be read is a failure of its networks, not of the study. */
export async function imageProblems(
  { images, plannedNetworks }: Pick<StudySpec, 'images' | 'plannedNetworks'>,
  path: string,
): Promise<readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  for (const data of new Set(plannedNetworks.map((network) => network.data))) {
    const there = await sizeOf(data, 'test');
    problems.push(
      ...beyondData(
        { asked: images, place: `${path}: images: ${images}` },
        { there, data: `the test split of "${data}"` },
      ),
    );
    const training = plannedNetworks.flatMap((network) =>
      network.kind === 'trained' && network.data === data && network.trainingImages !== undefined
        ? [network.trainingImages]
        : [],
    );
    if (training.length === 0) continue;
    const most = Math.max(...training);
    const asked = { asked: most, place: `${path}: trainingImages: ${most}` };
    problems.push(
      ...beyondData(asked, { there: await sizeOf(data, 'train'), data: `the training split of "${data}"` }),
    );
  }
  return problems;
}

/** Images of a split; without end where it cannot be read. */
async function sizeOf(data: string, split: Split): Promise<number> {
  try {
    return (await loadDataset(data, split)).labels.length;
  } catch (error) {
    if (error instanceof UserError) return Infinity;
    throw error;
  }
}
