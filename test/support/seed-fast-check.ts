/** Runs before every test file: properties draw from the seed of the run, and say it when they fail. */
import fc from 'fast-check';
import { RUN_SEED } from './random-runs.js';

fc.configureGlobal({ seed: RUN_SEED });
