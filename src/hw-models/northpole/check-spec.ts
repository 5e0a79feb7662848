/** What makes a set of chip parameters impossible, or unlike the published chip. */
import { type Diagnostic, errorAt, warningAt } from '../../common/diagnostics.js';
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { NORTHPOLE, portBytes } from './spec.js';

/** Bytes of the smallest program of a layer: its fixed part and one packet. */
const SMALLEST_PROGRAM_BYTES = 68;

/**
 * Every contradiction between values that are each in range. Errors are chips the schedule has no meaning for; a warning names a chip that
 * works but is not the published one.
 */
export function checkSpec(spec: NorthPoleSpec, place: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const wrong = (path: string, message: string, remedy: string): void => {
    found.push(errorAt('bad-spec', `${place}: ${path}`, message, remedy));
  };
  const { vmm, partialSums, networks, precisions } = spec;
  const widest = precisions[0] ?? 8;
  if (precisions.some((bits, i) => i > 0 && bits >= (precisions[i - 1] ?? 0))) {
    wrong('precisions', `[${precisions.join(', ')}] is not descending`, 'list each width once, the widest first');
  }
  if (vmm.vectorBits % widest !== 0) {
    const lanes = vmm.vectorBits / widest;
    wrong(
      'vmm.vectorBits',
      `${vmm.vectorBits} bits are ${lanes.toFixed(2)} operands of ${widest} bits`,
      `use a multiple of ${widest}`,
    );
  }
  const half = Math.floor(partialSums.bufferBytes / 2);
  const position = (vmm.outputs * partialSums.bits) / 8;
  if (half < position) {
    const message = `a half of ${half} bytes is too small for one position of ${vmm.outputs} sums: ${position} bytes`;
    wrong('partialSums.bufferBytes', message, `use at least ${2 * position} bytes`);
  }
  if (networks.partialSum.wires < vmm.outputs * partialSums.bits) {
    const message = `${networks.partialSum.wires} wires are fewer than the ${vmm.outputs * partialSums.bits} bits of sums of a cycle`;
    wrong('networks.partialSum.wires', message, 'widen the network or use fewer outputs');
  }
  for (const [path, value, least, what] of leastValues(spec)) {
    if (value >= least) continue;
    wrong(path, `${value} ${path.endsWith('wires') ? 'wires' : 'bytes'} do not hold ${what}`, `use at least ${least}`);
  }
  for (const [path, value] of [
    ['clockMhz', spec.clockMhz],
    ['host.linkGBps', spec.host.linkGBps],
  ] as const) {
    if (value <= 0) wrong(path, `${value} gives no finite time`, 'use a number above 0');
  }
  if (spec.outputBufferBytes < vmm.outputs * 4) {
    const message = `${spec.outputBufferBytes} bytes cannot hold one vector of ${vmm.outputs} 32-bit results`;
    wrong('outputBufferBytes', message, `use at least ${vmm.outputs * 4} bytes`);
  }
  if (spec.programBufferBytes < 2 * SMALLEST_PROGRAM_BYTES) {
    const message = `${spec.programBufferBytes} bytes cannot hold the programs of two layers`;
    wrong('programBufferBytes', message, `use at least ${2 * SMALLEST_PROGRAM_BYTES} bytes`);
  }
  return [...found, ...unlikePublished(spec, place)];
}

/** Bytes of the widest value that is stored, and travels as a whole. */
const WIDEST_VALUE_BYTES = 4;

/**
 * Widths that must hold what crosses them in one cycle: path, value, least value, what that is. A schedule is a static one of whole values,
 * vectors and lines; below these, transfers would take zero steps forward or more than there is.
 */
function leastValues({
  vmm,
  memory,
  weightFillBytes,
  networks,
}: NorthPoleSpec): readonly (readonly [path: string, value: number, least: number, what: string])[] {
  const value = `a value of ${WIDEST_VALUE_BYTES * 8} bits`;
  const line = `a line of ${memory.weightPortBytes} bytes (memory.weightPortBytes)`;
  return [
    ['memory.dataPortBytes', memory.dataPortBytes, WIDEST_VALUE_BYTES, value],
    ['networks.activation.wires', networks.activation.wires, 8 * WIDEST_VALUE_BYTES, value],
    [
      'memory.activationPortBytes',
      memory.activationPortBytes,
      Math.ceil(vmm.vectorBits / 8),
      `the ${vmm.vectorBits} bits of activations of a cycle (vmm.vectorBits)`,
    ],
    ['weightFillBytes', weightFillBytes, memory.weightPortBytes, line],
    ['networks.model.wires', networks.model.wires, 8 * memory.weightPortBytes, line],
  ];
}

function unlikePublished(spec: NorthPoleSpec, place: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const sameVmm = spec.vmm.outputs === NORTHPOLE.vmm.outputs && spec.vmm.vectorBits === NORTHPOLE.vmm.vectorBits;
  if (sameVmm && portBytes(spec) !== portBytes(NORTHPOLE)) {
    const message = `the ports move ${portBytes(spec)} bytes per cycle, those of the published chip ${portBytes(NORTHPOLE)}`;
    found.push(
      warningAt('unlike-published', `${place}: memory`, message, 'no change is needed for a chip of your own'),
    );
  }
  const { macPj } = spec.energy;
  if (macPj[8] < macPj[4] || macPj[4] < macPj[2] || macPj[2] < macPj[1]) {
    const message = 'a narrower multiply-accumulate costs more energy than a wider one';
    found.push(warningAt('odd-energy', `${place}: energy.macPj`, message, 'check the four values'));
  }
  return found;
}
