import { errorAt, UserError, type Diagnostic } from '../../common/diagnostics.js';
import type { CoreArrays, TrueNorthSpec } from '../../ir/program/truenorth.js';

/** A message lists at most this many neurons; the rest is counted. */
const MAX_LISTED = 20;

/**
 * Refuses programs that use the stochastic modes (b_G, c_lambda, TM), which the model does not have yet.
 * Throws a UserError that names core and neuron.
 */
export function requireDeterministic(spec: TrueNorthSpec, cores: CoreArrays): void {
  const findings: Diagnostic[] = [];
  let nFound = 0;
  cores.stochastic.forEach((bits, i) => {
    const thresholdBits = cores.thresholdBits[i]!;
    if (bits === 0 && thresholdBits === 0) return;
    nFound++;
    if (nFound > MAX_LISTED) return;
    const place = `core ${Math.floor(i / spec.neuronsPerCore)}, neuron ${i % spec.neuronsPerCore}`;
    findings.push(
      errorAt(
        'stochastic-mode-unsupported',
        place,
        `uses a stochastic mode (${describe(bits, thresholdBits)}), which this chip model does not run.`,
        'Set b_G, c_lambda and TM of the neuron to 0.',
      ),
    );
  });
  if (nFound > MAX_LISTED) {
    findings.push(
      errorAt(
        'stochastic-mode-unsupported',
        'program',
        `${nFound - MAX_LISTED} more neurons use a stochastic mode.`,
        'Set b_G, c_lambda and TM of these neurons to 0.',
      ),
    );
  }
  if (findings.length > 0) throw new UserError(findings);
}

function describe(bits: number, thresholdBits: number): string {
  const parts = [0, 1, 2, 3].filter((type) => ((bits >>> type) & 1) === 1).map((type) => `b_${type}`);
  if (((bits >>> 4) & 1) === 1) parts.push('c_lambda');
  if (thresholdBits > 0) parts.push(`TM = ${thresholdBits}`);
  return parts.join(', ');
}
