import { draw4, PURPOSE } from '../../common/rng.js';
import type { MeshTraffic } from '../../hw-models/truenorth/mesh.js';

/** Uniform random traffic. */
export interface UniformTraffic {
  readonly nRouters: number;
  /** Packets per router and cycle, 0..1: each router releases one with this probability in each cycle. */
  readonly rate: number;
  readonly cycles: number;
  readonly seed: number;
}

/** Bernoulli releases to uniformly random routers, the sender itself included, as mesh simulators define it. */
export function uniformTraffic({ nRouters, rate, cycles, seed }: UniformTraffic): MeshTraffic {
  const limit = Math.round(rate * 4294967296);
  const expected = Math.ceil(rate * nRouters * cycles * 1.1 + 10 * Math.sqrt(nRouters * cycles) + 100);
  const release = new Int32Array(expected);
  const source = new Int32Array(expected);
  const destination = new Int32Array(expected);
  const releases = new Uint32Array(4);
  const targets = new Uint32Array(4);
  let n = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    for (let first = 0; first < nRouters; first += 4) {
      draw4(seed, PURPOSE.test, cycle, first, 0, releases);
      let drawn = false;
      for (let i = 0; i < 4 && first + i < nRouters; i++) {
        if (releases[i]! >= limit) continue;
        if (!drawn) draw4(seed, PURPOSE.test, cycle, first, 1, targets);
        drawn = true;
        release[n] = cycle;
        source[n] = first + i;
        destination[n] = Math.floor((targets[i]! / 4294967296) * nRouters);
        n++;
      }
    }
  }
  return { release: release.slice(0, n), source: source.slice(0, n), destination: destination.slice(0, n) };
}

/** Mean cycles from release to arrival over packets released in `from` <= cycle < `to`; NaN when one has not arrived. */
export function meanLatency({ release }: MeshTraffic, arrival: Int32Array, from: number, to: number): number {
  let sum = 0;
  let n = 0;
  for (let p = 0; p < release.length; p++) {
    if (release[p]! < from || release[p]! >= to) continue;
    sum += arrival[p]! < 0 ? Number.NaN : arrival[p]! - release[p]!;
    n++;
  }
  return sum / n;
}
