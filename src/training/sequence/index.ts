export { isSequenceRecipe, parseSequenceRecipe, type SequenceRecipe } from './recipe.js';
export {
  type SequenceAccuracy,
  type SequenceProgress,
  type SequenceTrainingOptions,
  type SequenceTrainingResult,
  trainSequence,
} from './train.js';
