/** What becomes of layers whose sums are too large for a core of a NorthPole-style chip. */
import { integer, significant } from '../../common/format.js';
import { layerRows } from '../../compiler/targets/northpole/table.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import type { LayerSplit } from '../chip.js';

/** Layers whose input channels are divided among cores: their partial sums go from core to core. Tiles and groups of outputs share work, and add nothing. */
export function northPoleSplits(program: NorthPoleProgram): readonly LayerSplit[] {
  const rows = layerRows(program);
  return program.layers.flatMap(({ name, mapping }, l) => {
    const row = rows[l];
    if (mapping.inGroups === 1 || row === undefined) return [];
    return [
      {
        layer: name,
        why: 'one core for all of its input channels would take longer, or has no room for their weights',
        into: `chains of ${integer(mapping.inGroups)} cores, each with its part of the input channels`,
        cost: `${significant(row.partialSumBytes / 1000)} kB of partial sums from core to core in a batch`,
      },
    ];
  });
}
