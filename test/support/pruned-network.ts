/** A network whose weights are all 0: nothing of it is left on a chip, and its scores are constants. */
import { parseNetwork } from '../../src/ir/network/parse.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';

/** Four bits in, two classes with the scores 0 and 0 before their offsets -1 and 2: the decision is class 1. */
export const pruned = (): NetworkGraph =>
  parseNetwork(
    [
      'lodestone-network 1 float "pruned"',
      '%image = input',
      '  shape [4]',
      '%code = encode %image',
      '  code {"kind":"rate","bits":2}',
      '%first = dense %code',
      '  nOut 3',
      '  weights i8(0,0,0,0,0,0,0,0,0,0,0,0)',
      '%act = step %first',
      '%last = dense %act',
      '  nOut 2',
      '  weights i8(0,0,0,0,0,0)',
      '  bias f64(-1,2)',
      '%out = scores %last',
    ].join('\n'),
    'pruned',
  );
