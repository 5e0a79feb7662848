/**
 * The mesh, one cycle at a time, as plainly as possible: the specification that the fast mesh is compared with.
 *
 *   read       which packets stand at the head of a buffer and may move, which places are free
 *   evaluate   every output picks one of them, every chip edge picks the row that may cross in the next cycle
 *   write      the picked packets move
 *
 * Everything that is read was written in an earlier cycle, so the order in which routers are visited cannot matter; the
 * constructor takes an order to prove it.
 */
import { assert } from '../../common/assert.js';
import { edgeMap, type EdgeMap, type MeshSpec, type MeshTraffic, N_PORTS, PORT, routeXy } from './mesh.js';

/** A packet in a buffer, from the cycle on in which it takes part in arbitration. */
interface Flit {
  readonly packet: number;
  readonly readyCycle: number;
}

/** The way from an output of a router: where it leads, how many places of the buffer there are free. */
interface Output {
  /** Input buffer at the other end; absent for the core's output and at the rim of the mesh. */
  readonly buffer: Flit[] | undefined;
  /** Cycles in which places become free again, ascending; a place is free when its cycle has come. */
  readonly credits: number[];
  /** Chip edge it crosses, or -1. */
  readonly edge: number;
  /** Input that is looked at first. */
  next: number;
}

interface Router {
  readonly x: number;
  readonly y: number;
  readonly inputs: readonly Flit[][];
  readonly outputs: readonly Output[];
  /** The credits of whoever sends into input i. */
  readonly upstream: (number[] | undefined)[];
}

/** A merge-split port: one packet every `edgeCycles`, round-robin over the rows (or columns) of the chip. */
interface Edge {
  /** Rows that want to cross, as of the last cycle and of this one. */
  requests: Set<number>;
  nextRequests: Set<number>;
  /** The row that may cross in this cycle, or -1. */
  granted: number;
  nextRow: number;
  freeCycle: number;
}

interface Move {
  readonly router: Router;
  readonly input: number;
  readonly output: number;
}

/** Hears that a packet takes an output ({@link PORT}) of a router in a cycle. */
export type OnMove = (move: {
  readonly cycle: number;
  readonly router: number;
  readonly output: number;
  readonly packet: number;
}) => void;

/** A mesh with packets in it. */
export class MeshModel {
  /** [n] cycle in which each packet arrived, -1 while it has not. */
  readonly arrival: Int32Array;
  readonly #spec: MeshSpec;
  readonly #traffic: MeshTraffic;
  readonly #edgeMap: EdgeMap;
  readonly #routers: readonly Router[];
  readonly #edges: readonly Edge[];
  /** Packets before the first router, and the credits of that router's core input. */
  readonly #waiting: number[][];
  readonly #injectCredits: readonly number[][];
  readonly #order: readonly number[];
  readonly #onMove: OnMove | undefined;
  #released = 0;
  #now = 0;
  #arrived = 0;

