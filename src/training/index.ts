export { backendName } from './backend.js';
export { type EpochRecord } from './checkpoint.js';
export { describeRecipeNoise } from './describe-noise.js';
export { goOnFrom } from './from-network.js';
export { type FromRecipe, isFromRecipe, parseFromRecipe } from './from-recipe.js';
export { parseRecipe, type Recipe } from './recipe.js';
export { train, type TrainingOptions, type TrainingProgress, type TrainingResult } from './train.js';
