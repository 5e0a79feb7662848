import { describe, expect, it } from 'vitest';
import { bitsToText } from '../../../src/common/bit-text.js';
import { present } from '../../../src/common/assert.js';
import { wilsonInterval } from '../../../src/common/statistics.js';
import { NO_NOISE } from '../../../src/ir/faults/levels.js';
import type { RunResult } from '../../../src/ir/trace/run-result.js';
import { type FileDiff, diffFiles, subjectsOf } from '../../../src/report/diff/diff-files.js';
import { holdGates, parseGates } from '../../../src/report/diff/gate.js';
import { toNumber } from '../../../src/report/diff/ratio.js';
import { syntheticNoise, syntheticProgram, syntheticResult } from '../synthetic.js';

const program = syntheticProgram('net', [3, 1]);
const base = syntheticResult(program);

/** A result whose sample s is right where `isRight` says so. */
function resultOf(samples: number, isRight: (s: number) => boolean, more: Partial<RunResult> = {}): RunResult {
  const bits = new Uint8Array(Math.ceil(samples / 8));
  let correct = 0;
  for (let s = 0; s < samples; s++) {
    if (!isRight(s)) continue;
    bits[s >> 3]! |= 1 << (s & 7);
    correct++;
  }
  const accuracy = correct / samples;
  const accuracyInterval = wilsonInterval(correct, samples);
  return { ...base, samples, correct, accuracy, accuracyInterval, outcomes: bitsToText(bits), ...more };
}

const compare = (a: readonly RunResult[], b: readonly RunResult[]): FileDiff =>
  diffFiles({ results: a, noise: [] }, { results: b, noise: [] });
const valueOf = (diff: FileDiff, key: string): unknown => {
  const { difference } = present(
    diff.pairs[0]?.changes.find((change) => change.key === key),
    key,
  );
  return 'unknown' in difference ? difference.reason : toNumber(difference);
};
const chipsOf = ({ pairs }: FileDiff): readonly string[] => pairs.map(({ a, b }) => `${a.chip}>${b.chip}`);

describe('two results', () => {
  it('are compared sample by sample: who is right where the other is not', () => {
    // A is right on 0..79, B on 10..94: 10 only in A, 15 only in B.
    const diff = compare([resultOf(100, (s) => s < 80)], [resultOf(100, (s) => s >= 10 && s < 95)]);
    expect(diff.pairs[0]?.paired).toMatchObject({ onlyA: 10, onlyB: 15 });
    expect(valueOf(diff, 'accuracy')).toBe(0.05);
    const [low, high] = present(diff.pairs[0]?.paired?.interval, 'interval');
    expect(low).toBeCloseTo((5 - 1.959964 * Math.sqrt(26 - 25 / 102)) / 102, 6);
    expect(high).toBeCloseTo((5 + 1.959964 * Math.sqrt(26 - 25 / 102)) / 102, 6);
  });

  it('of other samples have no difference in what hangs on the samples, and one in what does not', () => {
    for (const other of [resultOf(50, () => true), resultOf(100, () => true, { data: 'other' })]) {
      const diff = compare([resultOf(100, () => true)], [{ ...other, cores: base.cores + 2 }]);
      expect(diff.pairs[0]?.paired).toBeUndefined();
      for (const key of ['accuracy', 'accuracyInteger', 'accuracyFloat', 'mismatches', 'spikes']) {
        expect(valueOf(diff, key), key).toMatch(/^A is of .*, B of /);
      }
      expect(valueOf(diff, 'cores')).toBe(2);
      expect(valueOf(diff, 'energy')).toBe(0);
    }
  });

  it('differ in time by seconds, whatever their chips count', () => {
    const unitSeconds = { ...base.time.unitSeconds, value: 2.5e-9 };
    const time = { unit: 'cycle', perSample: 400, latency: 800, unitSeconds };
    const diff = compare([base], [{ ...base, target: 'other', time }]);
    expect(valueOf(diff, 'time')).toBe(1e-6 - 0.019);
    expect(valueOf(diff, 'latency')).toBe(2e-6 - 0.057);
    expect(diff.pairs[0]?.changes.find(({ key }) => key === 'time')?.b?.text).toBe('400 cycles, 1 \u00b5s');
  });

  it('differ in energy and its parts, metrics, mismatches and power', () => {
    const energyUj = { value: 15, unit: 'uJ', source: 'test', status: 'derived' } as const;
    const energyParts = base.energyParts.map((part, i) => (i === 1 ? { ...part, value: 7 } : part));
    const metrics = { ...base.metrics, spikes: { label: 'spikes', value: 1, unit: '' } };
    const watts = { value: 2, unit: 'W', source: 'test', status: 'derived' } as const;
    const a = { ...base, watts: { ...watts, value: 1.5 } };
    const diff = compare([a], [{ ...base, energyUj, energyParts, metrics, watts, mismatches: 4 }]);
    expect(valueOf(diff, 'energy')).toBe(3);
    expect(valueOf(diff, 'energy.neuronUpdates')).toBe(3);
    expect(valueOf(diff, 'energy.synapticOperations')).toBe(0);
    expect(valueOf(diff, 'spikes')).toBe(1 - 240_000);
    expect(valueOf(diff, 'mismatches')).toBe(4);
    expect(valueOf(diff, 'power')).toBe(0.5);
  });

  it('keep numbers that only one of them has, and unknown energies with their reason', () => {
    const { accuracyFloat, ...rest } = base;
    expect(accuracyFloat).toBeDefined();
    const diff = compare([base], [{ ...rest, energyUj: { unknown: true, reason: 'no table' }, energyParts: [] }]);
    expect(valueOf(diff, 'accuracyFloat')).toBe('B has no such number');
    expect(valueOf(diff, 'energy')).toBe('not known of B: no table');
    expect(valueOf(diff, 'energy.neuronUpdates')).toBe('B has no such number');
  });

  it('of a metric with the name of one of ours keep both', () => {
    const metrics = { cores: { label: 'cores of another kind', value: 3, unit: '' } };
    const diff = compare([{ ...base, metrics }], [{ ...base, metrics: { cores: { ...metrics.cores, value: 8 } } }]);
    expect(valueOf(diff, 'cores')).toBe(0);
    expect(valueOf(diff, 'metric.cores')).toBe(5);
  });

  it('of equal files differ in nothing', () => {
    const diff = compare([base], [base]);
    expect(diff.pairs[0]?.title).toBe('net on truenorth, mnist test');
    for (const { difference } of present(diff.pairs[0], 'pair').changes) expect(difference).toMatchObject({ n: 0n });
  });
});

