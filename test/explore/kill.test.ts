/** Kills of the whole program, as a process: what a signal handler or an exit hook does not see. The long form is scripts/kill-exploration.mjs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../cli/harness.js';

const folder = temporaryFolder();
const experiment = folder.at('experiment.yaml');
writeFileSync(
  experiment,
  `name: kill
images: 20
networks: [{ model: ${resolve('examples/models/mnist-5core.lsn')}, dataset: mnist }]
chips: [{ chip: truenorth, parameters: { axonsPerCore: { from: 256, to: 320, step: 8 } } }]
objectives: [energy]
`,
);
const output = folder.at('out');

const start = (...more: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['dist/src/cli/main.js', 'explore', experiment, '-o', output, '--workers', '1', ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
const lines = (): readonly string[] => {
  const path = `${output}/points.jsonl`;
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
};
const keysOf = (text: readonly string[]): readonly string[] => text.map((line) => line.slice(0, 41));

describe('kill -9', () => {
  test('loses no finished point and repeats none, and a second process is refused with the name of the first', async () => {
    const first = start();
    while (lines().length < 3) await sleep(20);
    // It holds still, so that it cannot end before the second one has looked.
    first.kill('SIGSTOP');
    const second = start('--resume');
    let err = '';
    second.stderr?.on('data', (text: Buffer) => (err += text.toString()));
    const [refused] = await once(second, 'exit');
    expect([refused, err]).toEqual([1, expect.stringContaining(`process ${first.pid}`)]);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const before = lines();
    const [code] = await once(start('--resume'), 'exit');
    expect(code).toBe(0);
    const after = lines();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(new Set(keysOf(after)).size).toBe(after.length);
    expect(after).toHaveLength(9);
  });

  test('of a full disk there is a clean end, and what is there stays', async () => {
    const before = lines();
    // The limit stands in for a disk: the next line of the journal does not fit any more.
    const blocks = Math.ceil(readFileSync(`${output}/points.jsonl`).length / 512);
    writeFileSync(experiment, readFileSync(experiment, 'utf8').replace('to: 320', 'to: 400'));
    const words = `ulimit -f ${blocks + 1}; exec ${process.execPath} dist/src/cli/main.js explore ${experiment} -o ${output} --workers 1 --resume`;
    const limited = spawn('sh', ['-c', words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    limited.stderr.on('data', (text: Buffer) => (err += text.toString()));
    const [code] = await once(limited, 'exit');
    expect([code, err]).toEqual([1, expect.stringContaining('error[unwritable-output]')]);
    expect(lines().slice(0, before.length)).toEqual(before);
  });
});
