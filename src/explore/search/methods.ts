/** The searches by name. */
import { bayesianSearch } from './bayes.js';
import { nsga2Search } from './nsga2.js';
import { gridSearch, latinHypercubeSearch, randomSearch, sobolSearch } from './sampling.js';
import type { Search, SearchRequest } from './search.js';

/** Opens a search, by its name in experiment files. */
export const SEARCHES = {
  grid: gridSearch,
  random: randomSearch,
  sobol: sobolSearch,
  latinHypercube: latinHypercubeSearch,
  nsga2: nsga2Search,
  bayes: bayesianSearch,
} as const satisfies Readonly<Record<string, (request: SearchRequest) => Search>>;

/** A name of a search. */
export type SearchName = keyof typeof SEARCHES;

/** All of them. */
export const SEARCH_NAMES = [
  'grid',
  'random',
  'sobol',
  'latinHypercube',
  'nsga2',
  'bayes',
] as const satisfies readonly SearchName[];
