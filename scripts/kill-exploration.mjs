// Kills an exploration, or one of its workers, again and again (kill -9 at drawn moments), resumes it, and looks whether a finished point was lost or one
// measured twice: node scripts/kill-exploration.mjs [times] [seed] (after npm run build). Exit code 1 where that is so.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PURPOSE, sequence } from '../dist/src/common/rng.js';

const [times = 50, seed = 1] = process.argv.slice(2).map(Number);
const draws = sequence(seed, PURPOSE.test);
const folder = mkdtempSync(join(tmpdir(), 'lodestone-kill-'));
const experiment = join(folder, 'experiment.yaml');
writeFileSync(
  experiment,
  `name: kill
images: 20
networks: [{ model: ${resolve('examples/models/mnist-5core.lsn')}, dataset: mnist }]
chips: [{ chip: truenorth, parameters: { axonsPerCore: { from: 256, to: 1024, step: 8 }, neuronsPerCore: [256, 264] } }]
objectives: [energy]
limits: { memoryMiB: 2000 }
`,
);
const output = join(folder, 'out');
const journal = join(output, 'points.jsonl');

/** Keys in the journal, whole lines only. */
function keys() {
  let text = '';
  try {
    text = readFileSync(journal, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => /^\{"key":"([0-9a-f]{32})".*\}$/.exec(line)?.[1] ?? []);
}

/** Processes that a process started, by /proc. */
function childrenOf(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function start() {
  const args = ['dist/src/cli/main.js', 'explore', experiment, '-o', output, '--workers', '2', '--resume', '--quiet'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

const ended = (child) => new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

let killed = 0;
let workers = 0;
let problems = 0;
let before = [];
for (let run = 0; killed < times; run++) {
  const child = start();
  const end = ended(child);
  const ofWorker = draws.uniform() < 0.4;
  // Some moments lie before the first new point, the others between two of the next ones.
  const more = draws.below(4);
  const known = before.length;
  for (let i = 0; i < 1000 && child.exitCode === null && keys().length < known + more; i++) await wait(20);
  await wait(300 * draws.uniform() + (more === 0 ? 1500 * draws.uniform() : 0));
  if (ofWorker) {
    const [worker] = childrenOf(child.pid);
    if (worker !== undefined) {
      process.kill(worker, 'SIGKILL');
      workers++;
      killed++;
    }
    await wait(700 * draws.uniform());
  }
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    killed++;
  }
  await end;
  const now = keys();
  const lost = before.filter((key) => !now.includes(key));
  const twice = now.filter((key, i) => now.indexOf(key) !== i);
  if (lost.length > 0 || twice.length > 0) {
    console.log(`run ${run}: ${lost.length} points lost, ${twice.length} measured twice`);
    problems++;
  }
  // A run that came to its end begins anew.
  if (child.exitCode === 0) rmSync(output, { recursive: true, force: true });
  before = child.exitCode === 0 ? [] : now;
}
const last = await ended(start());
const all = keys();
if (last.code !== 0 || new Set(all).size !== all.length) problems++;
console.log(`${killed} kills (${workers} of workers), ${all.length} points at the end, ${problems} problems`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = problems === 0 ? 0 : 1;
