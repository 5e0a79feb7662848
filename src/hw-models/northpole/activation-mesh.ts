/**
 * The activation network: a mesh that brings results to the cores that read them, as packets that fan out on the way.
 *
 * ```
 *   router: flits from the core or a neighbour --> the core, and any of the four neighbours its tree goes on to
 *   sender o-->o-->o-->o     first along the row of the sender,
 *              |     |       then along the columns
 *              v     v
 * ```
 * Sources: activation network, any to any, between layers (Modha et al. 2023, P; static routing of patent 11238347, S); XY order, multicast,
 * width and hop time assumed (A). Routers have no queues: what comes in goes out in the same cycle. Flits share the
 * wires of a link as long as their bytes fit; more than that in one cycle is an error. Leaves out: how a tree is encoded in the program of the routers.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { DelayLine } from './delay-line.js';
import type { Traffic } from './networks.js';
import { Port } from './port.js';
import { violation, type Place } from './violation.js';

/** A multicast tree: nodes by core, root first. */
export interface MulticastTree {
  readonly cores: readonly number[];
  /** [nodes] nodes the packet goes on to. */
  readonly next: readonly (readonly number[])[];
  /** [nodes] links from the sender. */
  readonly distance: readonly number[];
}

/** The tree from `source` to all `destinations` (may repeat, may be the source): along the row, then along the columns. */
export function multicastTree(gridWidth: number, source: number, destinations: readonly number[]): MulticastTree {
  const cores = [source];
  const next: number[][] = [[]];
  const distance = [0];
  const nodeOf = new Map([[source, 0]]);
  for (const destination of destinations) {
    const toX = destination % gridWidth;
    const toY = Math.floor(destination / gridWidth);
    let [x, y, node] = [source % gridWidth, Math.floor(source / gridWidth), 0];
    while (x !== toX || y !== toY) {
      if (x !== toX) x += Math.sign(toX - x);
      else y += Math.sign(toY - y);
      const core = y * gridWidth + x;
      let to = nodeOf.get(core);
      if (to === undefined) {
        to = cores.length;
        nodeOf.set(core, to);
        cores.push(core);
        next.push([]);
        distance.push(distance[node]! + 1);
        next[node]!.push(to);
      }
      node = to;
    }
  }
  return { cores, next, distance };
}

/** Links of a tree. */
export const linksOf = (tree: MulticastTree): number => tree.cores.length - 1;

/** A packet with what its flits carry. */
export interface Packet<T> {
  readonly tree: MulticastTree;
  readonly content: T;
  /** Flits and payload bytes of each. */
  readonly flitBytes: readonly number[];
}

/** A flit that reaches the router of a core. */
export interface FlitArrival<T> {
  readonly core: number;
  readonly flit: number;
  readonly packet: Packet<T>;
}

/** The mesh. Flits pass all routers of a cycle in `step`, which says where they are. */
export class ActivationMesh<T> {
  readonly traffic: Traffic = { bytes: 0, byteHops: 0 };
  readonly #hopCycles: number;
  readonly #widthBytes: number;
  readonly #flits = new DelayLine<{ readonly node: number; readonly flit: number; readonly packet: Packet<T> }>();
  /** Links by core * nCores + neighbour. */
  readonly #links = new Map<number, Port>();
  readonly #nCores: number;

  constructor({ networks, gridWidth, gridHeight }: NorthPoleSpec) {
    this.#hopCycles = networks.activation.hopCycles;
    this.#widthBytes = networks.activation.wires / 8;
    this.#nCores = gridWidth * gridHeight;
  }

  /** The core of the root starts to send: flit f enters its router in cycle + f. */
  inject(place: Place, packet: Packet<T>): void {
    packet.flitBytes.forEach((bytes, flit) => {
      if (bytes > this.#widthBytes) {
        throw violation(place, 'activation network', `a flit of ${bytes} bytes, links take ${this.#widthBytes}`);
      }
      this.traffic.bytes += bytes;
      this.#flits.push(place.cycle + flit, { node: 0, flit, packet });
    });
  }

  /** All flits at their routers in this cycle; they go on to the next ones. */
  step(cycle: number): readonly FlitArrival<T>[] {
    const arrivals: FlitArrival<T>[] = [];
    for (const { node, flit, packet } of this.#flits.take(cycle)) {
      const { cores, next } = packet.tree;
      const core = cores[node]!;
      arrivals.push({ core, flit, packet });
      for (const to of next[node]!) {
        this.#linkTo(core, cores[to]!).use({ cycle, core }, packet.flitBytes[flit]!);
        this.traffic.byteHops += packet.flitBytes[flit]!;
        this.#flits.push(cycle + this.#hopCycles, { node: to, flit, packet });
      }
    }
    return arrivals;
  }

  /** True if no flit is on its way. */
  get idle(): boolean {
    return this.#flits.empty;
  }

  #linkTo(core: number, to: number): Port {
    const key = core * this.#nCores + to;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new Port(`activation link ${core}-${to}`, this.#widthBytes, 'shared');
      this.#links.set(key, link);
    }
    return link;
  }
}
