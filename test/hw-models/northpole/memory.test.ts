import { describe, expect, it } from 'vitest';
import { encodeWeight, fitsContainer, signExtend, writeCode } from '../../../src/hw-models/northpole/containers.js';
import { bufferTag, CoreMemory, type MemoryBuffer } from '../../../src/hw-models/northpole/memory.js';
import { Port } from '../../../src/hw-models/northpole/port.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { decodeBlock } from '../../../src/hw-models/northpole/vmm.js';

const buffer = (base: number, bits: number, signed = false, layer = 0): MemoryBuffer => ({
  tag: bufferTag(layer, 0),
  base,
  bits,
  signed,
});

describe('a container', () => {
  it.each([1, 2, 4, 8] as const)('of %d bits gives back every weight it was given, next to others', (bits) => {
    const codes = Array.from({ length: 2 ** bits }, (_, n) => (bits === 1 ? 2 * n - 1 : n - 2 ** (bits - 1)));
    const weights = Int8Array.from({ length: 512 }, (_, n) => codes[(n * 7) % codes.length]!);
    const bytes = new Uint8Array(64 * bits).fill(0xa5);
    weights.forEach((weight, n) => writeCode(bytes, bits, n, encodeWeight(weight, bits)));
    const gates = [0, 1].map(() => [0, 256] as const);
    expect(decodeBlock(bytes, { outputs: 2, lanes: 256, bits }, gates)).toEqual(weights);
  });

  it('holds two’s complement, low bits first', () => {
    const bytes = new Uint8Array(8);
    writeCode(bytes, 4, 0, -2);
    writeCode(bytes, 4, 1, 3);
    expect(bytes[0]).toBe(0x3e);
    writeCode(bytes, 32, 1, -2);
    expect(Array.from(bytes)).toEqual([0x3e, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
    expect([signExtend(14, 4, true), signExtend(14, 4, false), signExtend(2 ** 32 - 2, 32, true)]).toEqual([
      -2, 14, -2,
    ]);
  });

  it('knows its range', () => {
    const edges = (bits: number, signed: boolean): number[] =>
      Array.from({ length: 600 }, (_, n) => n - 300).filter((v) => fitsContainer(v, bits, signed));
    expect([edges(8, true)[0], edges(8, true).at(-1)]).toEqual([-128, 127]);
    expect([edges(8, false)[0], edges(8, false).at(-1)]).toEqual([0, 255]);
    expect(edges(2, true)).toEqual([-2, -1, 0, 1]);
    expect(edges(1, false)).toEqual([0, 1]);
    expect(fitsContainer(2 ** 31 - 1, 32, true)).toBe(true);
    expect(fitsContainer(2 ** 31, 32, true)).toBe(false);
    expect(fitsContainer(-(2 ** 31), 32, true)).toBe(true);
    expect(fitsContainer(0.5, 8, true)).toBe(false);
  });
});

describe('the memory of a core', () => {
  it('gives back what was written, at any width', () => {
    const memory = new CoreMemory(NORTHPOLE_SMALL, 3);
    for (const [n, [bits, value]] of (
      [
        [8, -100],
        [4, -8],
        [2, 1],
        [32, -123456789],
      ] as const
    ).entries()) {
      const b = { ...buffer(4090 + 40 * n, bits, true), tag: bufferTag(n, 0) };
      for (let i = 0; i < 9; i++) memory.write(0, b, i, i % 2 === 0 ? value : 1);
      expect(Array.from({ length: 9 }, (_, i) => memory.read(1, b, i))).toEqual([
        value,
        1,
        value,
        1,
        value,
        1,
        value,
        1,
        value,
      ]);
    }
  });

  it('refuses to read what was never written, also inside a byte', () => {
    const memory = new CoreMemory(NORTHPOLE_SMALL, 3);
    const b = buffer(16, 4);
    expect(() => memory.read(7, b, 0)).toThrow(
      'cycle 7, core 3, memory: byte 16 of operand 0 of layer 0 holds nothing',
    );
    memory.write(0, b, 0, 5);
    expect(memory.read(1, b, 0)).toBe(5);
    expect(() => memory.read(1, b, 1)).toThrow(/bits of byte 16 .* were never written/);
  });

  it('refuses to read what another buffer has overwritten', () => {
    const memory = new CoreMemory(NORTHPOLE_SMALL, 0);
    memory.write(0, buffer(0, 8), 3, 1);
    memory.write(1, buffer(3, 8, false, 4), 0, 2);
    expect(() => memory.read(2, buffer(0, 8), 3)).toThrow(/byte 3 of operand 0 of layer 0 holds operand 0 of layer 4/);
  });

  it('forgets the written bits of a byte when another buffer takes it', () => {
    const memory = new CoreMemory(NORTHPOLE_SMALL, 0);
    memory.write(0, buffer(0, 4), 0, 1);
    memory.write(0, buffer(0, 4), 1, 2);
    memory.write(1, buffer(0, 4, false, 1), 0, 3);
    expect(() => memory.read(2, buffer(0, 4, false, 1), 1)).toThrow(/never written/);
  });

  it('refuses values that do not fit and addresses outside', () => {
    const memory = new CoreMemory(NORTHPOLE_SMALL, 0);
    expect(() => memory.write(0, buffer(0, 4), 0, 16)).toThrow(/16 does not fit an unsigned container of 4 bits/);
    expect(() => memory.write(0, buffer(65_536, 8), 0, 1)).toThrow(/byte 65536 .* outside its 65536 bytes/);
    expect(() => memory.write(0, buffer(-1, 8), 0, 1)).toThrow(/outside/);
  });
});

describe('a port', () => {
  const at = (cycle: number) => ({ cycle, core: 2 });

  it('refuses a second use in a cycle, more bytes than it has wires for, and time that runs back', () => {
    const port = new Port('data port', 8);
    port.use(at(1), 8);
    port.use(at(2), 3);
    expect(() => port.use(at(2), 1)).toThrow('internal error: cycle 2, core 2, data port: used twice in one cycle');
    expect(() => port.use(at(3), 9)).toThrow('9 bytes in one cycle, 8 fit');
    expect(() => port.use(at(1), 1)).toThrow('used again for cycle 3');
  });

  it('that is shared takes uses until its bytes are full', () => {
    const port = new Port('bus', 8, 'shared');
    port.use(at(1), 4);
    port.use(at(1), 4);
    expect(port.total).toBe(8);
    expect(() => port.use(at(1), 1)).toThrow('9 bytes in one cycle, 8 fit');
  });
});