  /** `order` [width * height] is a permutation in which routers are visited; 0, 1, 2, ... by default. `onMove` hears of every move. */
  constructor(spec: MeshSpec, traffic: MeshTraffic, order?: readonly number[], onMove?: OnMove) {
    this.#onMove = onMove;
    this.#spec = spec;
    this.#traffic = traffic;
    this.arrival = new Int32Array(traffic.release.length).fill(-1);
    this.#edgeMap = edgeMap(spec);
    const nRouters = spec.width * spec.height;
    const buffers = Array.from({ length: nRouters }, () => Array.from({ length: N_PORTS }, (): Flit[] => []));
    const credits = (): number[] => Array.from({ length: spec.bufferFlits }, () => 0);
    this.#injectCredits = buffers.map(credits);
    this.#waiting = buffers.map(() => []);
    this.#routers = buffers.map((inputs, r) => {
      const x = r % spec.width;
      const y = Math.floor(r / spec.width);
      const outputs = inputs.map((_, port): Output => {
        const neighbour = this.#neighbour(x, y, port);
        const buffer = neighbour < 0 ? undefined : buffers[neighbour]![port ^ 1]!;
        return { buffer, credits: credits(), edge: this.#edgeMap.edgeOf(x, y, port), next: 0 };
      });
      return { x, y, inputs, outputs, upstream: [] };
    });
    this.#routers.forEach((router, r) => {
      router.inputs.forEach((_, port) => {
        const sender = port === PORT.core ? -1 : this.#neighbour(router.x, router.y, port);
        const fromNeighbour = sender < 0 ? undefined : this.#routers[sender]!.outputs[port ^ 1]!.credits;
        router.upstream.push(port === PORT.core ? this.#injectCredits[r]! : fromNeighbour);
      });
    });
    this.#edges = Array.from({ length: this.#edgeMap.nEdges }, () => ({
      requests: new Set(),
      nextRequests: new Set(),
      granted: -1,
      nextRow: 0,
      freeCycle: 0,
    }));
    this.#order = order ?? this.#routers.map((_, r) => r);
  }

  /** Runs until every packet has arrived or `maxCycles` are over; gives the cycles that were run. */
  run(maxCycles: number): number {
    while (this.#arrived < this.arrival.length && this.#now < maxCycles) this.step();
    return this.#now;
  }

  /** Goes to the cycle of the next release where nothing is on its way: in the cycles between nothing would happen. */
  skipIdle(): void {
    const next = this.#traffic.release[this.#released];
    if (this.#arrived === this.#released && next !== undefined) this.#now = Math.max(this.#now, next);
  }

  /** Packets have not all arrived. */
  get isBusy(): boolean {
    return this.#arrived < this.arrival.length;
  }

  /** One cycle. */
  step(): void {
    this.#release();
    for (const edge of this.#edges) this.#arbitrateEdge(edge);
    const moves = this.#order.flatMap((r) => this.#evaluate(this.#routers[r]!));
    this.#inject();
    for (const move of moves) this.#write(move);
    this.#now++;
  }

  #neighbour(x: number, y: number, port: number): number {
    const toX = x + (port === PORT.east ? 1 : port === PORT.west ? -1 : 0);
    const toY = y + (port === PORT.north ? 1 : port === PORT.south ? -1 : 0);
    const { width, height } = this.#spec;
    const inside = port !== PORT.core && toX >= 0 && toY >= 0 && toX < width && toY < height;
    return inside ? toY * width + toX : -1;
  }

  #release(): void {
    const { release, source } = this.#traffic;
    while (this.#released < release.length && release[this.#released]! <= this.#now) {
      this.#waiting[source[this.#released]!]!.push(this.#released);
      this.#released++;
    }
  }

  /** Which row crosses in this cycle, from the wishes of the last one: the row that waited longest for its turn. */
  #arbitrateEdge(edge: Edge): void {
    edge.requests = edge.nextRequests;
    edge.nextRequests = new Set();
    edge.granted = -1;
    if (edge.freeCycle > this.#now || edge.requests.size === 0) return;
    const rows = [...edge.requests].sort((a, b) => a - b);
    edge.granted = rows.find((row) => row >= edge.nextRow) ?? rows[0]!;
    edge.nextRow = edge.granted + 1;
    edge.freeCycle = this.#now + this.#spec.edgeCycles;
  }

  /** The moves of one router in this cycle. */
  #evaluate(router: Router): Move[] {
    const wants = router.inputs.map((buffer) => {
      const flit = buffer[0];
      return flit === undefined || flit.readyCycle > this.#now ? -1 : this.#route(router, flit.packet);
    });
    const moves: Move[] = [];
    router.outputs.forEach((output, port) => {
      const wanted = wants.includes(port);
      const free = port === PORT.core || (output.credits[0] ?? Infinity) <= this.#now;
      if (!wanted || !free) return;
      if (output.edge >= 0 && this.#spec.edgeCycles > 0) {
        const edge = this.#edges[output.edge]!;
        const row = port < PORT.north ? router.y % this.#spec.chipHeight : router.x % this.#spec.chipWidth;
        if (edge.granted !== row) {
          edge.nextRequests.add(row);
          return;
        }
      }
      for (let i = 0; i < N_PORTS; i++) {
        const input = (output.next + i) % N_PORTS;
        if (wants[input] === port) {
          moves.push({ router, input, output: port });
          return;
        }
      }
    });
    return moves;
  }

  #route({ x, y }: Router, packet: number): number {
    const destination = this.#traffic.destination[packet]!;
    return routeXy(x, y, destination % this.#spec.width, Math.floor(destination / this.#spec.width));
  }

  #inject(): void {
    this.#waiting.forEach((packets, r) => {
      const credits = this.#injectCredits[r]!;
      if (packets.length === 0 || (credits[0] ?? Infinity) > this.#now) return;
      credits.shift();
      const readyCycle = this.#now + this.#spec.injectCycles;
      this.#routers[r]!.inputs[PORT.core]!.push({ packet: packets.shift()!, readyCycle });
    });
  }

  #write({ router, input, output }: Move): void {
    const { hopCycles, ejectCycles, creditCycles, edgeCycles } = this.#spec;
    const flit = router.inputs[input]!.shift();
    assert(flit !== undefined, 'a move without a packet');
    const at = router.y * this.#spec.width + router.x;
    this.#onMove?.({ cycle: this.#now, router: at, output, packet: flit.packet });
    router.upstream[input]?.push(this.#now + creditCycles);
    const way = router.outputs[output]!;
    way.next = (input + 1) % N_PORTS;
    if (way.buffer === undefined) {
      this.arrival[flit.packet] = this.#now + ejectCycles;
      this.#arrived++;
      return;
    }
    way.credits.shift();
    const readyCycle = this.#now + hopCycles + (way.edge >= 0 ? edgeCycles : 0);
    way.buffer.push({ packet: flit.packet, readyCycle });
  }
}
