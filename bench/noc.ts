/**
 * The mesh: latency against load with the saturation point, and speed in cycles per second of CPU time.
 *
 * Saturated is a load at which the mean latency is three times that of the empty mesh, or packets do not get through.
 * Run after `npm run build`: npm run bench -- noc [--json] [--seeds 1] [--cycles 30000]; a long validation is --seeds 5 --cycles 200000.
 */
import { cpus } from 'node:os';
import { BOOKSIM, PEER_LATENCIES, uniformLatency } from '../src/experiments/noc-validation.js';
import { standardMesh } from '../src/hw-models/truenorth/mesh.js';
import { simulateMesh } from '../src/simulator/noc/fast-mesh.js';
import { uniformTraffic } from '../src/simulator/noc/uniform-traffic.js';

const json = process.argv.includes('--json');
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;

const CURVES: readonly (readonly [number, readonly number[]])[] = [
  [8, [0.01, 0.05, 0.1, 0.2, 0.3, 0.34, 0.35, 0.36, 0.37, 0.38, 0.4]],
  [16, [0.01, 0.05, 0.1, 0.15, 0.18, 0.19, 0.2, 0.205, 0.21, 0.215, 0.22]],
];
const SPEEDS: readonly (readonly [number, number, number])[] = [
  [8, 0.05, 60_000],
  [8, 0.2, 30_000],
  [16, 0.05, 30_000],
  [16, 0.15, 20_000],
  [64, 0.002, 10_000],
  [64, 0.01, 4000],
];

/** Value of a numeric option. */
function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!(value >= 1)) throw new Error(`${name} needs a number from 1 on`);
  return value;
}

const seeds = Array.from({ length: option('--seeds', 1) }, (_, i) => i + 1);
const cycles = option('--cycles', 30_000);
const curves = CURVES.map(([size, rates]) => {
  const points = rates.map((rate) => {
    const runs = seeds.map((seed) => uniformLatency(size, rate, { warmUp: 10_000, cycles, seed }));
    const latency = runs.reduce((a, b) => a + b, 0) / runs.length;
    const range = [Math.min(...runs), Math.max(...runs)];
    const peer = PEER_LATENCIES.find((p) => p.size === size && p.rate === rate)?.cycles ?? null;
    return { rate, latency: Number.isNaN(latency) ? null : latency, range, peer };
  });
  const limit = 3 * (points[0]?.latency ?? Number.NaN);
  const saturated = points.find(({ latency }) => latency === null || latency > limit)?.rate ?? null;
  return { size, points, saturated };
});

const speeds = SPEEDS.map(([size, rate, cycles]) => {
  const traffic = uniformTraffic({ nRouters: size * size, rate, cycles, seed: 2 });
  const spec = standardMesh(size, size);
  const rates = [0, 1, 2, 3, 4].map(() => {
    const start = process.cpuUsage();
    const run = simulateMesh(spec, traffic, cycles);
    const { user, system } = process.cpuUsage(start);
    return run.cycles / ((user + system) / 1e6);
  });
  rates.sort((a, b) => a - b);
  return { size, rate, cyclesPerSecond: rates[2] ?? 0 };
});

if (json) {
  console.log(JSON.stringify({ machine, source: BOOKSIM, curves, speeds }, null, 2));
} else {
  console.log(`machine: ${machine}\n`);
  for (const { size, points, saturated } of curves) {
    console.log(`${size} x ${size}, uniform random: mean latency in cycles`);
    for (const { rate, latency, range, peer } of points) {
      const ours = latency === null ? 'saturated' : latency.toFixed(2);
      const gap =
        peer === null || latency === null ? '' : ` BookSim 2: ${peer} (${((latency / peer - 1) * 100).toFixed(2)} %)`;
      const scatter = seeds.length > 1 && latency !== null ? ` (${range.map((l) => l.toFixed(2)).join('..')})` : '';
      console.log(`  ${rate.toFixed(3)} ${ours.padStart(10)}${scatter}${gap}`);
    }
    console.log(
      `  saturates at ${saturated === null ? 'no load of the list' : `${saturated} packets per router and cycle`}\n`,
    );
  }
  console.log('speed, cycles per second of CPU time, median of 5');
  for (const { size, rate, cyclesPerSecond } of speeds) {
    console.log(`  ${size} x ${size} at ${rate}: ${(cyclesPerSecond / 1000).toFixed(1)} k`);
  }
}
