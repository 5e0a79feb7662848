import { describe, expect, it } from 'vitest';
import { lastTickOf, samplesPerRun } from '../../src/simulator/frames.js';
import type { FrameTiming } from '../../src/ir/program/truenorth.js';
import { emptyCores, programOf } from '../../src/chips/truenorth/kit/program-builder.js';

const at = (timing: FrameTiming) => programOf(emptyCores(1), { timing });
const FRAME: FrameTiming = { period: 4, inputStart: 1, inputTicks: 4, outputStart: 3, outputTicks: 2 };

describe('the samples of a run', () => {
  it('end with the last input or the last output, whichever is later', () => {
    expect([1, 2, 10].map((n) => lastTickOf(at(FRAME), n))).toEqual([5, 9, 41]);
    expect(lastTickOf(at({ ...FRAME, outputStart: 30 }), 2)).toBe(36);
  });

  it('are 40 in a short pipeline', () => {
    expect(samplesPerRun(at({ ...FRAME, outputStart: 18 }))).toBe(40);
  });

  it('are ten times the frames that a deep pipeline holds besides, begun ones included', () => {
    // The first decision is there after 22 ticks: 18 more than a period, 4.5 frames.
    expect(samplesPerRun(at({ ...FRAME, outputStart: 20 }))).toBe(50);
    expect(samplesPerRun(at({ ...FRAME, outputStart: 42 }))).toBe(100);
    expect(samplesPerRun(at({ ...FRAME, outputStart: 43 }))).toBe(110);
  });
});
