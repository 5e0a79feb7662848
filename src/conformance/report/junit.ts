import exported, { type Builder } from 'junit-report-builder';
import { assert } from '../../common/assert.js';
import type { Finding } from '../findings.js';
import { messageOf } from './tap.js';
import { findingText } from './text.js';

/** Findings as JUnit XML, which CI systems show: a test case each. The same findings give the same text. */
export function findingsAsJunit(findings: readonly Finding[]): string {
  // The package exports its builder itself, where its types say that it exports a module with a default.
  const builder: unknown = exported;
  assert(isBuilder(builder), 'junit-report-builder exports no builder');
  const report = builder.newBuilder().name('lodestone conform');
  const suite = report.testSuite().name('conformance');
  for (const finding of findings) {
    const test = suite.testCase().className('conformance').name(finding.name);
    if (!finding.passed)
      test.failure(`${messageOf(finding)}\n${findingText(finding)}`, finding.first?.rule ?? 'stopped');
  }
  return `${report.build()}\n`;
}

const isBuilder = (value: unknown): value is Builder =>
  typeof value === 'object' && value !== null && 'newBuilder' in value;
