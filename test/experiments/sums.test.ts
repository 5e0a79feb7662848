import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { runSums } from '../../src/chips/northpole/sums.js';
import { NORTHPOLE } from '../../src/hw-models/northpole/spec.js';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { inferShapes } from '../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { backendName } from '../../src/training/index.js';
import { deployTransformer } from '../../src/training/sequence/deploy.js';
import { buildSequenceModel } from '../../src/training/sequence/model.js';
import { parseSequenceRecipe } from '../../src/training/sequence/recipe.js';

const MODEL = 'examples/models/sums-transformer';

let network: NetworkGraph;
let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await readFile(`${MODEL}.lsn`);
  network = decodeNetwork(bytes, MODEL);
});

/** What a network of the recipe must share with the shipped one: everything but trained values. */
function structureOf(graph: NetworkGraph): unknown {
  const shapes = inferShapes(graph);
  return graph.nodes.map((node) => ({
    ...{ id: node.id, kind: node.kind, shape: shapes.get(node.id) },
    weightBits: node.kind === 'dense' ? node.weightBits : undefined,
    heads: node.kind === 'attention' ? [node.heads, node.context, node.scale] : undefined,
  }));
}

describe('the model sums-transformer', () => {
  it('has the structure of its recipe and is smaller than 250 kB', async () => {
    await backendName();
    const recipe = parseSequenceRecipe(await readFile(`${MODEL}.yaml`, 'utf8'), MODEL);
    const model = buildSequenceModel(recipe, 13);
    // The first batch fixes the steps.
    model.forward(new Uint8Array(model.context), 0);
    expect(structureOf(network)).toEqual(structureOf(deployTransformer(model)));
    expect(bytes.length).toBeLessThan(250_000);
  });

  it('adds on the chip, token by token, with the scores of the integer network', async () => {
    const result = await runSums(network, { spec: NORTHPOLE, n: 20, workers: 1 });
    expect(result.compared).toBe(20 * 12 * 13);
    expect(result.mismatches).toBe(0);
    const all = { exactAnswers: 1, tokens: 1 };
    expect(result.accuracy).toEqual({ float: all, integer: all, chip: all });
    for (const line of result.examples) {
      const [, a, b, sum = ''] = /^(\d{3})\+(\d{3})=(\d{4})$/.exec(line) ?? [];
      expect(Number([...sum].reverse().join(''))).toBe(Number(a) + Number(b));
    }
    // Two layers of three heads, 12 positions of 32 keys and 32 values of 8 bits each.
    expect(result.cacheBytes.reduce((sum, core) => sum + core.bytes, 0)).toBe(2 * 3 * 12 * 64);
    // 22 layers one after the other, none of which is over in 5 cycles.
    expect(result.cyclesPerToken).toBeGreaterThan(22 * 5);
    expect(result.cyclesPerToken).toBeLessThan(2000);
    // At least what flows without any event.
    expect(result.energyPerToken.value).toBeGreaterThan(NORTHPOLE.energy.staticWatts * result.microsecondsPerToken);
    expect(result.microsecondsPerToken).toBe(result.cyclesPerToken / 400);
  }, 30_000);

  it('needs its recipe: with another table of positions it does not add', async () => {
    const shuffled = {
      ...network,
      nodes: network.nodes.map((node) =>
        node.kind === 'embedding' && node.by === 'position' ? { ...node, table: node.table.slice().reverse() } : node,
      ),
    };
    const result = await runSums(shuffled, { spec: NORTHPOLE, n: 3, workers: 1 });
    expect(result.accuracy.chip.exactAnswers).toBe(0);
    expect(result.mismatches).toBe(0);
  }, 30_000);
});
