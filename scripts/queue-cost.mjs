// What a queue costs: bytes and milliseconds of every point, after npm run build; redis-server has to be there.
//
//   node scripts/queue-cost.mjs [--points 1000] [--workers 2]
//
// All points share one run and differ in their price, so that next to nothing but the way is measured.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';

const { values } = parseArgs({
  options: { points: { type: 'string', default: '1000' }, workers: { type: 'string', default: '2' } },
});
const points = Number(values.points);
const workers = Number(values.workers);
const folder = mkdtempSync(join(tmpdir(), 'lodestone-queue-'));
const experiment = join(folder, 'experiment.yaml');
writeFileSync(
  experiment,
  `name: queue-cost
images: 20
networks: [{ model: ${resolve('examples/models/mnist-5core.lsn')}, dataset: mnist }]
chips: [{ chip: truenorth, parameters: { tickHz: { from: 1000, to: ${1000 + points - 1}, step: 1 } } }]
objectives: [energy, latency]
`,
);
const port = 20_000 + (process.pid % 20_000);
const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
for await (const text of server.stdout) if (String(text).includes('Ready to accept connections')) break;
server.stdout.resume();
const client = new Redis({ port, host: '127.0.0.1' });

async function info() {
  const text = await client.info();
  const of = (name) => Number(new RegExp(`${name}:(\\d+)`).exec(text)[1]);
  return {
    in: of('total_net_input_bytes'),
    out: of('total_net_output_bytes'),
    commands: of('total_commands_processed'),
    cpu: Number(/used_cpu_user:([\d.]+)/.exec(text)[1]) + Number(/used_cpu_sys:([\d.]+)/.exec(text)[1]),
    peak: of('used_memory_peak'),
  };
}

const lodestone = (...args) =>
  spawn(process.execPath, [resolve('dist/src/cli/main.js'), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });

async function timed(...more) {
  const start = performance.now();
  const [code] = await once(lodestone('explore', experiment, '--quiet', '--workers', String(workers), ...more), 'exit');
  if (code !== 0) throw new Error(`explore ended with ${code}`);
  return (performance.now() - start) / 1000;
}

const here = await timed('-o', join(folder, 'here'));
const url = `redis://127.0.0.1:${port}`;
const running = Array.from({ length: workers }, (_, i) =>
  lodestone('worker', '--quiet', '--queue', url, '--workers', '1', '--cache', join(folder, `cache-${i}`)),
);
const before = await info();
const queued = await timed('-o', join(folder, 'queued'), '--queue', url);
const after = await info();
for (const one of running) one.kill('SIGTERM');
await Promise.all(running.map((one) => once(one, 'exit')));
await client.quit();
server.kill('SIGTERM');
rmSync(folder, { recursive: true });

const each = (name) => (after[name] - before[name]) / points;
console.log(`${points} points, ${workers} workers`);
console.log(`processes here       ${here.toFixed(1)} s, ${((1000 * here) / points).toFixed(2)} ms a point`);
console.log(`the queue            ${queued.toFixed(1)} s, ${((1000 * queued) / points).toFixed(2)} ms a point`);
console.log(`to the server        ${each('in').toFixed(0)} bytes a point`);
console.log(`from the server      ${each('out').toFixed(0)} bytes a point`);
console.log(`commands             ${each('commands').toFixed(1)} a point`);
console.log(`CPU of the server    ${(1000 * each('cpu')).toFixed(3)} ms a point`);
console.log(`memory of the server ${(after.peak / 2 ** 20).toFixed(1)} MiB at most`);
