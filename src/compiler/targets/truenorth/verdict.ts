/** Verification of a program as the last step of compiling: which findings are the network's and which ours. */
import type { Diagnostic } from '../../../common/diagnostics.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { Verdict } from '../../passes/pass.js';
import { verifyProgram } from './verify.js';

/** Findings that follow from weights and fan-in of the network, or from the room the user left on the grid. */
const LIMITS: readonly string[] = [
  'weight-range',
  'leak-range',
  'threshold-range',
  'potential-range',
  'initial-potential',
  'reset-potential',
  'hop-range',
];

/** What the chip verifier says about a program that was just compiled. */
export function programVerdict(program: TrueNorthProgram): Verdict {
  const found = verifyProgram(program);
  const isLimit = ({ code }: Diagnostic): boolean => LIMITS.includes(code);
  return { broken: found.filter((d) => !isLimit(d)), limits: found.filter(isLimit) };
}
