/** The chip verifier: every limit of the spec and, if none is exceeded, the whole schedule. Also for programs from files. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { EXACT_LIMIT } from '../../../common/fixed-point.js';
import { NORTHPOLE_SPECS } from '../../../hw-models/northpole/spec.js';
import { tensorAt } from '../../../hw-models/northpole/regions.js';
import type {
  EpilogueStep,
  NorthPoleLayer,
  NorthPoleProgram,
  NorthPoleSpec,
  VectorLayer,
  VmmLayer,
} from '../../../ir/program/northpole.js';
import type { Verdict } from '../../passes/pass.js';
import { checkSchedule } from './check/schedule-check.js';
import { containerRange } from './containers.js';
import { sequenceLimits } from './sequence-layer.js';

const MAX_SUM = 2 ** 31 - 1;

/**
 * All violations at once, each with layer, amount and remedy. The program's structure must be sound (decodeProgram checks it). The schedule
 * is checked only for a program within the limits: outside, its definitions mean nothing.
 */
export function verifyNorthPole(program: NorthPoleProgram): readonly Diagnostic[] {
  const limits = chipLimits(program);
  return limits.length > 0 ? limits : checkSchedule(program);
}

/** What a program that was just compiled exceeds is the network's doing; a schedule that does not hold is ours. */
export function northPoleVerdict(program: NorthPoleProgram): Verdict {
  const limits = chipLimits(program);
  return { limits, broken: limits.length > 0 ? [] : checkSchedule(program) };
}

/** Every limit of the chip that the layers or the values between them exceed. */
function chipLimits(program: NorthPoleProgram): readonly Diagnostic[] {
  const { spec } = program;
  const found: Diagnostic[] = NORTHPOLE_SPECS.check(spec, `chip "${spec.name}"`).filter((d) => d.severity === 'error');
  for (const layer of program.layers) found.push(...checkLayer(program, layer));
  program.tensors.forEach(({ node, bits }) => {
    if (bits === 32 || spec.precisions.includes(bits)) return;
    const place = `${program.name}: value "${node}"`;
    found.push(errorAt('unsupported-width', place, `is stored with ${bits} bits, ${supported(spec)}`, WIDEN));
  });
  return found;
}

const WIDEN = 'compile the network again for this chip';
const supported = (spec: NorthPoleSpec): string => `"${spec.name}" has ${spec.precisions.join(', ')}`;

function checkLayer(program: NorthPoleProgram, layer: NorthPoleLayer): readonly Diagnostic[] {
  const { spec } = program;
  const found: Diagnostic[] = [];
  const report = (code: string, message: string, remedy: string): void => {
    found.push(errorAt(code, `${program.name}: layer "${layer.name}" (${layer.kind})`, message, remedy));
  };
  if (layer.kind === 'vmm') checkMatrix(program, layer, report);
  if (layer.kind === 'vector') checkAverage(program, layer, report);
  if (layer.kind === 'sequence') for (const limit of sequenceLimits(program, layer)) report(...limit);
  const steps = layer.epilogue.flatMap((step): readonly EpilogueStep[] =>
    step.kind === 'add' ? [step, ...step.steps] : [step],
  );
  for (const step of steps) {
    if (step.kind === 'lookup' && step.table.length > spec.tableEntries) {
      report(
        'table-too-large',
        `a table of ${step.table.length} entries, the activation unit holds ${spec.tableEntries}`,
        'requantise to fewer bits before the table',
      );
    }
  }
  return found;
}

type Report = (code: string, message: string, remedy: string) => void;

function checkMatrix(program: NorthPoleProgram, layer: VmmLayer, report: Report): void {
  const { spec } = program;
  const operand = tensorAt(program, layer.operands[0] ?? -1);
  if (operand.bits === 32) {
    report(
      'operand-too-wide',
      `its input "${operand.node}" has 32 bits, the VMM takes up to ${spec.precisions[0] ?? 8}`,
      'requantise the input',
    );
    return;
  }
  if (!spec.precisions.includes(layer.weightBits)) {
    report('unsupported-width', `its weights have ${layer.weightBits} bits, ${supported(spec)}`, WIDEN);
  }
  const binary = layer.weightBits === 1;
  const [least, greatest] = binary ? [-1, 1] : containerRange({ bits: layer.weightBits, signed: true });
  const wrong = layer.weights.reduce((n, w) => n + (w < least || w > greatest || (binary && w === 0) ? 1 : 0), 0);
  if (wrong > 0) {
    report(
      'weight-range',
      `${wrong} of ${layer.weights.length} weights do not fit ${layer.weightBits} bits (${least}..${greatest})`,
      'give the layer wider weights or quantise them',
    );
  }
  const [low, high] = containerRange(operand);
  if (layer.geometry.padding.some((p) => p > 0) && (layer.padValue < low || layer.padValue > high)) {
    report(
      'pad-range',
      `its padding ${layer.padValue} does not fit ${operand.bits} bits (${low}..${high})`,
      'give the input a wider container',
    );
  }
  const most = largestSum(layer, low, high);
  if (most > MAX_SUM) {
    report(
      'sum-overflow',
      `a sum can reach ${most}, partial sums hold up to ${MAX_SUM}`,
      'use a smaller fan-in or fewer bits',
    );
  }
}

/** Sums, products and averages of whatever the operand's container holds; 32-bit values have the ranges the network was verified with. */
function checkAverage(program: NorthPoleProgram, layer: VectorLayer, report: Report): void {
  const operand = tensorAt(program, layer.operands[0] ?? -1);
  if (layer.average === undefined || operand.bits === 32) return;
  const { factor } = layer.average;
  const { window } = layer.geometry;
  const [low, high] = containerRange(operand).map((stored) => stored - (operand.zeroPoint ?? 0));
  const value = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0));
  const sum = value * window[0] * window[1];
  if (sum <= MAX_SUM && value * factor <= MAX_SUM && sum * factor < EXACT_LIMIT / 2) return;
  report(
    'average-overflow',
    `values up to ${value} in windows of ${window[0] * window[1]} times ${factor} leave 32 bits, or products below 2^52`,
    'use a smaller factor or window',
  );
}

/** The largest magnitude of a sum over all contents of the operand's container. */
function largestSum(layer: VmmLayer, low: number, high: number): number {
  const { weights, bias } = layer;
  const fanIn = weights.length / bias.length;
  let most = 0;
  for (let o = 0; o < bias.length; o++) {
    let positive = 0;
    let negative = 0;
    for (let k = o * fanIn; k < (o + 1) * fanIn; k++) {
      if (weights[k]! > 0) positive += weights[k]!;
      else negative -= weights[k]!;
    }
    const top = bias[o]! + positive * high - negative * low;
    const bottom = bias[o]! + positive * low - negative * high;
    most = Math.max(most, top, -bottom - 1);
  }
  return most;
}
