import { readFile } from 'node:fs/promises';

/**
 * Most memory a process has held since its program started, in MiB, as Linux tells it (proc(5), VmHWM); 0 elsewhere, and as long as it is not yet the
 * program `wanted`: between fork and exec its memory is that of its parent.
 */
export async function peakMiB(pid: number | 'self', wanted?: string): Promise<number> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  // Before its memory: a program that is there now is there when that is read.
  if (wanted !== undefined && !(await read('cmdline')).includes(wanted)) return 0;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(await read('status'))?.[1] ?? 0) / 1024;
}
