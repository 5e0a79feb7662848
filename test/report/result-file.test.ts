import { describe, expect, it } from 'vitest';
import { NO_NOISE, type NoiseSpec } from '../../src/ir/faults/levels.js';
import { decodeResultFile, encodeResultFile, RESULT_VERSION } from '../../src/report/result-file.js';
import { syntheticNoise, syntheticProgram, syntheticResult } from './synthetic.js';

const program = syntheticProgram('mnist-5core', [4, 1]);
const text = encodeResultFile({
  results: [syntheticResult(program)],
  programs: [program],
  noise: syntheticNoise('mnist-5core', 'ber', [0, 0.1], 0.94),
  commands: ['lodestone run'],
});
const isNoiseName = (name: string): name is keyof NoiseSpec => name in NO_NOISE;
const noiseNames = Object.keys(NO_NOISE).filter(isNoiseName);
const broken = (change: (text: string) => string) => () => decodeResultFile(change(text), 'r.json');

describe('result file', () => {
  it('comes back as it was written', () => {
    const file = decodeResultFile(text, 'r.json');
    expect(file.programs).toEqual([program]);
    expect(file.results[0]).toMatchObject({ ...syntheticResult(program), energyUj: { unit: 'uJ' } });
    expect(encodeResultFile({ ...file })).toBe(encodeResultFile({ ...decodeResultFile(encodeResultFile(file), '') }));
  });

  it('keeps the band, node and supply of an energy, and what is derived', () => {
    const result = syntheticResult(program);
    const about = { status: 'derived', low: 0.5, high: 2, nodeNm: 28, volts: 0.775 } as const;
    const energyUj = { value: 1, unit: 'uJ', source: 'test', ...about };
    const file = encodeResultFile({ results: [{ ...result, energyUj }], programs: [], noise: [], commands: [] });
    expect(decodeResultFile(file, 'r.json').results[0]?.energyUj).toEqual(energyUj);
  });

  it('keeps version and checksums of what made the numbers, and reads files without them', () => {
    const origin = { name: 'a', target: 't', chip: 'c', lodestone: '1.2.3', programSha256: '0'.repeat(64) };
    const origins = [origin, { ...origin, modelSha256: 'f'.repeat(64) }];
    const content = { results: [syntheticResult(program)], programs: [], noise: [], commands: [] };
    const file = encodeResultFile({ ...content, origins });
    expect(decodeResultFile(file, 'r.json').origins).toEqual(origins);
    expect(decodeResultFile(encodeResultFile(content), 'r.json').origins).toBeUndefined();
    expect(() => decodeResultFile(file.replace('ffff', 'xyzw'), 'r.json')).toThrow(
      /origins\.1\.modelSha256: it must be 64 hexadecimal digits/,
    );
  });

  it('holds sweeps of every kind of noise', () => {
    const noise = noiseNames.flatMap((name) => syntheticNoise('mnist-5core', name, [0, 0.1], 0.94));
    expect(noise).toHaveLength(2 * Object.keys(NO_NOISE).length);
    const file = encodeResultFile({ results: [], programs: [], noise, commands: [] });
    expect(decodeResultFile(file, 'r.json').noise).toEqual(noise);
  });

  it('refuses a truncated file, another file and another version, each with its place', () => {
    expect(broken((t) => t.slice(0, -20))).toThrow(/error\[not-json\] r\.json/);
    expect(broken(() => '{"a": 1}')).toThrow(/error\[not-a-result-file\] r\.json/);
    expect(broken((t) => t.replace(`"version": ${RESULT_VERSION}`, '"version": 7'))).toThrow(
      /version 7.*reads versions 3 and 4/,
    );
  });

  it('names the field that is wrong', () => {
    expect(broken((t) => t.replace('"accuracy": 0.964', '"accuracy": "high"'))).toThrow(/results\.0\.accuracy/);
    expect(broken((t) => t.replace('"samples": 1000', '"samples": 0'))).toThrow(/results\.0\.samples/);
    expect(
      broken((t) => t.replace(`"version": ${RESULT_VERSION}`, `"version": ${RESULT_VERSION}, "resluts": []`)),
    ).toThrow(/did you mean "results"/);
    expect(broken((t) => t.replace(/"role": \[\s*0,/, '"role": ['))).toThrow(/one entry per core/);
  });

  it('refuses numbers that contradict each other', () => {
    expect(broken((t) => t.replace(/"accuracyInterval": \[[^\]]*\]/, '"accuracyInterval": [1, 0]'))).toThrow(
      /results\.0\.accuracyInterval: the low end of an interval is above its high end/,
    );
    expect(broken((t) => t.replace(/"interval": \[[^\]]*\]/, '"interval": [0.9, 0.8]'))).toThrow(/noise\.0\.interval/);
    const contradicts = /results\.0: samples, correct, .* contradict each other/;
    expect(broken((t) => t.replace(/"outcomes": "\/\//, '"outcomes": "AA'))).toThrow(contradicts);
    expect(broken((t) => t.replace(/"outcomes": "\/{4}/, '"outcomes": "'))).toThrow(contradicts);
    expect(broken((t) => t.replace('"accuracy": 0.964', '"accuracy": 0.9'))).toThrow(contradicts);
    expect(broken((t) => t.replace(/"mismatches": \d+/, '"mismatches": 1001'))).toThrow(contradicts);
    expect(broken((t) => t.replace(/"chips": \d+/, '"chips": 77'))).toThrow(/noise\.0: there must be one accuracy per/);
  });

  it('refuses a file without anything to show', () => {
    const nothing = encodeResultFile({ results: [], programs: [], noise: [], commands: [] });
    expect(() => decodeResultFile(nothing, 'r.json')).toThrow(/error\[empty-result\] r\.json/);
    expect(broken(() => '')).toThrow(/error\[not-json\]/);
  });
});

describe('a number of a result file', () => {
  /** Whether the file is read after the value at a path was changed. */
  const isRead = (path: readonly (string | number)[], value: unknown): boolean => {
    const file: unknown = JSON.parse(text);
    const [last] = path.slice(-1);
    const parent = path.slice(0, -1).reduce((at: unknown, key) => Reflect.get(Object(at), key), file);
    Reflect.set(Object(parent), last!, value);
    try {
      decodeResultFile(JSON.stringify(file), 'r.json');
      return true;
    } catch {
      return false;
    }
  };

  it.each([
    [
      ['results', 0, 'accuracyInteger'],
      [0, 1],
      [-0.001, 1.001],
    ],
    [
      ['results', 0, 'accuracyFloat'],
      [0, 1],
      [-0.001, 1.001],
    ],
    [
      ['results', 0, 'mismatches'],
      [0, 1000],
      [-1, 0.5, 1001],
    ],
    [['results', 0, 'seed'], [0], [-1, 0.5]],
    [['results', 0, 'cores'], [0], [-1, 0.5]],
    [['results', 0, 'host', 'workers'], [0], [-1, 0.5]],
    [['results', 0, 'host', 'seconds'], [0, 0.5], [-0.5]],
    [['results', 0, 'time', 'perSample'], [0, 0.5], [-0.5]],
    [['results', 0, 'loads', 0, 'values'], [[0, 0.5]], [[-0.5]]],
    [['results', 0, 'target'], ['x'], ['']],
    [['results', 0, 'time', 'unit'], ['x'], ['']],
    [['programs', 0, 'nClasses'], [1], [0, 1.5]],
    [
      ['programs', 0, 'floorPlan', 'gridWidth'],
      [1, 65_536],
      [0, 65_537, 1.5],
    ],
    [
      ['programs', 0, 'floorPlan', 'layer', 0],
      [-1, 0],
      [-2, 0.5],
    ],
    [['programs', 0, 'floorPlan', 'role', 0], [0], [-1]],
    [['noise', 0, 'level'], [0, 5], [-1]],
    [['noise', 0, 'accuracyStd'], [0], [-1]],
    [
      ['noise', 0, 'accuracies', 0],
      [0, 1],
      [-0.1, 1.1],
    ],
    [['noise', 0, 'interval'], [[0.5, 0.5]], [[0.5, 0.4]]],
  ])('at %j is read at %j and refused at %j', (path, inside, outside) => {
    expect(inside.map((value: unknown) => isRead(path, value))).toEqual(inside.map(() => true));
    expect(outside.map((value: unknown) => isRead(path, value))).toEqual(outside.map(() => false));
  });

  it('of accuracy agrees with the counts, and lies in its interval', () => {
    const at = (key: string, value: unknown): boolean => isRead(['results', 0, key], value);
    expect([at('accuracyInterval', [0.964, 0.964]), at('accuracyInterval', [0, 1])]).toEqual([true, true]);
    expect([at('accuracyInterval', [0.965, 0.97]), at('accuracyInterval', [0.9, 0.963])]).toEqual([false, false]);
    expect([at('accuracy', 0.964 + 1e-10), at('accuracy', 0.964 - 1e-10)]).toEqual([true, true]);
    expect([at('accuracy', 0.964 + 1e-8), at('accuracy', 0.964 - 1e-8)]).toEqual([false, false]);
    expect([at('correct', 963), at('samples', 999)]).toEqual([false, false]);
  });

  it('of a view is there for every core, layer and step', () => {
    for (const key of ['x', 'y', 'layer', 'role'])
      expect(isRead(['programs', 0, 'floorPlan', key], [0]), key).toBe(false);
    expect(isRead(['programs', 0, 'layers', 'rows', 0], ['a', 'b', 'c'])).toBe(false);
    const track = { label: '', unit: '', values: [1, 2] };
    const tracks = (steps: number) => [
      {
        title: '',
        timeUnit: '',
        note: '',
        steps: Array.from({ length: steps }, () => ({ label: '', length: 0 })),
        tracks: [track],
      },
    ];
    expect([1, 2, 3].map((steps) => isRead(['programs', 0, 'tracks'], tracks(steps)))).toEqual([false, true, false]);
  });
});

it('each of results, programs and noise is enough to show', () => {
  const none = { results: [], programs: [], noise: [], commands: [] };
  for (const some of [
    { results: [syntheticResult(program)] },
    { programs: [program] },
    { noise: syntheticNoise('n', 'ber', [0], 0.9) },
  ]) {
    expect(() => decodeResultFile(encodeResultFile({ ...none, ...some }), 'r')).not.toThrow();
  }
});