describe('results of two files', () => {
  const of = (chip: string, more: Partial<RunResult> = {}): RunResult => ({ ...base, chip, ...more });

  it('are matched by network, kind of chip and noise, in any order', () => {
    const noisy = { noise: { ...NO_NOISE, ber: 0.1 } };
    const a = [of('a'), of('b', noisy), of('c', { target: 'other' }), of('d', { name: 'other' })];
    const b = [of('4', { name: 'other' }), of('3', { target: 'other' }), of('2', noisy), of('1')];
    expect(chipsOf(compare(a, b))).toEqual(['a>1', 'b>2', 'c>3', 'd>4']);
  });

  it('of two specs of one kind of chip find their own; a new name finds the one that is left', () => {
    expect(chipsOf(compare([of('x'), of('y')], [of('y'), of('x')]))).toEqual(['x>x', 'y>y']);
    expect(chipsOf(compare([of('x'), of('y')], [of('y'), of('z')]))).toEqual(['x>z', 'y>y']);
  });

  it('are compared with each other where each file has one, and their title says what they are', () => {
    const diff = compare([of('x')], [of('y', { target: 'other', noise: { ...NO_NOISE, ber: 0.1 } })]);
    expect(diff.pairs[0]?.title).toBe('net, mnist test: y with ber=0.1 against x');
    expect(compare([of('x')], [of('x', { name: 'new' })]).pairs[0]?.title).toBe(
      'new on x, mnist test against net on x, mnist test',
    );
  });

  it('without counterpart are listed; one that B lacks passes no gate, one that A lacks is new', () => {
    const diff = compare([of('x'), of('y', { name: 'lost' })], [of('x'), of('z', { name: 'new' })]);
    expect(diff.onlyA.map(({ title }) => title)).toEqual(['lost on y, mnist test']);
    expect(diff.onlyB.map(({ title }) => title)).toEqual(['new on z, mnist test']);
    const verdicts = holdGates(parseGates('cores>0', '').gates, subjectsOf(diff));
    expect(verdicts.map(({ subject, verdict }) => [subject, verdict])).toEqual([
      ['net on x, mnist test', 'passed'],
      ['lost on y, mnist test', 'undecided'],
    ]);
  });
});

describe('noise points of two files', () => {
  const noise = (network: string, levels: readonly number[], golden: number) =>
    syntheticNoise(network, 'ber', levels, golden);
  const points = (a: ReturnType<typeof noise>, b: ReturnType<typeof noise>): FileDiff =>
    diffFiles({ results: [], noise: a }, { results: [], noise: b });

  it('are matched level by level, with an interval over chips; levels of one file only are listed', () => {
    const diff = points(noise('net', [0, 0.1, 0.2], 0.95), noise('net', [0.1, 0, 0.3], 0.9));
    expect(diff.points.map(({ a, b }) => [a.level, b.level])).toEqual([
      [0, 0],
      [0.1, 0.1],
    ]);
    expect(diff.points[0]?.changes[0]).toMatchObject({ key: 'noiseAccuracy', unit: 'share' });
    expect(diff.points[0]?.interval?.map((end) => end.toFixed(6))).toEqual(['-0.050000', '-0.050000']);
    const [low, high] = present(diff.points[1]?.interval, 'interval');
    expect(low).toBeLessThan(high);
    expect(diff.onlyA.map(({ title }) => title)).toEqual([expect.stringContaining('at 0.2')]);
    expect(diff.onlyB.map(({ title }) => title)).toEqual([expect.stringContaining('at 0.3')]);
  });

  it('of other networks are meant where each file has one curve, and never across levels', () => {
    expect(points(noise('a', [0.1], 0.9), noise('b', [0.1], 0.9)).points).toHaveLength(1);
    expect(points(noise('a', [0.1], 0.9), noise('a', [0.2], 0.9)).points).toEqual([]);
    const two = [...noise('a', [0.1], 0.9), ...noise('c', [0.1], 0.9)];
    expect(points(two, noise('b', [0.1], 0.9)).points).toEqual([]);
  });

  it('are held by gates on noiseAccuracy, each point by itself', () => {
    const diff = points(noise('net', [0, 0.1], 0.95), noise('net', [0, 0.1], 0.9));
    const verdicts = holdGates(parseGates('noiseAccuracy<-4pp', '').gates, subjectsOf(diff));
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['failed', 'passed']);
  });
});
