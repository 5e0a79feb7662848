import { describe, expect, it } from 'vitest';
import { standardMesh } from '../../../src/hw-models/truenorth/mesh.js';

describe('the standard mesh', () => {
  it('has the router of print: 3 cycles a hop, 8 places a buffer, a credit back after 2 cycles, one chip', () => {
    expect(standardMesh(8, 4)).toMatchObject({
      ...{ width: 8, height: 4, bufferFlits: 8 },
      ...{ injectCycles: 1, hopCycles: 3, ejectCycles: 4, creditCycles: 2 },
    });
  });
});
