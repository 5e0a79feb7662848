import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { layerRows } from '../../../src/compiler/targets/northpole/table.js';
import { resnet50 } from '../../../src/chips/northpole/validation/resnet50.js';
import { macsOf, resnet50Layers } from '../../../src/chips/northpole/validation/resnet50-layers.js';
import { NORTHPOLE } from '../../../src/hw-models/northpole/spec.js';

describe('ResNet-50 on the published chip', () => {
  it('has a schedule without a collision and fuses every requantisation and addition', () => {
    // Small images: all 54 matrices, a twelfth of the pixels. The compiler throws what its verifier and checker find.
    const { program } = compileNorthPole(resnet50({ size: 64 }), { spec: NORTHPOLE, batch: 2 });
    expect(program.layers.filter(({ kind }) => kind === 'vmm')).toHaveLength(54);
    expect(program.layers.filter(({ kind }) => kind === 'vector').map(({ name }) => name)).toEqual(['pool', 'average']);
    const additions = program.layers.flatMap(({ epilogue }) => epilogue.filter((step) => step.kind === 'add'));
    expect(additions).toHaveLength(16);
    const macs = layerRows(program).reduce((sum, row) => sum + row.macs, 0);
    expect(macs).toBe(2 * resnet50Layers(64).reduce((sum, layer) => sum + macsOf(layer), 0));
  }, 60_000);
});
