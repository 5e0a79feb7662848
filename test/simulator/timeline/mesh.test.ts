import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import { loadDataset } from '../../../src/data/index.js';
import { compileNetwork, readNetwork } from '../../../src/flow.js';
import { MeshModel } from '../../../src/hw-models/truenorth/mesh-model.js';
import { standardMesh } from '../../../src/hw-models/truenorth/mesh.js';
import { DEFAULT_TIMING } from '../../../src/hw-models/truenorth/timing.js';
import { traced, timeTraced } from '../../../src/simulator/noc/program-timing.js';
import { meshTimelineJson, meshTimelineOf } from '../../../src/simulator/timeline/mesh.js';
import type { CompleteEvent } from '../../../src/simulator/timeline/trace-format.js';
import { modelPath } from '../../cli/harness.js';

const float = readNetwork(readFileSync(modelPath('mnist-30core')), 'mnist-30core');
const { program } = compileNetwork(float, { chip: trueNorth });
const run = traced(program, await loadDataset('mnist', 'test'), {
  ...{ limit: 1, seed: 1, model: 'event', constants: DEFAULT_TIMING, tickNs: 1e6 },
});
const all = [...meshTimelineOf(run)];
const events = all.filter((event): event is CompleteEvent => event.ph === 'X');

describe('the timeline of a mesh', () => {
  it('shows each packet once on every link of its way, from its core into that of its target', () => {
    const { log } = run.trace;
    const moves = new Map<string, CompleteEvent[]>();
    for (const event of events.filter(({ name }) => name.startsWith('packet'))) {
      moves.set(event.name, [...(moves.get(event.name) ?? []), event]);
    }
    expect(moves.size).toBe(log.tick.length);
    const { width } = run.mesh;
    for (const [name, way] of moves) {
      const p = Number(name.split(' ')[1]);
      const [source, destination] = [log.source[p]!, log.destination[p]!];
      const distance =
        Math.abs((source % width) - (destination % width)) +
        Math.abs(Math.floor(source / width) - Math.floor(destination / width));
      // Out of the core, over the links, into the core.
      expect(way, name).toHaveLength(distance + 2);
      expect(way.map(({ ts }) => ts)).toEqual(way.map(({ ts }) => ts).toSorted((a, b) => a - b));
      expect([way[0]?.pid, way.at(-1)?.pid]).toEqual([16 + source, 16 + destination]);
    }
  });

  it('has no two events on a thread at once, and a name for every thread', () => {
    const names = new Set(all.flatMap((e) => (e.ph === 'M' && e.name === 'thread_name' ? [`${e.pid}/${e.tid}`] : [])));
    const busy = new Map<string, number>();
    for (const { pid, tid, ts, dur } of events) {
      const thread = `${pid}/${tid}`;
      if (pid > 1) expect(names, thread).toContain(thread);
      expect(ts, thread).toBeGreaterThanOrEqual(busy.get(thread) ?? 0);
      busy.set(thread, ts + dur);
    }
  });

  it('is a JSON file with the facts of the run, the same for the same run', () => {
    const text = [...meshTimelineJson(run)].join('');
    const { otherData, traceEvents } = JSON.parse(text);
    expect(otherData).toMatchObject({ program: 'mnist-30core', packets: run.trace.log.tick.length });
    expect(traceEvents).toHaveLength(all.length);
    expect([...meshTimelineJson(run)].join('')).toBe(text);
    expect(timeTraced(run)).toMatchObject({ packets: otherData.packets });
  });
});

it('a mesh that skips idle cycles delivers every packet in the same cycle', () => {
  const mesh = { ...standardMesh(4, 3), chipWidth: 2, chipHeight: 3, edgeCycles: 3 };
  const traffic = {
    release: Int32Array.of(0, 0, 1, 500, 501, 900),
    source: Int32Array.of(0, 1, 2, 0, 0, 11),
    destination: Int32Array.of(11, 11, 3, 3, 7, 0),
  };
  const [plain, skipping] = [new MeshModel(mesh, traffic), new MeshModel(mesh, traffic)];
  plain.run(10_000);
  let steps = 0;
  while (skipping.isBusy) {
    skipping.skipIdle();
    skipping.step();
    steps++;
  }
  expect(skipping.arrival).toEqual(plain.arrival);
  expect(steps).toBeLessThan(200);
});
