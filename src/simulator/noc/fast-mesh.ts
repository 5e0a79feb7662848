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

/**
 * Sends packets through an empty mesh until all have arrived or `maxCycles` are over. Deterministic; equal to
 * hw-models/truenorth/mesh-model.ts packet by packet.
 * @throws UserError for a mesh or packets that do not fit.
 */
export function simulateMesh(spec: MeshSpec, traffic: MeshTraffic, maxCycles = 0x3fff_ffff): MeshRun {
  checkMesh(spec, traffic);
  const layout = meshLayout(spec, traffic);
  const pages = Math.ceil(layout.bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  layout.fill(memory.buffer);
  const { exports } = new WebAssembly.Instance(loadKernel('simulator/noc/kernel/mesh'), { env: { memory } });
  const setup = exports['setup'];
  const run = exports['run'];
  assert(isKernelFunction(setup) && isKernelFunction(run), 'the mesh kernel lacks a function');
  setup(layout.base);
  const cycles = run(maxCycles);
  return { arrival: new Int32Array(memory.buffer, layout.arrival, traffic.release.length).slice(), cycles };
}

function isKernelFunction(value: unknown): value is (...args: number[]) => number {
  return typeof value === 'function';
}
