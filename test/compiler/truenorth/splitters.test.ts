import { describe, expect, it } from 'vitest';

import { addAxon, type CoreDraft, coreSizeOf, type Sink } from '../../../src/compiler/targets/truenorth/drafts.js';
import { type DrivenWire, fanOutCost, planFanOut } from '../../../src/compiler/targets/truenorth/splitters.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';

const size = coreSizeOf(TRUENORTH);

/** An axon of a core of its own. */
function sink(): Sink {
  const core: CoreDraft = { layer: 1, role: 'layer', axonType: [], neurons: [] };
  return { core, axon: addAxon(core, 0) };
}

const count = (drivers: number, readers: number): DrivenWire => ({
  drivers: Array.from({ length: drivers }, (_, output) => ({ output, lag: output })),
  readers: [{ sinks: Array.from({ length: readers }, sink), due: 7 }],
});

describe('fan-out of a wire that several outputs drive', () => {
  it('is split as a whole: a copy of every output, and as many neurons of the splitter as there are readers', () => {
    const wire = count(12, 100);
    const { copies, cores } = fanOutCost([wire], 12, 1, size);
    expect([...copies]).toEqual(new Array(12).fill(1));
    expect(cores).toBe(1);
    const fanOut = planFanOut([wire], 12, 1, 0, size);
    const [splitter] = fanOut.cores;
    expect(splitter!.axonType).toHaveLength(1);
    expect(splitter!.neurons).toHaveLength(100);
    expect(fanOut.merged).toEqual([{ core: splitter, axon: 0 }]);
    expect(fanOut.targets.map((ofOutput) => ofOutput.map(({ sink, delay }) => [sink.core, delay]))).toEqual(
      Array.from({ length: 12 }, (_, lag) => [[splitter, 1 + lag]]),
    );
  });

  it('reaches every reader in the same tick with copies as through splitters', () => {
    for (const limit of [1, 1000]) {
      const wire = count(3, 5);
      const { leaves } = fanOutCost([wire], 3, limit, size);
      const { targets, cores } = planFanOut([wire], 3, limit, 0, size);
      targets.forEach((ofOutput, lag) => {
        for (const { sink, delay } of ofOutput) {
          const relays = cores.some((core) => core === sink.core)
            ? [...sink.core.neurons].filter(({ axons }) => axons.includes(sink.axon))
            : [];
          const arrivals =
            relays.length === 0
              ? [delay]
              : relays.map(({ destination }) => delay + (destination.kind === 'axon' ? (destination.delay ?? 1) : NaN));
          // Leaves so many ticks before the last output; a step acts its lag after the tick in which the reader's window begins.
          for (const arrival of arrivals) expect(arrival).toBe(leaves - 7 + lag);
        }
      });
    }
  });

  it('copies outputs where that takes fewer neurons than the limit', () => {
    const { copies, cores } = fanOutCost([count(3, 2), count(1, 3)], 3, 4, size);
    expect([...copies]).toEqual([2 + 3, 2, 2]);
    expect(cores).toBe(0);
  });

  it('costs as many copies and splitters as are built, whatever the limit and the delays', () => {
    const mixed = (drivers: number, first: number, axons: readonly number[]): DrivenWire => ({
      drivers: Array.from({ length: drivers }, (_, k) => ({ output: first + k, lag: k })),
      readers: axons.map((n, k) => ({ sinks: Array.from({ length: n }, sink), due: 7 + 5 * k })),
    });
    const wires = [mixed(1, 0, [3]), mixed(2, 1, [1, 300]), mixed(12, 3, [40, 2, 0, 7]), mixed(1, 15, [2, 2, 2, 2, 2])];
    for (const limit of [0, 1, 2, 4, 64, 1000]) {
      const { copies, cores } = fanOutCost(wires, 16, limit, size);
      const built = planFanOut(wires, 16, limit, 0, size);
      expect(built.targets.map((targets) => targets.length)).toEqual([...copies]);
      expect(built.cores).toHaveLength(cores);
    }
  });

  it('goes through relays where a reader is later than the longest delay after the last step', () => {
    const wire: DrivenWire = {
      ...count(8, 0),
      readers: [
        { sinks: [sink()], due: 40 },
        { sinks: [sink()], due: 20 },
      ],
    };
    const { targets, cores } = planFanOut([wire], 8, 1000, 0, size);
    expect(cores.length).toBeGreaterThan(0);
    for (const ofOutput of targets) for (const { delay } of ofOutput) expect(delay).toBeLessThanOrEqual(size.maxDelay);
  });
});
