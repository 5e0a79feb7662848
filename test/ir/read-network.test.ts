import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeContainer } from '../../src/common/container.js';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { printNetwork } from '../../src/ir/network/print.js';
import { isNetworkText, readAnyNetwork } from '../../src/ir/network/read-network.js';
import { modelPath } from '../cli/harness.js';

const binary = new Uint8Array(readFileSync(modelPath('mnist-5core')));
const network = decodeNetwork(binary, 'x');
const text = new TextEncoder().encode(printNetwork(network));

describe('a network file', () => {
  it('is read in both forms, the text also with a byte order mark', () => {
    expect(readAnyNetwork(binary, 'x')).toEqual(network);
    expect(readAnyNetwork(text, 'x')).toEqual(network);
    expect(readAnyNetwork(Uint8Array.of(0xef, 0xbb, 0xbf, ...text), 'x')).toEqual(network);
    expect([binary, text].map(isNetworkText)).toEqual([false, true]);
  });

  it('is refused when a text in it is not UTF-8, in both forms', () => {
    const name = new TextEncoder().encode(network.name);
    const at = text.findIndex((_, i) => name.every((byte, k) => text[i + k] === byte));
    const bad = Uint8Array.from(text);
    bad[at] = 0xff;
    expect(() => readAnyNetwork(bad, 'x')).toThrow(/error\[not-text\] x/);
    const encoded = encodeContainer('network', { name: 'a\uFFFDb' });
    expect(() => decodeNetwork(encoded, 'x')).toThrow(/error\[file-payload\] x.*not UTF-8/);
  });
});
