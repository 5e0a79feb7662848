/**
 * The mesh: mean latencies next to those of BookSim 2, the load at which it saturates, and speed in cycles per second of CPU time,
 * without and with the drawing of the traffic.
 *
 * Saturated is a load at which the mean latency is three times that of the empty mesh, or packets do not get through. The speeds of
 * BookSim 2 were measured on another day: their ratio to ours is an order of magnitude.
 * Run after `npm run build`: npm run bench -- noc [--json] [--seeds 1] [--cycles 40000] [--repetitions 3]
 */
import { cpus } from 'node:os';
import { BOOKSIM, PEER_LATENCIES } from '../src/chips/truenorth/validation/booksim-latencies.js';
import { loadedLatency, loadRow } from '../src/chips/truenorth/validation/noc.js';
import { standardMesh } from '../src/hw-models/truenorth/mesh.js';
import { simulateMesh } from '../src/simulator/noc/fast-mesh.js';
import { drawTraffic, type TrafficPattern } from '../src/simulator/noc/synthetic-traffic.js';

const json = process.argv.includes('--json');
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;

const SATURATION = [
  [8, [0.355, 0.36, 0.365, 0.37, 0.375, 0.38]],
  [16, [0.195, 0.2, 0.205, 0.21, 0.215]],
] as const;
/** Large meshes with little traffic, as programs have it. */
const SPARSE = [
  [64, 0.002],
  [64, 0.01],
] as const;

/** Value of a numeric option. */
function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!(value >= 1)) throw new Error(`${name} needs a number from 1 on`);
  return value;
}

const seeds = Array.from({ length: option('--seeds', 1) }, (_, i) => i + 1);
const repetitions = option('--repetitions', 3);
const watched = option('--cycles', 40_000);

/** Seconds of CPU time of a call. */
function cpuSeconds(call: () => void): number {
  const start = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Cycles per second of CPU time, of the mesh alone and with the drawing of its traffic; about 250,000 packets a run. */
function speedOf(side: number, load: number, pattern: TrafficPattern): { alone: number; withDrawing: number } {
  const cycles = Math.min(200_000, Math.ceil(250_000 / (load * side * side)));
  const runs = Array.from({ length: repetitions }, (_, seed) => {
    let traffic = drawTraffic({ pattern, side, rate: load, cycles: 1, seed });
    const drawing = cpuSeconds(() => {
      traffic = drawTraffic({ pattern, side, rate: load, cycles, seed });
    });
    const mesh = cpuSeconds(() => simulateMesh(standardMesh(side, side), traffic, cycles));
    return { alone: cycles / mesh, withDrawing: cycles / (mesh + drawing) };
  });
  return { alone: median(runs.map((r) => r.alone)), withDrawing: median(runs.map((r) => r.withDrawing)) };
}

const rows = PEER_LATENCIES.map((peer) => {
  const { side, pattern, load } = peer;
  const results = seeds.map((seed) => loadRow(peer, { warmUp: 10_000, cycles: watched, seed }));
  const means = results.map(({ ours }) => ours ?? Number.NaN);
  const latency = means.reduce((a, b) => a + b, 0) / means.length;
  const met = results.every(({ ok }) => ok === true);
  return { ...peer, latency, range: [Math.min(...means), Math.max(...means)], met, ours: speedOf(side, load, pattern) };
});
const saturation = SATURATION.map(([side, loads]) => {
  const limit = 3 * 3 * ((2 * (side - 1 / side)) / 3 + 1) + 6;
  const at = loads.find((load) => !(loadedLatency({ side, pattern: 'uniform', load }) <= limit)) ?? null;
  return { side, at, below: loads.filter((load) => at === null || load < at).at(-1) ?? null };
});
const sparse = SPARSE.map(([side, load]) => ({ side, load, ours: speedOf(side, load, 'uniform') }));

if (json) {
  console.log(JSON.stringify({ machine, source: BOOKSIM, rows, saturation, sparse }, null, 2));
} else {
  console.log(
    `machine: ${machine}\n\nmean latency in cycles, and 1,000 cycles per second of CPU time (median of ${repetitions})`,
  );
  console.log(
    'mesh   traffic      load  BookSim 2 (spread)     ours   differ  met | alone  drawn | BookSim 2  times, drawn',
  );
  const thousands = (value: number): string => (value / 1000).toFixed(value < 1e5 ? 1 : 0).padStart(6);
  for (const { side, pattern, load, cycles, spread, latency, met, ours, speed } of rows) {
    const name = `${side}x${side}`.padEnd(6) + ` ${pattern.padEnd(9)} ${load.toFixed(4)}`;
    const gap = `${((latency / cycles - 1) * 100).toFixed(2)} %`.padStart(8);
    const latencies = `${cycles.toFixed(3)} (${spread.toFixed(3)})  ${latency.toFixed(3).padStart(7)} ${gap}`;
    const speeds = `${thousands(ours.alone)} ${thousands(ours.withDrawing)} | ${thousands(speed)}`;
    const times = `${(ours.alone / speed).toFixed(0).padStart(4)} ${(ours.withDrawing / speed).toFixed(0).padStart(4)}`;
    console.log(`${name}  ${latencies}  ${met ? 'yes' : 'NO '} | ${speeds}  ${times}`);
  }
  for (const { side, at, below } of saturation) {
    console.log(
      `${side} x ${side}, uniform: saturates ${at === null ? 'beyond' : `between ${below} and`} ${at ?? below}`,
    );
  }
  for (const { side, load, ours } of sparse) {
    console.log(
      `${side} x ${side} at ${load}: ${thousands(ours.alone)} k alone, ${thousands(ours.withDrawing)} k drawn`,
    );
  }
}
