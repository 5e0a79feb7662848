/**
 * Random networks of rearrangements compute the same scores without them, to the last bit: all their sums are exact. A digest of what is left
 * notices that they are taken out otherwise: find out why before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { normalise } from '../../../src/compiler/frontends/normalise.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { digest } from '../../support/digest.js';
import { randomImage, scoresOf } from '../../support/network-scores.js';
import { randomViews } from '../../support/random-views.js';

test('rearrangements are taken out without a change of any score, as in the golden', async () => {
  const lines: string[] = [];
  for (let part = 0; part < 40; part++) {
    const left = Array.from({ length: 50 }, (_, k) => {
      const before = randomViews(50 * part + k);
      // What nothing reads is taken out, too.
      expect(verifyNetwork(before).filter(({ code }) => code !== 'unused-value')).toEqual([]);
      const after = normalise(before);
      expect(verifyNetwork(after)).toEqual([]);
      const [a, b] = [scoresOf(before), scoresOf(after)];
      for (let i = 0; i < 3; i++) {
        const image = randomImage(before, i);
        expect(
          b(image).map((v) => v + 0),
          before.name,
        ).toEqual(a(image).map((v) => v + 0));
      }
      return printNetwork(after);
    });
    lines.push(`${part}: ${digest(left)}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/normalise.txt');
});
