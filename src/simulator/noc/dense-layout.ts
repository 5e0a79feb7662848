/** Where the arrays of the dense mesh kernel lie: the one definition shared with kernel/lib/memory.ts by its header. */
import { edgeMap, type MeshSpec, type MeshTraffic } from '../../hw-models/truenorth/mesh.js';
import { kernelMemory, type MeshLayout } from './mesh-layout.js';

const HEADER_WORDS = 31;
const EDGE_BYTES = 32;
/** Where an edge keeps the router of its row 0 and the step to the next row. */
const EDGE_ROUTERS = 20;
/** State of 64 routers, and where in it the planes of outputs that cross an edge are. */
const WORD_BYTES = 1344;
const WORD_EDGES = 1208;
/** What 64 routers did in a cycle. */
const SLOT_BYTES = 112;
/** Queues of a router, and bytes of what is known of a queue. */
const QUEUES = 8;
const RECORD_BYTES = 16;
/** Lays out a mesh with its packets; what the memory held before `fill` does not matter. */
export function denseLayout(spec: MeshSpec, traffic: MeshTraffic): MeshLayout {
  const { width, height, bufferFlits, injectCycles, hopCycles, ejectCycles, creditCycles, edgeCycles } = spec;
  const nRouters = width * height;
  const nPackets = traffic.release.length;
  const words = Math.ceil(nRouters / 64);
  const nEdges = edgeCycles > 0 ? edgeMap(spec).nEdges : 0;
  const ringBytes = 4 * 2 ** Math.ceil(Math.log2(bufferFlits));
  const ringSlots = 2 ** Math.ceil(Math.log2(Math.max(injectCycles, hopCycles + edgeCycles, creditCycles) + 1));
  const margin = (width >> 6) + 2;
  const { take, end } = kernelMemory();
  const base = take(HEADER_WORDS * 4);
  const states = take(words * WORD_BYTES);
  const ring = take(ringSlots * (words + 2 * margin) * SLOT_BYTES);
  const active = take(Math.ceil(words / 64) * 8);
  const activeUntil = take(words * 4);
  // What lies behind needs no zeros. Rings are aligned to their size.
  const fifos = Math.ceil(take((nRouters * QUEUES + 1) * ringBytes) / ringBytes) * ringBytes;
  const queues = take(nRouters * QUEUES * RECORD_BYTES);
  const steps = take(QUEUES * QUEUES * 4);
  const [positions, lastEntered, lastWaiting] = Array.from({ length: 3 }, () => take(nRouters * 4));
  const [release, source, destination, arrival] = Array.from({ length: 4 }, () => take(nPackets * 4 + 4));
  const following = take((nPackets + nRouters) * 4);
  const edgeRows = take(nEdges > 0 ? nRouters * 16 : 0);
  const edges = take(nEdges * EDGE_BYTES);
  const sizes = [width, height, words, bufferFlits, ringBytes, ringSlots, margin];
  const delays = [injectCycles, hopCycles, ejectCycles, creditCycles, edgeCycles, nEdges, nPackets];
  const routers = [states, ring, fifos, queues, steps, positions!, lastEntered!, lastWaiting!];
  const packets = [active, activeUntil, release!, source!, destination!, following, arrival!, edgeRows, edges];
  const header = [...sizes, ...delays, ...routers, ...packets];
  return {
    base,
    bytes: end(),
    arrival: arrival!,
    fill: (memory) => {
      const view = (offset: number, length: number): Int32Array => new Int32Array(memory, offset, length);
      view(base, (fifos - base) >> 2).fill(0);
      if (nEdges > 0) view(edgeRows, (end() - edgeRows) / 4).fill(0);
      view(base, header.length).set(header);
      view(release!, nPackets).set(traffic.release);
      view(source!, nPackets).set(traffic.source);
      view(destination!, nPackets).set(traffic.destination);
      view(arrival!, nPackets).fill(-1);
      if (nEdges > 0) fillEdges(spec, { states, edgeRows, edges }, view);
    },
  };
}

/** Which outputs cross an edge: planes in the states of words, [router, output] edge * 256 + row, and the rows of the edges. */
function fillEdges(
  spec: MeshSpec,
  offsets: { readonly states: number; readonly edgeRows: number; readonly edges: number },
  view: (offset: number, length: number) => Int32Array,
): void {
  const { width, height, chipWidth, chipHeight } = spec;
  const nRouters = width * height;
  const { edgeOf } = edgeMap(spec);
  const rows = view(offsets.edgeRows, nRouters * 4);
  for (let r = 0; r < nRouters; r++) {
    const x = r % width;
    const y = Math.floor(r / width);
    const half = offsets.states + (r >> 6) * WORD_BYTES + WORD_EDGES + ((r >> 5) & 1) * 4;
    for (let port = 0; port < 4; port++) {
      const edge = edgeOf(x, y, port);
      if (edge < 0) continue;
      const plane = view(half + port * 8, 1);
      plane[0] = plane[0]! | (1 << (r & 31));
      const row = port < 2 ? y % chipHeight : x % chipWidth;
      const step = port < 2 ? width : 1;
      rows[r * 4 + port] = (edge << 8) | row;
      view(offsets.edges + edge * EDGE_BYTES + EDGE_ROUTERS, 2).set([r - row * step, step]);
    }
  }
}
