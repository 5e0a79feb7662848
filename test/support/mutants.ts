/** Files that are wrong in some place: bytes changed, left out, repeated or cut off, drawn from a seed. */
import { PURPOSE, sequence, type Sequence } from '../../src/common/rng.js';

/** Values that break lengths, signs and sizes. */
const NASTY = [0, 1, 2, 0x7f, 0x80, 0xff, 0xfe, 0x08, 0x12, 0x3a];

/** Mutant number `index` of a file; equal for equal seeds. */
export function mutantOf(bytes: Uint8Array, seed: number, index: number): Uint8Array {
  const draw = sequence(seed, PURPOSE.test, index);
  let mutant: Uint8Array = bytes.slice();
  const changes = 1 + draw.below(4);
  for (let k = 0; k < changes && mutant.length > 0; k++) mutant = changed(mutant, draw);
  return mutant;
}

function changed(bytes: Uint8Array, draw: Sequence): Uint8Array {
  const at = draw.below(bytes.length);
  switch (draw.below(6)) {
    case 0:
      bytes[at] = draw.below(256);
      return bytes;
    case 1:
      bytes[at] = NASTY[draw.below(NASTY.length)]!;
      return bytes;
    case 2:
      bytes[at]! ^= 1 << draw.below(8);
      return bytes;
    case 3:
      return bytes.slice(0, at);
    case 4: {
      const length = Math.min(1 + draw.below(16), bytes.length - at);
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    }
    default: {
      const from = draw.below(bytes.length);
      const part = bytes.subarray(from, from + 1 + draw.below(32));
      return joined(bytes.subarray(0, at), part, bytes.subarray(at));
    }
  }
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Fields that break numbers, names, paths and columns. */
const NASTY_FIELDS = [
  ...[
    '',
    ' ',
    '0',
    '-0',
    '-1',
    '1',
    '2',
    '255',
    '256',
    '1e308',
    '-1e308',
    '1e309',
    '1e-320',
    '.5',
    '1.',
    'NaN',
    'Infinity',
    '-inf',
  ],
  ...[
    '2147483647',
    '2147483648',
    '-2147483649',
    '9007199254740993',
    '9'.repeat(400),
    '0x10',
    '1_000',
    '+1',
    '1 2',
    '"1"',
    '"',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    't',
    'x',
    'label',
    '..',
    '../a',
    '/etc/passwd',
    'a\0b',
    '\ufeff',
    'é',
    '\r',
    '#',
    ',',
  ],
];

/** Mutant number `index` of a text of lines and fields: some of its fields and lines are others, left out or repeated. */
export function mutantText(text: string, seed: number, index: number): string {
  const draw = sequence(seed, PURPOSE.test, index);
  const lines = text.split('\n');
  for (let k = 0; k <= draw.below(3); k++) {
    const at = draw.below(lines.length);
    const fields = (lines[at] ?? '').split(',');
    const field = draw.below(fields.length);
    switch (draw.below(6)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, lines[draw.below(lines.length)] ?? '');
        break;
      case 2:
        fields.splice(field, 1);
        lines[at] = fields.join(',');
        break;
      default:
        fields[field] = NASTY_FIELDS[draw.below(NASTY_FIELDS.length)] ?? '';
        lines[at] = fields.join(',');
    }
    if (lines.length === 0) lines.push('');
  }
  return lines.join(draw.below(8) === 0 ? '\r\n' : '\n');
}
