import { describe, expect, it } from 'vitest';
import { assert, assertNever, present } from '../../src/common/assert.js';
import { errorAt, fail, formatDiagnostics, throwIfErrors, UserError, warningAt } from '../../src/common/diagnostics.js';

describe('diagnostics', () => {
  it('throws with every finding when one of them is an error', () => {
    const findings = [warningAt('w', 'layer a', 'slow', 'none'), errorAt('e', 'layer b', 'too wide', 'split it')];
    expect(() => throwIfErrors(findings)).toThrow(UserError);
    expect(() => throwIfErrors(findings)).toThrow(/warning\[w\] layer a: slow[^]*error\[e\] layer b: too wide/);
  });

  it('lets warnings through', () => {
    const findings = [warningAt('w', 'layer a', 'slow', 'none')];
    expect(throwIfErrors(findings)).toBe(findings);
  });

  it('prints the first twenty findings, errors before warnings, and how many more there are', () => {
    const warnings = Array.from({ length: 30 }, (_, i) => warningAt('w', `layer ${i}`, 'slow', 'none'));
    const text = formatDiagnostics([...warnings, errorAt('e', 'layer z', 'too wide', 'split it')]);
    expect(text.split('\n')).toHaveLength(20 * 2 + 1);
    expect(text).toMatch(/^error\[e\] layer z: [^]*warning\[w\] layer 18: [^]*\n\.\.\. and 11 more of such findings$/);
    expect(formatDiagnostics(warnings.slice(0, 20))).not.toContain('more');
  });

  it('prints place, message and remedy of a failure', () => {
    expect(() => fail('code', 'file x', 'is short', 'copy it again')).toThrow(
      'error[code] file x: is short\n  remedy: copy it again',
    );
  });
});

describe('assertions', () => {
  it('name an internal error', () => {
    expect(() => assert(1 > 2, 'order')).toThrow('internal error: order');
    expect(() => present(undefined, 'core 3')).toThrow('internal error: missing core 3');
    expect(present(0, 'zero')).toBe(0);
    const broken: unknown = 'x';
    expect(() => Reflect.apply(assertNever, undefined, [broken])).toThrow('unexpected variant "x"');
  });
});
