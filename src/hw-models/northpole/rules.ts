/** What values of a NorthPole-style chip that are each in range have to be to each other. */
import type { SpecRule } from '../../common/parameters/spec-definition.js';
import type { NorthPoleSpec } from '../../ir/program/northpole-parameters.js';
import { PUBLISHED_STRUCTURE } from './structure.js';

/** Bytes of the smallest program of a layer: its fixed part and one packet. */
const SMALLEST_PROGRAM_BYTES = 68;

/** Bytes per cycle of the three ports of a core's memory together. */
export function portBytes({ memory }: Pick<NorthPoleSpec, 'memory'>): number {
  return memory.activationPortBytes + memory.weightPortBytes + memory.dataPortBytes;
}

/** Bytes of the widest value that is stored, and travels as a whole. */
const WIDEST_VALUE_BYTES = 4;
const VALUE = `a value of ${WIDEST_VALUE_BYTES * 8} bits`;
const lineOf = ({ memory }: NorthPoleSpec): string =>
  `a line of ${memory.weightPortBytes} bytes (memory.weightPortBytes)`;

/** A width that must hold what crosses it in one cycle: below, transfers would take zero steps forward or more than there is. */
const leastWidth = (
  paths: SpecRule<NorthPoleSpec>['paths'],
  unit: 'bytes' | 'wires',
  of: (spec: NorthPoleSpec) => { readonly value: number; readonly least: number; readonly what: string },
): SpecRule<NorthPoleSpec> => ({
  paths,
  check: (spec) => {
    const { value, least, what } = of(spec);
    if (value >= least) return undefined;
    return { message: `${value} ${unit} do not hold ${what}`, remedy: `use at least ${least}` };
  },
});

/** Errors are chips the schedule has no meaning for; a warning names a chip that works but is not the published one. */
export const NORTHPOLE_RULES: readonly SpecRule<NorthPoleSpec>[] = [
  {
    paths: ['precisions'],
    check: ({ precisions }) => {
      if (precisions.every((bits, i) => i === 0 || bits < (precisions[i - 1] ?? 0))) return undefined;
      const message = `[${precisions.join(', ')}] is not descending`;
      return { message, remedy: 'list each width once, the widest first' };
    },
  },
  {
    paths: ['vmm.vectorBits', 'precisions'],
    check: ({ vmm, precisions }) => {
      const widest = precisions[0] ?? 8;
      if (vmm.vectorBits % widest === 0) return undefined;
      const lanes = (vmm.vectorBits / widest).toFixed(2);
      const message = `${vmm.vectorBits} bits are ${lanes} operands of ${widest} bits`;
      return { message, remedy: `use a multiple of ${widest}` };
    },
  },
  {
    paths: ['partialSums.bufferBytes', 'partialSums.bits', 'vmm.outputs'],
    check: ({ vmm, partialSums }) => {
      const half = Math.floor(partialSums.bufferBytes / 2);
      const position = (vmm.outputs * partialSums.bits) / 8;
      if (half >= position) return undefined;
      const message = `a half of ${half} bytes is too small for one position of ${vmm.outputs} sums: ${position} bytes`;
      return { message, remedy: `use at least ${2 * position} bytes` };
    },
  },
  {
    paths: ['networks.partialSum.wires', 'partialSums.bits', 'vmm.outputs'],
    check: ({ vmm, partialSums, networks }) => {
      const { wires } = networks.partialSum;
      const bits = vmm.outputs * partialSums.bits;
      if (wires >= bits) return undefined;
      const message = `${wires} wires are fewer than the ${bits} bits of sums of a cycle`;
      return { message, remedy: 'widen the network or use fewer outputs' };
    },
  },
  leastWidth(['memory.dataPortBytes'], 'bytes', ({ memory }) => ({
    value: memory.dataPortBytes,
    least: WIDEST_VALUE_BYTES,
    what: VALUE,
  })),
  leastWidth(['networks.activation.wires'], 'wires', ({ networks }) => ({
    value: networks.activation.wires,
    least: 8 * WIDEST_VALUE_BYTES,
    what: VALUE,
  })),
  leastWidth(['memory.activationPortBytes', 'vmm.vectorBits'], 'bytes', ({ memory, vmm }) => ({
    value: memory.activationPortBytes,
    least: Math.ceil(vmm.vectorBits / 8),
    what: `the ${vmm.vectorBits} bits of activations of a cycle (vmm.vectorBits)`,
  })),
  leastWidth(['weightFillBytes', 'memory.weightPortBytes'], 'bytes', (spec) => ({
    value: spec.weightFillBytes,
    least: spec.memory.weightPortBytes,
    what: lineOf(spec),
  })),
  leastWidth(['networks.model.wires', 'memory.weightPortBytes'], 'wires', (spec) => ({
    value: spec.networks.model.wires,
    least: 8 * spec.memory.weightPortBytes,
    what: lineOf(spec),
  })),
  {
    paths: ['outputBufferBytes', 'vmm.outputs'],
    check: ({ vmm, outputBufferBytes }) => {
      if (outputBufferBytes >= vmm.outputs * 4) return undefined;
      const message = `${outputBufferBytes} bytes cannot hold one vector of ${vmm.outputs} 32-bit results`;
      return { message, remedy: `use at least ${vmm.outputs * 4} bytes` };
    },
  },
  {
    paths: ['programBufferBytes'],
    check: ({ programBufferBytes }) => {
      if (programBufferBytes >= 2 * SMALLEST_PROGRAM_BYTES) return undefined;
      const message = `${programBufferBytes} bytes cannot hold the programs of two layers`;
      return { message, remedy: `use at least ${2 * SMALLEST_PROGRAM_BYTES} bytes` };
    },
  },
  {
    paths: ['memory.dataPortBytes', 'memory.activationPortBytes', 'memory.weightPortBytes'],
    check: (spec) => {
      const { vmm } = PUBLISHED_STRUCTURE;
      const isSameVmm = spec.vmm.outputs === vmm.outputs && spec.vmm.vectorBits === vmm.vectorBits;
      const [own, published] = [portBytes(spec), portBytes(PUBLISHED_STRUCTURE)];
      if (!isSameVmm || own === published) return undefined;
      return {
        code: 'unlike-published',
        severity: 'warning',
        message: `the ports move ${own} bytes per cycle, those of the published chip ${published}`,
        remedy: 'no change is needed for a chip of your own',
      };
    },
  },
  {
    paths: ['energy.macPj.8', 'energy.macPj.4', 'energy.macPj.2', 'energy.macPj.1'],
    check: ({ energy: { macPj } }) =>
      macPj[8] >= macPj[4] && macPj[4] >= macPj[2] && macPj[2] >= macPj[1]
        ? undefined
        : {
            code: 'odd-energy',
            severity: 'warning',
            message: 'a narrower multiply-accumulate costs more energy than a wider one',
            remedy: 'check the four values',
          },
  },
];
