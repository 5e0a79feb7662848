/** The native kernel of bench/native: compiled on the spot, run on the same network. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrueNorthProgram } from '../src/ir/program/truenorth.js';

/** How long to run. */
export interface Repetitions {
  readonly warmUp: number;
  readonly repetitions: number;
  readonly nTicks: number;
}

/** What the kernel measured. */
export interface NativeResult {
  /** Seconds of CPU time of every repetition. */
  readonly seconds: readonly number[];
  /** `hashPotentials` after the last tick. */
  readonly hash: number;
}

/** A compiled kernel, or why there is none. */
export type NativeKernel =
  | { readonly run: (program: TrueNorthProgram, repetitions: Repetitions) => NativeResult; readonly compiler: string }
  | { readonly missing: string };

/** Compiles bench/native/truenorth.c into a temporary folder that is removed when the process ends. */
export function compileNative(): NativeKernel {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'lodestone-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const binary = join(folder, 'truenorth');
  const flags = ['-O3', '-march=native', '-o', binary, join(root, 'bench', 'native', 'truenorth.c')];
  const { status, error, stderr } = spawnSync('cc', flags, { encoding: 'utf8' });
  if (status !== 0) return { missing: error === undefined ? stderr : 'no C compiler (cc)' };
  const [compiler = 'cc'] = execFileSync('cc', ['--version'], { encoding: 'utf8' }).split('\n');
  return {
    compiler,
    run: (program, { warmUp, repetitions, nTicks }) => {
      const file = join(folder, 'network');
      writeNetwork(file, program);
      const args = [file, ...[warmUp, repetitions, nTicks].map(String)];
      const lines = execFileSync(binary, args, { encoding: 'utf8' }).trim().split('\n').map(Number);
      return { seconds: lines.slice(0, -1), hash: lines.at(-1) ?? 0 };
    },
  };
}

/** FNV-1a over potentials as 32-bit values. */
export function hashPotentials(potentials: Int32Array): number {
  let hash = 2166136261;
  for (const potential of potentials) hash = Math.imul(hash ^ potential, 16777619);
  return hash >>> 0;
}

function writeNetwork(path: string, { cores }: TrueNorthProgram): void {
  const { nCores } = cores;
  const shared = cores.weights.every((weight, i) => weight === cores.weights[i & 3]);
  const nWeighted = shared ? 1 : nCores;
  const weights = new Int8Array(nWeighted * 1024);
  for (let i = 0; i < nWeighted * 256; i++) {
    for (let type = 0; type < 4; type++)
      weights[((i >>> 8) * 4 + type) * 256 + (i & 255)] = cores.weights[i * 4 + type]!;
  }
  const routes = cores.target.map((target, i) => cores.targetAxon[i]! | (cores.delay[i]! << 8) | (target << 14));
  const file = openSync(path, 'w');
  const parts = [
    Int32Array.of(nCores, shared ? 1 : 0, cores.leak[0]!, cores.threshold[0]!),
    ...[cores.synapses, cores.axonType, routes, Int16Array.from(cores.initialPotential), weights],
  ];
  for (const part of parts) {
    const data = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    for (let at = 0; at < data.length;) at += writeSync(file, data, at, Math.min(data.length - at, 2 ** 28));
  }
  closeSync(file);
}
