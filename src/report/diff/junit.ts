import exported, { type Builder } from 'junit-report-builder';
import { assert } from '../../common/assert.js';
import { significant } from '../../common/format.js';
import type { GateVerdict } from './gate.js';

/**
 * Gates as JUnit XML, which CI systems show: a test suite per pair of results, a test case per gate in it. A gate that does not hold is a
 * failure, one that cannot be decided an error. The same verdicts give the same text.
 */
export function gatesAsJunit(verdicts: readonly GateVerdict[]): string {
  // The package exports its builder itself, where its types say that it exports a module with a default.
  const builder: unknown = exported;
  assert(isBuilder(builder), 'junit-report-builder exports no builder');
  const report = builder.newBuilder().name('lodestone diff');
  for (const subject of new Set(verdicts.map((verdict) => verdict.subject))) {
    const suite = report.testSuite().name(subject);
    for (const { gate, verdict, change, reason } of verdicts.filter((of) => of.subject === subject)) {
      const test = suite.testCase().className(subject).name(gate);
      if (verdict === 'failed') test.failure(`the change is ${significant(change ?? 0, 4)}: ${gate}`, 'gate');
      if (verdict === 'undecided') test.error(`not known: ${reason}`, 'undecided');
    }
  }
  return `${report.build()}\n`;
}

const isBuilder = (value: unknown): value is Builder =>
  typeof value === 'object' && value !== null && 'newBuilder' in value;
