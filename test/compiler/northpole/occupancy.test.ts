import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Occupancy } from '../../../src/compiler/targets/northpole/occupancy.js';

/** What a packet takes: room of a resource in [at + delay, at + delay + duration). */
interface Use {
  readonly resource: number;
  readonly delay: number;
  readonly duration: number;
}

const uses = fc.array(
  fc.record({ resource: fc.nat(2), delay: fc.nat(40), duration: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 4 },
);

/** The same table, cycle by cycle. */
class Plain {
  readonly taken = new Map<string, number>();
  readonly capacity: readonly number[];
  readonly need: number;
  constructor(capacity: readonly number[], need: number) {
    this.capacity = capacity;
    this.need = need;
  }
  at(resource: number, cycle: number): number {
    return this.taken.get(`${resource} ${cycle}`) ?? 0;
  }
  take({ resource, delay, duration }: Use, from: number, room: number): void {
    for (let t = from + delay; t < from + delay + duration; t++)
      this.taken.set(`${resource} ${t}`, this.at(resource, t) + room);
  }
  fits(all: readonly Use[], from: number): boolean {
    return all.every(({ resource, delay, duration }) =>
      Array.from({ length: duration }, (_, i) => from + delay + i).every(
        (cycle) => this.at(resource, cycle) + this.need <= this.capacity[resource]!,
      ),
    );
  }
  earliest(all: readonly Use[], from: number): number {
    let t = from;
    while (!this.fits(all, t)) t++;
    return t;
  }
}

describe('the table of free cycles', () => {
  it('finds the first cycle in which all that a packet needs is free, as a search cycle by cycle does', () => {
    const packets = fc.array(fc.tuple(uses, fc.nat(90)), { minLength: 1, maxLength: 25 });
    const capacities = fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(packets, capacities, fc.constantFrom(1, 2), fc.nat(300), (all, capacity, need, guess) => {
        const table = new Occupancy(Int32Array.from(capacity), guess, need);
        const plain = new Plain(capacity, need);
        for (const [packet, from] of all) {
          const of = (field: keyof Use): Int32Array =>
            Int32Array.from([{ resource: 9, delay: 9, duration: 9 }, ...packet], (use) => use[field]);
          const found = table.earliest(from, of('resource'), of('delay'), of('duration'), 1, packet.length + 1);
          expect(found).toBe(plain.earliest(packet, from));
          for (const use of packet) {
            table.take(use.resource, found + use.delay, use.duration);
            plain.take(use, found, need);
          }
        }
      }),
    );
  });

  it('keeps room for others beside what takes less than a packet', () => {
    const table = new Occupancy(Int32Array.of(8), 10, 4);
    const one = [Int32Array.of(0), Int32Array.of(0), Int32Array.of(1)] as const;
    table.take(0, 0, 3, 4);
    expect(table.earliest(0, ...one, 0, 1)).toBe(0);
    table.take(0, 0, 2, 1);
    expect(table.earliest(0, ...one, 0, 1)).toBe(2);
  });

  it('remembers what was taken when it grows', () => {
    const table = new Occupancy(Int32Array.of(1, 1), 0, 1);
    table.take(0, 5, 20);
    table.take(1, 7, 30);
    table.take(0, 4000, 10);
    const first = (resource: number, from: number): number =>
      table.earliest(from, Int32Array.of(resource), Int32Array.of(0), Int32Array.of(1), 0, 1);
    expect([first(0, 0), first(0, 5), first(1, 7), first(0, 4000), first(1, 4000)]).toEqual([0, 25, 37, 4010, 4000]);
  });
});
