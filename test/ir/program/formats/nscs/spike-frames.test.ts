import { describe, expect, it } from 'vitest';
import type { Connector } from '../../../../../src/ir/program/formats/nscs/pin-map.js';
import { writeSpikeFrames } from '../../../../../src/ir/program/formats/nscs/spike-frames-write.js';
import { readSpikeFrames } from '../../../../../src/ir/program/formats/nscs/spike-frames.js';
import { NOT_NAMED, spikeRecords } from '../../../../../src/ir/program/formats/nscs/spike-records.js';
import { bytesOf } from './models.js';

/** A connector of `size` pins: pin p is neuron or axon p mod 256 of core p div 256 + `first`. */
const connector = (id: number, kind: Connector['kind'], name: string, size: number, first: number): Connector => ({
  ...{ id, kind, name, shape: [size, 1, 1] },
  core: Int32Array.from({ length: size }, (_, pin) => Math.floor(pin / 256) + first),
  index: Int16Array.from({ length: size }, (_, pin) => pin % 256),
});

const START = [0xfe, 0xfc, 0xfe, 0xfc];
const int32 = (value: number): readonly number[] => [24, 16, 8, 0].map((shift) => (value >> shift) & 255);
/** A frame: mark, tick, connector, a word that nobody reads, blocks. */
const frame = (tick: number, blocks: readonly number[] = [], named = 0): readonly number[] => [
  ...[...START, ...int32(tick), ...int32(named), ...int32(0)],
  ...blocks,
];
const file = (header: object, ...frames: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from([...bytesOf(JSON.stringify(header)), 0xff, ...frames.flat()]);
const read = (bytes: Uint8Array, ...connectors: readonly Connector[]) => readSpikeFrames(bytes, 'spikes', connectors);
/** The bytes behind the mark of the first frame. */
const framesOf = (bytes: Uint8Array): readonly number[] => [...bytes.subarray(bytes.indexOf(0xff) + 1)];

describe('frames of connector pins', () => {
  const small = connector(0, 'output', 'a', 3, 7);

  it.each([
    [1, 8, [0xab], 0xab],
    [2, 16, [0x02, 0xab], 0x2ab],
    [4, 32, [0, 1, 0x02, 0xab], 0x1_02ab],
  ])('have pins of %d bytes, most significant first', (_, bpp, bytes, pin) => {
    const big = connector(0, 'output', 'a', 70_000, 7);
    const header = { connectors: [{ ID: 0, name: 'a', csize: 70_000, bpp }] };
    const { srcCore, srcNeuron } = read(file(header, frame(0, [0, 0, 0, 1, ...bytes]), frame(-1)), big);
    expect([[...srcCore], [...srcNeuron]]).toEqual([[7 + Math.floor(pin / 256)], [pin % 256]]);
  });

  it('have a byte of delay per pin behind the pins, or the delay of the connector, of the header, or 1', () => {
    const header = (own: object, ...parts: readonly object[]) =>
      Object.assign({}, ...parts, { connectors: [{ ID: 0, name: 'a', csize: 3, ...own }] });
    const delays = (head: object, block: readonly number[]) =>
      [...read(file(head, frame(0, block), frame(1, block), frame(-1)), small).delay];
    expect(delays(header({ delayMode: 1 }), [0, 0, 0, 2, 0, 2, 9, 8])).toEqual([9, 8, 9, 8]);
    expect(delays(header({ delayMode: 0 }), [0, 0, 0, 2, 0, 2])).toEqual([1, 1, 1, 1]);
    expect(delays(header({ delayMode: 2 }), [0, 0, 0, 1, 2])).toEqual([1, 1]);
    expect(delays(header({}, { defaultDestinationDelay: 5 }), [0, 0, 0, 1, 2])).toEqual([5, 5]);
    const own = header({ defaultDestinationDelay: 6 }, { defaultDestinationDelay: 5 });
    expect(delays(own, [0, 0, 0, 1, 2])).toEqual([6, 6]);
  }); // prettier-ignore

  it('hold several blocks, each of its own connector; one that says 0 is of the frame where that is listed', () => {
    const header = { connectors: [{ ID: 0, name: 'a', csize: 3 }, { ID: 513, name: 'b', csize: 2 }] };
    const other = connector(0, 'output', 'b', 2, 20);
    const blocks = [...[0, 0, 0, 1, 2], ...[2, 1, 0, 2, 1, 0], ...[0, 0, 0, 0]];
    const cores = (named: number) => [...read(file(header, frame(0, blocks, named), frame(-1)), small, other).srcCore];
    expect(cores(0)).toEqual([7, 20, 20]);
    expect(cores(99)).toEqual([7, 20, 20]);
    const late = file(header, frame(0, [0, 0, 0, 1, 1], 513), frame(-1));
    expect(read(late, small, other).srcCore[0]).toBe(20);
  }); // prettier-ignore

  it('have ticks of 32 bits, and cover those that are empty', () => {
    const header = { connectors: [{ ID: 0, name: 'a', csize: 3 }] };
    const records = read(file(header, frame(0x0102_0304, [0, 0, 0, 1, 1]), frame(0x0102_0309), frame(-1)), small);
    expect([records.tick[0], records.nTicks]).toEqual([0x0102_0304, 0x0102_030a]);
    expect(read(file(header, frame(2 ** 28), frame(-1)), small).nTicks).toBe(2 ** 28 + 1);
    expect(() => read(file(header, frame(2 ** 28 + 1), frame(-1)), small)).toThrow(/a frame of tick 268435457/);
    expect(() => read(file(header, frame(-2), frame(-1)), small)).toThrow(/a frame of tick -2/);
  });

  it('end with a tick of -1, whatever follows', () => {
    const header = { connectors: [{ ID: 0, name: 'a', csize: 3 }] };
    expect(read(file(header, frame(-1), [1, 2, 3]), small).n).toBe(0);
  });

  it('are refused with the byte where they end too early', () => {
    const header = { connectors: [{ ID: 0, name: 'a', csize: 3, delayMode: 1 }] };
    const whole = file(header, frame(0, [0, 0, 0, 2, 0, 1, 1, 1]), frame(-1));
    expect(read(whole, small).n).toBe(2);
    const first = whole.indexOf(0xff) + 1;
    for (let length = first; length < whole.length; length++) {
      expect(() => read(whole.subarray(0, length), small), `${length}`).toThrow(/spike-frame|spike-encoding/);
    }
    expect(() => read(whole.subarray(0, first + 16 + 7), small)).toThrow(
      `error[spike-frame] spikes byte ${first + 20}: the file ends inside a frame`,
    );
    expect(() => read(whole.subarray(0, first + 16 + 8), small)).toThrow(
      `error[spike-frame] spikes byte ${first + 24}: the file ends inside a frame`,
    );
  });

  it('lead to axons on inputs, where a pin may lead nowhere, and to neurons on outputs, where none may', () => {
    const header = { connectors: [{ ID: 0, name: 'a', csize: 3 }] };
    const bytes = file(header, frame(0, [0, 0, 0, 3, 0, 1, 2]), frame(-1));
    const open = (kind: Connector['kind']): Connector => ({ ...small, kind, core: Int32Array.of(0, -1, 5) });
    const { destCore, destAxon, srcCore } = read(bytes, open('input'));
    expect([[...destCore], [...destAxon], srcCore[0]]).toEqual([[0, 5], [0, 2], NOT_NAMED]);
    expect(() => read(bytes, open('output'))).toThrow(/pin 1 of connector "a" is not connected/);
    const input = read(bytes, { ...small, core: Int32Array.of(0, 1, 5) });
    expect([[...input.srcCore], input.destCore[0], input.destAxon[0]]).toEqual([[0, 1, 5], NOT_NAMED, NOT_NAMED]);
  }); // prettier-ignore

  it('find their connectors by name, and by order where names are not distinct or are others', () => {
    const header = (first: string, second: string) => ({
      connectors: [{ ID: 0, name: first, csize: 1 }, { ID: 1, name: second, csize: 1 }],
    });
    const [a, b] = [connector(5, 'output', 'a', 1, 30), connector(6, 'output', 'b', 1, 40)];
    const cores = (head: object, ...connectors: readonly Connector[]) =>
      [...read(file(head, frame(0, [0, 0, 0, 1, 0, 0, 1, 0, 1, 0]), frame(-1)), ...connectors).srcCore];
    expect(cores(header('b', 'a'), a, b)).toEqual([40, 30]);
    expect(cores(header('a', 'x'), b, a)).toEqual([40, 30]);
    expect(cores(header('a', 'a'), { ...b, name: 'a' }, a)).toEqual([40, 30]);
  }); // prettier-ignore

  it('refuse a map of another size or of fewer connectors', () => {
    const header = (csize: number) => ({ connectors: [{ ID: 0, name: 'a', csize }] });
    expect(() => read(file(header(4), frame(-1)), small)).toThrow(/"a" has 4 pins; in the pin map it is of 3 pins/);
    expect(() => read(file(header(4), frame(-1)))).toThrow(/"a" has 4 pins; in the pin map it is not there/);
  });

  it.each([
    [{ ID: 0, csize: 3, bpp: 24 }, /without ID, csize or a bpp/],
    [{ csize: 3 }, /without ID, csize or a bpp/],
    [{ ID: 0 }, /without ID, csize or a bpp/],
  ])('refuse the connector %j', (own, message) => {
    expect(() => read(file({ connectors: [own] }, frame(-1)), small)).toThrow(message);
  });

  it('refuse another encoding and no connectors', () => {
    const one = { connectors: [{ ID: 0, name: 'a', csize: 3 }] };
    expect(() => read(file({ encoding: 'RAW', ...one }, frame(-1)), small)).toThrow(/the encoding is "RAW"/);
    expect(read(file({ encoding: 'CONNPIN', ...one }, frame(-1)), small).n).toBe(0);
    expect(() => read(file({ encoding: 'CONNPIN' }, frame(-1)), small)).toThrow(/no connectors are listed/);
    expect(() => read(file(one), small)).toThrow(/no frames of connector pins/);
    expect(() => read(Uint8Array.from([...bytesOf('{}'), ...START]), small)).toThrow(/no frames/);
  });
});

describe('frames that are written', () => {
  it('have every byte of the format', () => {
    const map = [connector(0, 'output', 'a', 3, 7), connector(1, 'output', 'b', 257, 20)];
    const spikes = [
      { tick: 1, srcCore: 21, srcNeuron: 0, delay: 3 },
      { tick: 1, srcCore: 7, srcNeuron: 2 },
      { tick: 1, srcCore: 20, srcNeuron: 1 },
    ];
    const bytes = writeSpikeFrames(spikeRecords(spikes, 3), map);
    // Connector 1 has 257 pins, so pins of two bytes: pin 256 with delay 3, pin 1 with delay 1.
    const blocks = [...[0, 0, 0, 1, 2, 1], ...[0, 1, 0, 2, 1, 0, 0, 1, 3, 1]];
    expect(framesOf(bytes)).toEqual([...frame(0), ...frame(1, blocks), ...frame(2), ...frame(-1)]);
    const header = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0xff)));
    expect(header).toContain('{"ID":0,"name":"a","csize":3,"bpp":8,"delayMode":1}');
    expect(header).toContain('{"ID":1,"name":"b","csize":257,"bpp":16,"delayMode":1}');
  });

  it.each([
    [256, 8],
    [257, 16],
    [65_536, 16],
    [65_537, 32],
  ])('have pins of %d-pin connectors in %d bits', (size, bpp) => {
    const map = [connector(0, 'input', 'a', size, 0)];
    const last = size - 1;
    const records = spikeRecords([{ tick: 0, destCore: Math.floor(last / 256), destAxon: last % 256 }]);
    const bytes = writeSpikeFrames(records, map);
    expect(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0xff)))).toContain(`"bpp":${bpp},`);
    expect(read(bytes, ...map)).toEqual(records);
  });

  it('have at most 1024 pins in a block', () => {
    const map = [connector(0, 'input', 'a', 3000, 0)];
    const spikes = (n: number) =>
      spikeRecords(
        Array.from({ length: n }, (_, i) => ({ tick: 0, destCore: Math.floor(i / 256), destAxon: i % 256 })),
      );
    const counts = (n: number): readonly number[] => {
      const bytes = framesOf(writeSpikeFrames(spikes(n), map));
      const found: number[] = [];
      for (let at = 16; bytes[at] !== 0xfe; at += 4 + 3 * found.at(-1)!)
        found.push(bytes[at + 2]! * 256 + bytes[at + 3]!);
      return found;
    };
    expect(counts(1024)).toEqual([1024]);
    expect(counts(1025)).toEqual([1024, 1]);
    expect(counts(2050)).toEqual([1024, 1024, 2]);
  });

  it('refuse spikes on no pin, and spikes out of order as an error of ours', () => {
    const map = [{ ...connector(0, 'input', 'a', 2, 0), core: Int32Array.of(-1, 3) }];
    const write = (...spikes: Parameters<typeof spikeRecords>[0]) => writeSpikeFrames(spikeRecords(spikes), map);
    expect(() => write({ tick: 0, destCore: 3, destAxon: 0 })).toThrow(/axon 0 of core 3: a spike on no pin/);
    expect(() => write({ tick: 0, srcCore: 3, srcNeuron: 2 })).toThrow(/neuron 2 of core 3: a spike on no pin/);
    expect(() => write({ tick: 0, destCore: -1, destAxon: 0 })).toThrow(/axon 0 of core -1/);
    const good = { destCore: 3, destAxon: 1 };
    expect(write({ tick: 0, ...good }, { tick: 2, ...good }).length).toBeGreaterThan(0);
    expect(() => write({ tick: 2, ...good }, { tick: 0, ...good })).toThrow(/internal error/);
  });
});
