/** The fast mesh: the kernel on a memory of its own. */
import { assert } from '../../common/assert.js';
import type { MeshSpec, MeshTraffic } from '../../hw-models/truenorth/mesh.js';
import { loadKernel } from '../../common/kernel-module.js';
import { checkMesh } from './check-mesh.js';
import { meshLayout } from './layout.js';

/** When packets arrived. */
export interface MeshRun {
  /** [n] cycle of arrival, -1 for packets still on their way. */
  readonly arrival: Int32Array;
  /** Cycles that were simulated. */
  readonly cycles: number;
}

const PAGE = 65536;
/** A memory up to this is kept for the next mesh: to get its pages anew takes as long as to fill them. */
const KEPT_PAGES = 1024;

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
 * hw-models/truenorth/mesh-model.ts packet by packet.
 * @throws UserError for a mesh or packets that do not fit.
 */
export function simulateMesh(spec: MeshSpec, traffic: MeshTraffic, maxCycles = 0x3fff_ffff): MeshRun {
  checkMesh(spec, traffic);
  const layout = meshLayout(spec, traffic);
  const { memory, setup, run } = kernelOf(Math.ceil(layout.bytes / PAGE));
  layout.fill(memory.buffer);
  setup(layout.base);
  const cycles = run(maxCycles);
  return { arrival: new Int32Array(memory.buffer, layout.arrival, traffic.release.length).slice(), cycles };
}

function kernelOf(pages: number): MeshKernel {
  if (kept !== undefined && kept.pages >= pages) return kept;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const { exports } = new WebAssembly.Instance(loadKernel('simulator/noc/kernel/mesh'), { env: { memory } });
  const setup = exports['setup'];
  const run = exports['run'];
  assert(isKernelFunction(setup) && isKernelFunction(run), 'the mesh kernel lacks a function');
  const kernel = { memory, pages, setup, run };
  if (pages <= KEPT_PAGES) kept = kernel;
  return kernel;
}

function isKernelFunction(value: unknown): value is (...args: number[]) => number {
  return typeof value === 'function';
}
