export { isSequenceRecipe, parseSequenceRecipe, type SequenceRecipe } from './recipe.js';
export {
  type SequenceProgress,
  type SequenceTrainingOptions,
  type SequenceTrainingResult,
  trainSequence,
} from './train.js';
