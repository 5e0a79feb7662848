import { describe, expect, it } from 'vitest';
import { groupedFindings } from '../../src/cli/grouped-findings.js';
import { type Diagnostic, errorAt, warningAt } from '../../src/common/diagnostics.js';

const real = (layer: string, network = 'net'): Diagnostic =>
  errorAt('real-weights', `${network}: layer "${layer}" (dense)`, 'its weights are real', 'quantise them');

describe('findings of a whole network', () => {
  it('are one paragraph where they differ in the layer only, errors before warnings', () => {
    const text = groupedFindings([
      warningAt('close', 'net: layer "a" (dense)', 'it is close', 'look'),
      real('a'),
      errorAt('large', 'net', 'it needs 4 cores, there are 2', 'use fewer'),
      real('b'),
      real('c', 'other'),
    ]);
    expect(text).toBe(
      [
        'error[real-weights] net: 2 layers: its weights are real',
        '  layers: "a" (dense), "b" (dense)',
        '  remedy: quantise them',
        'error[large] net: it needs 4 cores, there are 2',
        '  remedy: use fewer',
        'error[real-weights] other: layer "c" (dense): its weights are real',
        '  remedy: quantise them',
        'warning[close] net: layer "a" (dense): it is close',
        '  remedy: look',
      ].join('\n'),
    );
  });

  it('are all there, however many, and those without a layer that say the same are told once', () => {
    const many = Array.from({ length: 100 }, (_, i) => real(`layer${i}`));
    expect(groupedFindings(many)).toContain('net: 100 layers');
    expect(groupedFindings(many)).toContain('"layer99" (dense)');
    const twice = errorAt('large', 'net', 'it is large', 'use less');
    expect(groupedFindings([twice, twice]).match(/large\]/g)).toHaveLength(1);
  });
});
