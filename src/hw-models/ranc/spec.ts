import { RANC_RESET_TYPE, type RancSpec } from '../../ir/program/formats/ranc/types.js';

/** RANC as its publications use it: cores of 256 x 256, four weights, a ring of 16 words. All sizes are parameters of config.json. */
export const RANC: RancSpec = {
  neuronsPerCore: 256,
  axonsPerCore: 256,
  gridWidth: 4,
  gridHeight: 3,
  nWeights: 4,
  maxTickOffset: 16,
  resetType: RANC_RESET_TYPE.below,
};

/** Widths in bits of signed numbers. Potentials wrap at theirs; the others bound what a model may hold. */
export interface RancWidths {
  readonly potential: number;
  readonly weight: number;
  readonly leak: number;
  readonly threshold: number;
}

/** RANC's simulator: C++ `int`, so nothing wraps in practice. */
export const SIMULATOR_WIDTHS: RancWidths = { potential: 32, weight: 32, leak: 32, threshold: 32 };

/** The defaults of RANC's Verilog (RANCNetwork.v). Its adder keeps the low bits of a sum: potentials wrap. */
export const RTL_WIDTHS: RancWidths = { potential: 9, weight: 9, leak: 9, threshold: 9 };
