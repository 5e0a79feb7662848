import { describe, expect, it } from 'vitest';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { flitChannels } from '../../../src/hw-models/northpole/vector-job.js';

describe('a flit', () => {
  /** Channels of a flit by width, on a chip with a data port of so many bytes and links of so many wires. */
  const channels = (dataPortBytes: number, wires: number) => {
    const { memory, networks } = NORTHPOLE_SMALL;
    const spec = {
      ...NORTHPOLE_SMALL,
      memory: { ...memory, dataPortBytes },
      networks: { ...networks, activation: { ...networks.activation, wires } },
    };
    return [1, 2, 4, 8, 32].map((bits) => flitChannels({ spec }, bits));
  };

  it('holds as many whole channels as the narrower of data port and link', () => {
    expect(channels(8, 256)).toEqual([64, 32, 16, 8, 2]);
    expect(channels(32, 64)).toEqual([64, 32, 16, 8, 2]);
    // 7 bytes hold one value of 32 bits.
    expect(channels(7, 256)).toEqual([56, 28, 14, 7, 1]);
    expect(channels(32, 56)).toEqual([56, 28, 14, 7, 1]);
  });
});
