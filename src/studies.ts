/** `lodestone/studies`: many networks under many faults, from a specification. It needs the packages of training, and of plots for figures (docs/api.md). */
export type * from './ir/trace/study.js';
export {
  readStudyResult,
  readStudySpec,
  runStudy,
  type StudyOptions,
  type StudyProgress,
  writeStudyFiles,
} from './studies/run-study.js';
export type { StudySpec } from './studies/spec.js';
