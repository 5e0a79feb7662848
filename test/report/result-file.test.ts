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
