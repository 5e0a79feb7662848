/** How a study is run, and where it stands. */
import type { TrainingsProgress } from './training/train-networks.js';

/** How to run a study. */
export interface StudyOptions {
  /** Folder of the results, and of what a later run goes on from. */
  readonly output: string;
  readonly workers: number;
  /** The command, for the record. */
  readonly command: string;
  readonly signal?: AbortSignal;
  /** Called now and then. */
  readonly onProgress?: (progress: StudyProgress) => void;
}

/** Where a study stands. */
export type StudyProgress =
  | (TrainingsProgress & { readonly stage: 'training' })
  /** Programs that the plan has to know. */
  | { readonly stage: 'compiling'; readonly network: string; readonly chip: string }
  | {
      readonly stage: 'measuring';
      /** Points of the plan with rows or a failure, those of earlier runs included. */
      readonly done: number;
      readonly total: number;
      /** Those that were there when this run began. */
      readonly before: number;
      readonly point: string;
      /** Share of this point that is done, 0..1. */
      readonly share: number;
      /** Points of this run per minute; unknown before the first one. */
      readonly perMinute?: number | undefined;
    };
