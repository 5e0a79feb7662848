/** `lodestone/training`: networks from recipes. It needs the packages of that part (docs/api.md), which are not installed with the others. */
export {
  backendName,
  parseRecipe,
  type Recipe,
  train,
  type TrainingOptions,
  type TrainingResult,
} from './training/index.js';
export {
  parseSequenceRecipe,
  type SequenceRecipe,
  type SequenceTrainingOptions,
  type SequenceTrainingResult,
  trainSequence,
} from './training/sequence/index.js';
