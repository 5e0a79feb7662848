/** The fast mesh: one of two kernels on a memory. */
import { assert } from '../../common/assert.js';
import { hopsOf, type MeshSpec, type MeshTraffic } from '../../hw-models/truenorth/mesh.js';
import { loadKernel } from '../../common/kernel-module.js';
import { checkMesh } from './check-mesh.js';
import { denseLayout } from './dense-layout.js';
import { sparseLayout } from './sparse-layout.js';

/** When packets arrived. */
export interface MeshRun {
  /** [n] cycle of arrival, -1 for packets still on their way. */
  readonly arrival: Int32Array;
  /** Cycles that were simulated. */
  readonly cycles: number;
}

/** `dense` decides for 64 routers at a time, `sparse` visits the routers in which something may move; both give the same. */
export type MeshKernelName = 'dense' | 'sparse';

const PAGE = 65536;
/** A memory up to this is kept for the next mesh: to get its pages anew takes as long as to fill them. */
const KEPT_PAGES = 1024;
/** Packets that move in a cycle per 64 routers, from which the dense kernel is faster. */
const DENSE_MOVES = 4;

/** A kernel on a memory. */
interface MeshKernel {
  readonly memory: WebAssembly.Memory;
  readonly pages: number;
  readonly setup: (base: number) => number;
  readonly run: (until: number) => number;
}

let kept: MeshKernel | undefined;

/**
 * Sends packets through an empty mesh until all have arrived or `maxCycles` are over. Deterministic; equal to
 * hw-models/truenorth/mesh-model.ts packet by packet. `kernel` is the one that is likely to be faster where none is named.
 * @throws UserError for a mesh or packets that do not fit.
 */
export function simulateMesh(
  spec: MeshSpec,
  traffic: MeshTraffic,
  maxCycles = 0x3fff_ffff,
  kernel?: MeshKernelName,
): MeshRun {
  checkMesh(spec, traffic);
  const dense = (kernel ?? fasterKernel(spec, traffic)) === 'dense';
  const layout = (dense ? denseLayout : sparseLayout)(spec, traffic);
  const pages = Math.ceil(layout.bytes / PAGE);
  const { memory, setup, run } = dense ? denseKernel(pages) : startMesh('sparse', pages);
  layout.fill(memory.buffer);
  setup(layout.base);
  const cycles = run(maxCycles);
  return { arrival: new Int32Array(memory.buffer, layout.arrival, traffic.release.length).slice(), cycles };
}

/** By the packets that move at a time: hops of about 1,000 of them, over the stretches of 64 cycles in which packets are released. */
export function fasterKernel(spec: MeshSpec, { release, source, destination }: MeshTraffic): MeshKernelName {
  const n = release.length;
  const step = Math.ceil(n / 1000);
  let hops = 0;
  for (let p = 0; p < n; p += step) hops += hopsOf(spec, source[p]!, destination[p]!) * step;
  let stretches = 0;
  let last = -1;
  for (let p = 0; p < n; p++) {
    const stretch = release[p]! >> 6;
    if (stretch === last) continue;
    last = stretch;
    stretches++;
  }
  const words = Math.ceil((spec.width * spec.height) / 64);
  return hops >= DENSE_MOVES * words * 64 * stretches ? 'dense' : 'sparse';
}

function denseKernel(pages: number): MeshKernel {
  if (kept !== undefined && kept.pages >= pages) return kept;
  const started = startMesh('dense', pages);
  if (pages <= KEPT_PAGES) kept = started;
  return started;
}

function startMesh(name: MeshKernelName, pages: number): MeshKernel {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const { exports } = new WebAssembly.Instance(loadKernel(`simulator/noc/kernel/${name}-mesh`), { env: { memory } });
  const setup = exports['setup'];
  const run = exports['run'];
  assert(isKernelFunction(setup) && isKernelFunction(run), 'the mesh kernel lacks a function');
  return { memory, pages, setup, run };
}

function isKernelFunction(value: unknown): value is (...args: number[]) => number {
  return typeof value === 'function';
}
