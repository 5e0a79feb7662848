import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../../src/chips/installed.js';
import type { ChipKit, KitCase } from '../../../src/chips/kit.js';
import { present } from '../../../src/common/assert.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { compareModels } from '../../../src/conformance/compare.js';
import type { RunningModel } from '../../../src/conformance/model.js';
import { decodeGolden, encodeGolden } from '../../../src/conformance/trace/golden.js';
import { openTrace } from '../../../src/conformance/trace/read.js';
import { ByteReader, ByteWriter } from '../../../src/conformance/trace/varint.js';
import { traceBytes, traceText } from '../../../src/conformance/trace/write.js';
import { expectRefusal } from './refused-trace.js';

const kits = await Promise.all(
  CHIPS.flatMap((chip) => (chip.kit === undefined ? [] : [chip.kit().then((kit) => ({ chip, kit }))])),
);

const drawn = (kit: ChipKit, seed: number): KitCase => {
  const program = kit.randomProgram(seed, undefined, { size: 1 / 8 });
  return { program, stimulus: kit.randomStimulus(program, seed) };
};
const opened = (kit: ChipKit, { program, stimulus }: KitCase): RunningModel =>
  kit.open(program, stimulus, kit.models[0], { spikes: true, inside: true });

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new Uint8Array(Buffer.concat(all));
}

/** The bytes in pieces of a size. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

describe.each(kits)('a trace of $chip.name', ({ chip, kit }) => {
  it.each(['binary', 'text'])(
    'read back has every value of every step, however it comes in pieces: %s',
    async (form) => {
      const of = drawn(kit, 5);
      const model = opened(kit, of);
      const bytes = await collected(form === 'text' ? traceText({ model }) : traceBytes({ model }));
      for (const size of [7, bytes.length]) {
        const { model: read } = await openTrace(inPieces(bytes, size), 'trace');
        const comparison = await compareModels(opened(kit, of), read);
        expect(comparison).toMatchObject({ nDifferences: 0, steps: of.stimulus.steps });
        expect(comparison.stopped).toBeUndefined();
        expect(comparison.fields).toHaveLength(model.fields.length);
      }
    },
  );

  it('holds the program and what enters it, byte for byte the same every time', async () => {
    const of = drawn(kit, 6);
    const golden = encodeGolden({ chip: chip.name, model: 'any', ...of });
    const bytes = await collected(traceBytes({ model: opened(kit, of), golden }));
    const again = await collected(traceBytes({ model: opened(kit, of), golden }));
    expect(Buffer.from(again).equals(bytes)).toBe(true);
    const { golden: found } = await openTrace(inPieces(bytes, 1000), 'trace');
    const decoded = await decodeGolden(present(found, 'golden'), 'trace', CHIPS);
    expect(decoded).toMatchObject({ model: 'any', stimulus: of.stimulus });
    const comparison = await compareModels(opened(kit, of), opened(kit, decoded));
    expect(comparison.nDifferences).toBe(0);
  });
});

describe('numbers of a trace', () => {
  it('come back, the largest and smallest too, and small ones take a byte', () => {
    const writer = new ByteWriter();
    const signed = [0, -1, 1, 63, -64, 64, 2 ** 31 - 1, -(2 ** 31)];
    const unsigned = [0, 127, 128, 2 ** 32 - 1];
    for (const value of signed) writer.signed(value);
    for (const value of unsigned) writer.unsigned(value);
    const bytes = writer.take();
    const reader = new ByteReader(bytes);
    expect(signed.map(() => reader.signed())).toEqual(signed);
    expect(unsigned.map(() => reader.unsigned())).toEqual(unsigned);
    expect(reader.isAtEnd).toBe(true);
    expect(bytes.length).toBe(5 + 2 + 5 + 5 + 1 + 1 + 2 + 5);
    expect(() => new ByteReader(Uint8Array.of(255, 255, 255, 255, 16)).unsigned()).toThrow(/32 bits/);
    expect(() => new ByteReader(Uint8Array.of(128)).unsigned()).toThrow(/cut off/);
  });
});

describe('a trace from outside', () => {
  const { kit } = present(kits[0], 'kit');
  const of = drawn(kit, 7);

  it('is refused where it is cut off, wherever that is, and where a byte is another one', async () => {
    const bytes = await collected(traceBytes({ model: opened(kit, of) }));
    const random = sequence(1, PURPOSE.test);
    for (let n = 0; n < 60; n++) {
      await expectRefusal(inPieces(bytes.slice(0, random.below(bytes.length)), 512));
      const damaged = new Uint8Array(bytes);
      damaged[random.below(bytes.length)]! ^= 1 << random.below(8);
      await expectRefusal(inPieces(damaged, 512));
    }
    await expectRefusal(inPieces(Buffer.concat([bytes, bytes]), 512), /something follows/);
  });

  it('is refused in text where a line is none, a field is not there, or the end is missing', async () => {
    const lines = Buffer.from(await collected(traceText({ model: opened(kit, of) })))
      .toString()
      .trimEnd()
      .split('\n');
    const text = (all: readonly string[]) => inPieces(Buffer.from(`${all.join('\n')}\n`), 512);
    const at = lines.indexOf('step 1');
    const replaced = (line: string) => text([...lines.slice(0, at), line, ...lines.slice(at + 1)]);
    await expectRefusal(text(lines.slice(0, -1)), /ends without/);
    await expectRefusal(replaced('step 2'), /step 1/);
    await expectRefusal(replaced('voltage 1 2'), /no field "voltage"/);
    await expectRefusal(replaced('potentials 999999 2'), /none at 999999/);
    await expectRefusal(replaced('potentials 1 9999999999'), /32 bits/);
    await expectRefusal(replaced('potentials one 2'), /NAME INDEX VALUE/);
    await expectRefusal(text([lines[0]!, 'field 999999999 state all', 'end 0']), /more than 67108864/);
    await expectRefusal(text([lines[0]!, 'field 1 state a', 'field 1 state a', 'end 0']), /one name/);
    await expectRefusal(text(['lodestone-trace 2']), /no trace/);
  });

  it('announces no more than it has: sizes are checked before anything is made', async () => {
    const bytes = await collected(traceBytes({ model: opened(kit, of) }));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setUint32(9, 0xffff_ffff, true);
    await expectRefusal(inPieces(bytes, 512), /announces 4294967295 bytes/);
    view.setUint32(9, 2 ** 20, true);
    await expectRefusal(inPieces(bytes, 512), /cut off/);
  });

  it('is refused where its program or stimulus has no place on the chip', async () => {
    const { program, stimulus } = of;
    const refused = async (chip: string, change: Partial<KitCase['stimulus']>) => {
      const golden = encodeGolden({ chip, model: 'any', program, stimulus: { ...stimulus, ...change } });
      await expect(decodeGolden(golden, 'trace', CHIPS)).rejects.toThrow();
    };
    const { name } = present(CHIPS[0], 'chip');
    await refused('abacus', {});
    await refused(name, { events: Int32Array.of(0, 999, 0) });
    await refused(name, { events: Int32Array.of(0, 0, -1) });
    await refused(name, { events: Int32Array.of(5, 0, 0, 4, 0, 0) });
    await refused(name, { events: Int32Array.of(0, 0) });
    await refused(name, { steps: 1, events: Int32Array.of(1, 0, 0) });
  });
});
