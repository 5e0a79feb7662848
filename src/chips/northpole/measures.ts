/** What the static schedule of a program on a NorthPole-style chip says; the same for every run. */
import { integer, percent, significant } from '../../common/format.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import type { ChipMeasures, Metric, SampleTime } from '../../ir/trace/measures.js';
import { ENERGY_PARTS, type NorthPolePerformance, northPolePerformance, STATIC_PART } from './performance.js';

/** Cycles of a sample; fractions where frames go through together. */
export const sampleTime = ({
  batch,
  cycles,
  clockMhz,
}: Pick<NorthPolePerformance, 'batch' | 'cycles' | 'clockMhz'>): SampleTime => ({
  unit: 'cycle',
  perSample: cycles / batch,
  latency: cycles,
  unitSeconds: {
    value: 1 / (clockMhz * 1e6),
    unit: 's',
    status: 'derived',
    source: `a clock of ${clockMhz} MHz, a parameter of the chip`,
  },
});

/** Speed and energy. */
export const northPoleMeasures = (program: NorthPoleProgram): ChipMeasures => measuresOf(northPolePerformance(program));

/** "346 cycles": what a part of the energy of a sample is made of; empty for a part that this version does not know. */
function eventsOf(name: string, { counters, batch }: NorthPolePerformance): string {
  const part = ENERGY_PARTS.find((one) => one.name === name);
  return part === undefined ? '' : `${significant(part.countOf(counters) / batch)} ${part.events}`;
}

/** Speed and energy as they are printed. */
export function measuresOf(performance: NorthPolePerformance): ChipMeasures {
  const { batch, bytesMoved, counters, framesPerSecond, utilisation, clockMhz } = performance;
  const bytes = (label: string, value: number): Metric => ({ label, value, unit: 'byte' });
  const frames = batch === 1 ? '1 frame' : `${integer(batch)} frames`;
  const macs = Object.values(counters.macs).reduce((sum: number, n: number) => sum + n, 0);
  return {
    cores: performance.cores,
    time: sampleTime(performance),
    metrics: {
      cycles: {
        label: 'cycles',
        value: performance.cycles,
        unit: '',
        text: `${integer(performance.cycles)} for ${frames} at ${significant(clockMhz)} MHz`,
      },
      batch: { label: 'frames per batch', value: batch, unit: '' },
      framesPerSecond: { label: 'frames per second', value: framesPerSecond, unit: '1/s' },
      utilisation: { label: 'utilisation', value: utilisation, unit: '', text: percent(utilisation, 1) },
      macs: { label: 'multiply-accumulates per batch', value: macs, unit: '' },
      vectorOperations: { label: 'vector operations per batch', value: counters.vectorOperations, unit: '' },
      weightBytes: bytes('weights moved per frame', bytesMoved.model),
      partialSumBytes: bytes('partial sums moved per frame', bytesMoved.partialSum),
      activationBytes: bytes('activations moved per frame', bytesMoved.activation),
      programBytes: bytes('programs moved per frame', bytesMoved.instruction),
      memoryBytes: bytes('through memory ports per frame', bytesMoved.memory),
    },
    energyUj: performance.energyUj,
    energyParts: Object.entries(performance.energyParts).map(([name, value]) => ({
      name,
      value,
      fixed: name === STATIC_PART,
      events: eventsOf(name, performance),
    })),
    watts: performance.watts,
    loads: [],
  };
}
