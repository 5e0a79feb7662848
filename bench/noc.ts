/**
 * The mesh: mean latencies next to those of BookSim 2, the load at which it saturates, and speed in cycles per second of CPU time,
 * without and with the drawing of the traffic.
 *
 * Saturated is a load at which the mean latency is three times that of the empty mesh, or packets do not get through. The speeds of
 * BookSim 2 were measured on another day: their ratio to ours is an order of magnitude.
 * Run after `npm run build`: npm run bench -- noc [--seeds 1] [--cycles 40000] [--repetitions 3] [--json]
 */
import { parseArgs } from 'node:util';
import { BOOKSIM, PEER_LATENCIES } from '../src/chips/truenorth/validation/booksim-latencies.js';
import { loadedLatency, loadRow } from '../src/chips/truenorth/validation/noc.js';
import { standardMesh } from '../src/hw-models/truenorth/mesh.js';
import { byDefault, COMMON_OPTIONS, cpuSeconds, finish, machineText, median, QUICK, say } from './harness.js';
import { simulateMesh } from '../src/simulator/noc/fast-mesh.js';
import { drawTraffic, type TrafficPattern } from '../src/simulator/noc/synthetic-traffic.js';

const SATURATION = [
  [8, [0.355, 0.36, 0.365, 0.37, 0.375, 0.38]],
  [16, [0.195, 0.2, 0.205, 0.21, 0.215]],
] as const;
/** Large meshes with little traffic, as programs have it. */
const SPARSE = [
  [64, 0.002],
  [64, 0.01],
] as const;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    seeds: { type: 'string', default: '1' },
    repetitions: { type: 'string', default: byDefault('3', '1') },
    cycles: { type: 'string', default: byDefault('40000', '1000') },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const repetitions = Number(values.repetitions);
const watched = Number(values.cycles);

/** Seconds of CPU time of a call. */
function timed(call: () => void): number {
  const start = cpuSeconds();
  call();
  return cpuSeconds() - start;
}

/** Cycles per second of CPU time, of the mesh alone and with the drawing of its traffic; about 250,000 packets a run. */
function speedOf(side: number, load: number, pattern: TrafficPattern): { alone: number; withDrawing: number } {
  const cycles = Math.min(200_000, Math.ceil(byDefault(250_000, 10_000) / (load * side * side)));
  const runs = Array.from({ length: repetitions }, (_, seed) => {
    let traffic = drawTraffic({ pattern, side, rate: load, cycles: 1, seed });
    const drawing = timed(() => {
      traffic = drawTraffic({ pattern, side, rate: load, cycles, seed });
    });
    const mesh = timed(() => simulateMesh(standardMesh(side, side), traffic, cycles));
    return { alone: cycles / mesh, withDrawing: cycles / (mesh + drawing) };
  });
  return { alone: median(runs.map((r) => r.alone)), withDrawing: median(runs.map((r) => r.withDrawing)) };
}

const rows = PEER_LATENCIES.slice(0, byDefault(PEER_LATENCIES.length, 1)).map((peer) => {
  const { side, pattern, load } = peer;
  const results = seeds.map((seed) => loadRow(peer, { warmUp: byDefault(10_000, 1000), cycles: watched, seed }));
  const means = results.map(({ ours }) => ours ?? Number.NaN);
  const latency = means.reduce((a, b) => a + b, 0) / means.length;
  const met = results.every(({ ok }) => ok === true);
  return { ...peer, latency, range: [Math.min(...means), Math.max(...means)], met, ours: speedOf(side, load, pattern) };
});
const saturation = (QUICK ? [] : SATURATION).map(([side, loads]) => {
  const limit = 3 * 3 * ((2 * (side - 1 / side)) / 3 + 1) + 6;
  const at = loads.find((load) => !(loadedLatency({ side, pattern: 'uniform', load }) <= limit)) ?? null;
  return { side, at, below: loads.filter((load) => at === null || load < at).at(-1) ?? null };
});
const sparse = (QUICK ? [] : SPARSE).map(([side, load]) => ({ side, load, ours: speedOf(side, load, 'uniform') }));

say(`${machineText}\n\nmean latency in cycles, and 1,000 cycles per second of CPU time (median of ${repetitions})`);
say('mesh   traffic      load  BookSim 2 (spread)     ours   differ  met | alone  drawn | BookSim 2  times, drawn');
const thousands = (value: number): string => (value / 1000).toFixed(value < 1e5 ? 1 : 0).padStart(6);
for (const { side, pattern, load, cycles, spread, latency, met, ours, speed } of rows) {
  const name = `${side}x${side}`.padEnd(6) + ` ${pattern.padEnd(9)} ${load.toFixed(4)}`;
  const gap = `${((latency / cycles - 1) * 100).toFixed(2)} %`.padStart(8);
  const latencies = `${cycles.toFixed(3)} (${spread.toFixed(3)})  ${latency.toFixed(3).padStart(7)} ${gap}`;
  const speeds = `${thousands(ours.alone)} ${thousands(ours.withDrawing)} | ${thousands(speed)}`;
  const times = `${(ours.alone / speed).toFixed(0).padStart(4)} ${(ours.withDrawing / speed).toFixed(0).padStart(4)}`;
  say(`${name}  ${latencies}  ${met ? 'yes' : 'NO '} | ${speeds}  ${times}`);
}
for (const { side, at, below } of saturation) {
  say(`${side} x ${side}, uniform: saturates ${at === null ? 'beyond' : `between ${below} and`} ${at ?? below}`);
}
for (const { side, load, ours } of sparse) {
  say(`${side} x ${side} at ${load}: ${thousands(ours.alone)} k alone, ${thousands(ours.withDrawing)} k drawn`);
}

const ratios = rows.flatMap(({ side, pattern, load, speed, ours }) => [
  [`${side}x${side} ${pattern} ${load}: cycles/s / BookSim 2`, ours.alone / speed],
  [`${side}x${side} ${pattern} ${load}: cycles/s with drawing / BookSim 2`, ours.withDrawing / speed],
]);
finish({ bench: 'noc', rows, ratios: Object.fromEntries(ratios), notes: { source: BOOKSIM, saturation, sparse } });
