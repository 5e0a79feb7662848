/** The code of the input as operators on bytes: what an exported file begins with, and by which the importer knows it again. */
import type { InputCode } from '../../ir/network/types.js';

/** One operator on the result of the one before; with a constant where it has two operands. */
export interface CodeStep {
  readonly operator: 'MultiThreshold' | 'Mul' | 'Sub' | 'Floor' | 'Identity';
  readonly constant?: number;
}

/** The operators of a code, at least one; undefined for codes that draw lots or add channels. */
export function codeSteps(code: InputCode): readonly CodeStep[] | undefined {
  switch (code.kind) {
    case 'threshold':
      return [{ operator: 'MultiThreshold', constant: code.level }];
    case 'rate':
      return orIdentity(shifted(code.bits));
    case 'integer': {
      const { bits, zeroPoint, step } = code;
      return orIdentity([
        ...shifted(bits),
        ...(zeroPoint === 0 ? [] : [{ operator: 'Sub', constant: zeroPoint } as const]),
        ...(step === 1 ? [] : [{ operator: 'Mul', constant: step } as const]),
      ]);
    }
    case 'thermometer':
    case 'bernoulli':
      return undefined;
  }
}

/** The highest bits of a byte. */
const shifted = (bits: number): readonly CodeStep[] =>
  bits === 8 ? [] : [{ operator: 'Mul', constant: 2 ** (bits - 8) }, { operator: 'Floor' }];

const orIdentity = (steps: readonly CodeStep[]): readonly CodeStep[] =>
  steps.length === 0 ? [{ operator: 'Identity' }] : steps;
