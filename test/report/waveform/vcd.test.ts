import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Waveform, type WaveSignal, waveformSchema } from '../../../src/ir/trace/waveform.js';
import { timescale, vcdOf } from '../../../src/report/waveform/vcd.js';

const base: Omit<Waveform, 'signals'> = {
  ...{
    kind: 'waveform',
    name: 'net',
    target: 'a chip',
    chip: 'chip',
    input: 'sample 0',
    core: [1, 2],
    model: 'reference',
  },
  time: { unit: 'tick', unitSeconds: { value: 1e-3, unit: 's', status: 'assumed', source: 'a test' }, from: 3, to: 9 },
};
const spike: WaveSignal = { group: 'spikes', name: 'neuron0', kind: 'event', times: [3, 5, 6], values: [0, 1, 0] };
const potential: WaveSignal = { group: 'potentials', name: 'neuron 0', kind: 'value', times: [3, 6], values: [-2, 7] };
const text = (wave: Waveform): string => [...vcdOf(wave)].join('');

/** A reader of the parts of the format that are written: times, and the value of each variable from then on. */
function readVcd(file: string) {
  const names = new Map<string, string>();
  const changes: [number, string, number][] = [];
  const scopes: string[] = [];
  let time = -1;
  for (const line of file.split('\n')) {
    const words = line.split(' ');
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = words;
    if (first === '$scope') scopes.push(third);
    else if (first === '$upscope') scopes.pop();
    else if (first === '$var') names.set(fourth, `${scopes.slice(1).join('.')}.${fifth}`);
    else if (first.startsWith('#')) time = Number(first.slice(1));
    else if (first.startsWith('b')) {
      const bits = first.slice(1);
      // A number is extended by its first bit only where that is 1 and all 32 are there.
      changes.push([time, names.get(second) ?? '?', Number.parseInt(bits, 2) | 0]);
    } else if (/^[01]/.test(first)) changes.push([time, names.get(first.slice(1)) ?? '?', Number(first[0])]);
  }
  expect(scopes).toEqual([]);
  return { changes, end: time };
}

describe('a VCD file', () => {
  it('declares every signal and holds its changes, in time', () => {
    const file = text({ ...base, signals: [spike, potential] });
    expect(file).toContain('$timescale 1 ms $end\n$scope module core_1_2 $end\n$scope module spikes $end\n');
    expect(file).toContain('$var wire 1 ! neuron0 $end\n');
    expect(file).toContain('$var integer 32 " neuron_0 $end\n');
    expect(file).toContain(
      '#3\n$dumpvars\n0!\nb11111111111111111111111111111110 "\n$end\n#5\n1!\n#6\n0!\nb0111 "\n#9\n',
    );
    expect(readVcd(file)).toEqual({
      changes: [
        [3, 'spikes.neuron0', 0],
        [3, 'potentials.neuron_0', -2],
        [5, 'spikes.neuron0', 1],
        [6, 'spikes.neuron0', 0],
        [6, 'potentials.neuron_0', 7],
      ],
      end: 9,
    });
  });

  it('reads back whatever changes when, for any number of signals', () => {
    const signal = fc.record({
      kind: fc.constantFrom('event' as const, 'value' as const),
      changes: fc.uniqueArray(fc.tuple(fc.integer({ min: 3, max: 8 }), fc.integer({ min: -1e9, max: 1e9 })), {
        selector: ([at]) => at,
        maxLength: 6,
      }),
    });
    fc.assert(
      fc.property(fc.array(signal, { maxLength: 300 }), (given) => {
        const signals = given.map(({ kind, changes }, i): WaveSignal => {
          const rows = [[3, 0] as const, ...changes.filter(([at]) => at > 3)].toSorted(([a], [b]) => a - b);
          const values = rows.map(([, value]) => (kind === 'event' ? Math.abs(value) % 2 : value));
          return { group: 'all', name: `s${i}`, kind, times: rows.map(([at]) => at), values };
        });
        const { changes } = readVcd(text({ ...base, signals }));
        const expected = signals.flatMap(({ name, times, values }) =>
          times.map((at, i) => [at, `all.${name}`, values[i]]),
        );
        const byTime = (rows: readonly unknown[][]) => rows.map((row) => JSON.stringify(row)).sort();
        expect(byTime(changes)).toEqual(byTime(expected));
      }),
      { numRuns: 30 },
    );
  });

  it('has a time scale of which a step is a whole number', () => {
    expect(timescale(1e-3)).toEqual({ scale: '1 ms', factor: 1 });
    expect(timescale(2.5e-9)).toEqual({ scale: '100 ps', factor: 25 });
    expect(timescale(2)).toEqual({ scale: '1 s', factor: 2 });
    expect(timescale(1e-7)).toEqual({ scale: '100 ns', factor: 1 });
    expect(timescale(1 / 3e9)).toEqual({ scale: '1 fs', factor: 333_333 });
  });

  it('cannot be ended by a name', () => {
    const file = text({ ...base, name: 'x $end $var wire 1 ! y $end', signals: [spike] });
    expect(file.split('\n')[1]).toBe(
      '$comment x end var wire 1 ! y end on a chip (chip), core 1,2, sample 0, model reference; a tick is 1 time units $end',
    );
  });
});

describe('a waveform of untrusted origin', () => {
  const check = (change: object) => waveformSchema.safeParse({ ...base, signals: [spike], ...change }).success;

  it('is refused where steps and values contradict each other', () => {
    expect(check({})).toBe(true);
    expect(check({ signals: [{ ...spike, times: [3, 5] }] })).toBe(false);
    expect(check({ signals: [{ ...spike, times: [3, 5, 5] }] })).toBe(false);
    expect(check({ signals: [{ ...spike, times: [4, 5, 6] }] })).toBe(false);
    expect(check({ signals: [{ ...spike, times: [3, 5, 9] }] })).toBe(false);
    expect(check({ time: { ...base.time, to: 3 } })).toBe(false);
  });
});
