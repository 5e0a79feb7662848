/** Where the arrays of the sparse mesh kernel lie: the one definition shared with kernel/sparse-mesh.ts by its header. */
import { edgeMap, type MeshSpec, type MeshTraffic, N_PORTS } from '../../hw-models/truenorth/mesh.js';
import { kernelMemory, type MeshLayout } from './mesh-layout.js';

/** Coming cycles the kernel's wheel of bitmaps holds. */
const WHEEL = 64;
const HEADER_WORDS = 27;
const EDGE_BYTES = 32;
/** Where an edge keeps the router of its row 0 and the step to the next row. */
const EDGE_ROUTERS = 20;

/** Lays out a mesh with its packets; `fill` wants a zeroed memory. */
export function sparseLayout(spec: MeshSpec, traffic: MeshTraffic): MeshLayout {
  const nRouters = spec.width * spec.height;
  const nPackets = traffic.release.length;
  const words = Math.ceil(nRouters / 32);
  // A port of 8 places takes two cache lines, as a whole number of lines.
  const portBytes = Math.ceil((8 + 12 * spec.bufferFlits) / 64) * 64;
  const { nEdges, edgeOf } = edgeMap(spec);
  const { take, end } = kernelMemory();
  const base = take(HEADER_WORDS * 4);
  const ports = take(nRouters * N_PORTS * portBytes);
  const turns = take(nRouters * N_PORTS);
  const wheel = take(WHEEL * words * 4);
  const waiting = take(WHEEL * words * 4);
  const positions = take(nRouters * 4);
  const picks = take(N_PORTS * 32);
  const queueHead = take(nRouters * 4);
  const queueLength = take(nRouters * 4);
  const [release, source, target, following, arrival] = Array.from({ length: 5 }, () => take(nPackets * 4 + 4));
  const edgePorts = take(nRouters);
  const edgeRows = take(nRouters * 16);
  const edges = take(nEdges * EDGE_BYTES);
  const { width, height, bufferFlits, injectCycles, hopCycles, ejectCycles, creditCycles, edgeCycles } = spec;
  const delays = [injectCycles, hopCycles, ejectCycles, creditCycles, edgeCycles];
  const arrays = [ports, turns, wheel, waiting, positions, picks, queueHead, queueLength];
  const packets = [release!, source!, target!, following!, arrival!, edgePorts, edgeRows, edges];
  const header = [width, height, bufferFlits, portBytes, ...delays, nEdges, nPackets, ...arrays, ...packets];
  return {
    base,
    bytes: end(),
    arrival: arrival!,
    fill: (memory) => {
      const view = (offset: number, length: number): Int32Array => new Int32Array(memory, offset, length);
      view(base, header.length).set(header);
      view(release!, nPackets).set(traffic.release);
      view(source!, nPackets).set(traffic.source);
      const targets = view(target!, nPackets);
      traffic.destination.forEach((r, p) => (targets[p] = (r % width) | (Math.floor(r / width) << 16)));
      linkQueues(traffic.source, view(queueHead, nRouters), view(following!, nPackets));
      view(arrival!, nPackets).fill(-1);
      const flags = new Uint8Array(memory, edgePorts, nRouters);
      const rows = view(edgeRows, nRouters * 4);
      for (let r = 0; r < nRouters; r++) {
        const x = r % width;
        const y = Math.floor(r / width);
        for (let port = 0; port < 4; port++) {
          const edge = edgeOf(x, y, port);
          if (edge < 0) continue;
          flags[r] = flags[r]! | (1 << port);
          const row = port < 2 ? y % spec.chipHeight : x % spec.chipWidth;
          const step = port < 2 ? width : 1;
          rows[r * 4 + port] = (edge << 8) | row;
          view(edges + edge * EDGE_BYTES + EDGE_ROUTERS, 2).set([r - row * step, step]);
        }
      }
    },
  };
}

/** Packets of one router in the order of their release: `head` [nRouters] is its first, `following` [n] the next of the same. */
function linkQueues(source: Int32Array, head: Int32Array, following: Int32Array): void {
  const last = new Int32Array(head.length).fill(-1);
  source.forEach((r, p) => {
    if (last[r]! < 0) head[r] = p;
    else following[last[r]!] = p;
    last[r] = p;
  });
}
