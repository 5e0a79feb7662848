import { describe, expect, it } from 'vitest';
import { applyThreshold, leak, neuronParameters } from '../../../../../src/hw-models/truenorth/neuron.js';
import { TRUENORTH } from '../../../../../src/hw-models/truenorth/spec.js';
import { nextPotential, fires } from '../../../../../src/hw-models/ranc/neuron.js';
import { neuronProblem } from '../../../../../src/ir/program/formats/ranc/neuron-mapping.js';
import { RANC_RESET_MODE, RANC_RESET_TYPE, silentCores } from '../../../../../src/ir/program/formats/ranc/types.js';
import { NEGATIVE, RESET, type TrueNorthSpec } from '../../../../../src/ir/program/truenorth.js';
import { emptyCores, setNeuron } from '../../../../../src/chips/truenorth/kit/program-builder.js';

interface Settings {
  readonly threshold: number;
  readonly beta: number;
  readonly reset: number;
  readonly start: number;
  readonly resetMode: number;
  readonly negativeMode: number;
}

const coresOf = ({ threshold, beta, reset, start, resetMode, negativeMode }: Settings) => {
  const cores = emptyCores(1);
  setNeuron(cores, 0, 0, {
    threshold,
    negativeThreshold: beta,
    resetPotential: reset,
    initialPotential: start,
    resetMode,
    negativeMode,
  });
  return cores;
};

/** Whether the two neurons go the same way for all inputs of three ticks, each a step from `reach` to 4. */
function isEqual(spec: TrueNorthSpec, settings: Settings, reach: number): boolean {
  const neuron = neuronParameters(spec, coresOf(settings), 0);
  const ranc = silentCores(1, {
    ...{ neuronsPerCore: 1, axonsPerCore: 1, gridWidth: 1, gridHeight: 1, nWeights: 1, maxTickOffset: 1, resetType: 0 },
  });
  ranc.positiveThreshold[0] = settings.threshold + (spec.positiveComparison === 'above' ? 1 : 0);
  ranc.negativeThreshold[0] = -settings.beta;
  ranc.resetPotential[0] = settings.reset;
  ranc.resetMode[0] = settings.resetMode === RESET.linear ? RANC_RESET_MODE.linear : RANC_RESET_MODE.absolute;
  const resetType = spec.negativeComparison === 'below' ? RANC_RESET_TYPE.below : RANC_RESET_TYPE.atMost;
  const goesOn = (potential: number, ticks: number): boolean => {
    if (ticks === 0) return true;
    for (let step = reach; step <= 4; step++) {
      const sum = leak(neuron, potential + step, 0);
      const { potential: next, spike } = applyThreshold(neuron, spec, sum, 0);
      if (spike !== fires(ranc, 0, sum)) return false;
      if (next !== nextPotential(ranc, { resetType, potentialBits: 32 }, 0, sum)) return false;
      if (!goesOn(next, ticks - 1)) return false;
    }
    return true;
  };
  return goesOn(settings.start, 3);
}

describe('a neuron that RANC has', () => {
  it('is one that goes the same way potential by potential, tried over all small numbers and inputs', () => {
    let maps = 0;
    let refused = 0;
    for (const positiveComparison of ['atLeast', 'above'] as const) {
      for (const negativeComparison of ['below', 'atMost'] as const) {
        const spec = { ...TRUENORTH, positiveComparison, negativeComparison };
        for (const reach of [-1, 0]) {
          for (const resetMode of [RESET.normal, RESET.linear]) {
            for (const negativeMode of [NEGATIVE.reset, NEGATIVE.saturate]) {
              for (const beta of [0, 2]) {
                for (const reset of [-3, -2, 0, 1, 2]) {
                  for (const start of [-3, -2, -1, 0, 1]) {
                    const settings = { threshold: 3, beta, reset, start, resetMode, negativeMode };
                    const isMapped = neuronProblem(spec, coresOf(settings), 0, reach) === undefined;
                    if (isMapped) {
                      maps++;
                      expect(
                        isEqual(spec, settings, reach),
                        JSON.stringify({ settings, reach, positiveComparison, negativeComparison }),
                      ).toBe(true);
                    } else refused++;
                  }
                }
              }
            }
          }
        }
      }
    }
    expect([maps > 100, refused > 100]).toEqual([true, true]);
  });

  it.each([
    // A saturating neuron maps where its reset is its floor, or where it never gets there.
    [{ reset: 2, resetMode: RESET.normal }, -1, true],
    [{ reset: 1, resetMode: RESET.normal }, -1, false],
    [{ reset: 2, resetMode: RESET.linear }, -1, false],
    [{ reset: 1, resetMode: RESET.normal }, 0, true],
    [{ reset: -3, resetMode: RESET.normal }, 0, false],
    [{ reset: -3, resetMode: RESET.linear }, 0, true],
    [{ start: -3, reset: 1, resetMode: RESET.normal }, 0, false],
    [{ start: -2, reset: 1, resetMode: RESET.normal }, 0, true],
  ] as const)('saturating at -2 with %j and inputs down to %d: %s', (more, reach, maps) => {
    const settings = { threshold: 3, beta: 2, start: 0, negativeMode: NEGATIVE.saturate, ...more };
    expect(neuronProblem(TRUENORTH, coresOf(settings), 0, reach) === undefined).toBe(maps);
  });

  const code = (change: (cores: ReturnType<typeof coresOf>) => void, spec = TRUENORTH): string | undefined => {
    const cores = coresOf({
      threshold: 3,
      beta: 2,
      reset: 0,
      start: 0,
      resetMode: RESET.normal,
      negativeMode: NEGATIVE.reset,
    });
    change(cores);
    return neuronProblem(spec, cores, 0, -1)?.code;
  };

  it('has no stochastic mode, no leak that follows the sign, no missing reset, no linear reset above the threshold', () => {
    expect(code(() => undefined)).toBeUndefined();
    expect(code((cores) => (cores.stochastic[0] = 4))).toBe('ranc-stochastic');
    expect(code((cores) => (cores.thresholdBits[0] = 1))).toBe('ranc-stochastic');
    expect(code((cores) => (cores.leakReversal[0] = 1))).toBeUndefined();
    expect(code((cores) => (cores.leak[0] = -1))).toBeUndefined();
    expect(code((cores) => [(cores.leakReversal[0] = 1), (cores.leak[0] = -1)])).toBe('ranc-leak-reversal');
    expect(code((cores) => (cores.resetMode[0] = RESET.none))).toBe('ranc-no-reset');
    const above = { ...TRUENORTH, positiveComparison: 'above' } as const;
    expect(code((cores) => (cores.resetMode[0] = RESET.linear), above)).toBe('ranc-strict-linear-reset');
    expect(code((cores) => (cores.resetMode[0] = RESET.linear))).toBeUndefined();
    expect(code(() => undefined, above)).toBeUndefined();
    expect(code((cores) => (cores.negativeMode[0] = NEGATIVE.saturate))).toBe('ranc-saturation');
  });
});
