import { groupRows, type StudyPoint } from '../../../src/report/study/points.js';
import type { StudyRow } from '../../../src/ir/trace/study.js';

/** A row of a fault: 90 of 100 images right. */
export const ROW: StudyRow = {
  ...{ part: 'faults', network: 'net', family: 'mlp', dataset: 'mnist', variant: 'sign', target: 'northpole' },
  ...{ effect: 'ber', level: 0.01, where: '', countermeasure: '' },
  ...{ chip: 0, chipSeed: 100, samples: 100, correct: 90 },
};

/** The point of rows whose chips have these numbers of correct images. */
export function pointOf(correct: readonly number[], change: Partial<StudyRow> = {}): StudyPoint {
  const { points } = groupRows(
    correct.map((n, chip) => ({ ...ROW, chip, chipSeed: 100 + chip, correct: n, ...change })),
  );
  const [point] = points;
  if (point === undefined || points.length > 1) throw new Error('not one point');
  return point;
}
