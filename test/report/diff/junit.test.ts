import { expect, it } from 'vitest';
import type { GateVerdict } from '../../../src/report/diff/gate.js';
import { gatesAsJunit } from '../../../src/report/diff/junit.js';

const verdicts: readonly GateVerdict[] = [
  { gate: 'accuracy<-0.1pp', subject: 'net "a"', verdict: 'passed', change: 0.2, reason: '' },
  { gate: 'energy>5%', subject: 'net "a"', verdict: 'failed', change: 7.25, reason: '' },
  { gate: 'energy>5%', subject: 'b & c', verdict: 'undecided', change: null, reason: 'no <table>' },
];

it('JUnit XML has a suite per pair and a case per gate; what fails is a failure, what cannot be decided an error', () => {
  expect(gatesAsJunit(verdicts)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lodestone diff" tests="3" failures="1" errors="1" skipped="0">
  <testsuite name="net &quot;a&quot;" tests="2" failures="1" errors="0" skipped="0">
    <testcase classname="net &quot;a&quot;" name="accuracy&lt;-0.1pp"/>
    <testcase classname="net &quot;a&quot;" name="energy>5%">
      <failure message="the change is 7.250: energy>5%" type="gate"/>
    </testcase>
  </testsuite>
  <testsuite name="b &amp; c" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="b &amp; c" name="energy>5%">
      <error message="not known: no &lt;table>" type="undecided"/>
    </testcase>
  </testsuite>
</testsuites>
`);
  expect(gatesAsJunit(verdicts)).toBe(gatesAsJunit(verdicts));
});
