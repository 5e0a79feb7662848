import { type Diagnostic, errorAt, UserError } from '../../common/diagnostics.js';
import { RANC_RESET_TYPE, type RancModel } from '../../ir/program/formats/ranc/types.js';
import { RTL_WIDTHS, type RancWidths, SIMULATOR_WIDTHS } from './spec.js';

/** @throws UserError with everything that {@link widthProblems} finds */
export function requireWidths(model: RancModel, widths: RancWidths): void {
  const findings = widthProblems(model, widths);
  if (findings.length > 0) throw new UserError(findings);
}

/**
 * Every parameter beyond its width, one finding per kind, and any other reset type than 0, the only one of RANC's Verilog, on a narrower chip than
 * the simulator.
 */
export function widthProblems(
  { spec, cores }: Pick<RancModel, 'spec' | 'cores'>,
  widths: RancWidths,
): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  const check = (what: string, bits: number, values: Int32Array, perCore: number): void => {
    const high = 2 ** (bits - 1) - 1;
    const first = values.findIndex((value) => value > high || value < -high - 1);
    if (first < 0) return;
    const c = Math.floor(first / perCore);
    const count = values.reduce((n, value) => (value > high || value < -high - 1 ? n + 1 : n), 0);
    const place = `core (${cores.x[c]}, ${cores.y[c]})`;
    const message = `${what} ${values[first]} does not fit ${bits} bits${count > 1 ? `, nor do ${count - 1} more` : ''}`;
    findings.push(errorAt('width-exceeded', place, message, `use values in ${-high - 1}..${high}, or wider registers`));
  };
  const nN = spec.neuronsPerCore;
  check('weight', widths.weight, cores.weights, nN * spec.nWeights);
  check('leak', widths.leak, cores.leak, nN);
  check('positive threshold', widths.threshold, cores.positiveThreshold, nN);
  check('negative threshold', widths.threshold, cores.negativeThreshold, nN);
  check('reset potential', widths.potential, cores.resetPotential, nN);
  check('initial potential', widths.potential, cores.initialPotential, nN);
  if (widths.potential < SIMULATOR_WIDTHS.potential && spec.resetType !== RANC_RESET_TYPE.below) {
    const message = `the hardware of ${RTL_WIDTHS.potential}-bit potentials compares with <, which is reset type 0`;
    findings.push(errorAt('reset-type-unsupported', 'neuron_reset_type', message, 'use neuron_reset_type 0'));
  }
  return findings;
}
