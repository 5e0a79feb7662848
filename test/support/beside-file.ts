/** An imported network beside its file, layer by layer, in the interpreter that defines networks: without its integer form, so that all kinds can be asked. */
import { present } from '../../src/common/assert.js';
import type { ImportedNetwork } from '../../src/compiler/frontends/frontend.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import { randomPixels } from './random-network.js';

/** What was found of some images. */
export interface BesideFile {
  /** Layers whose values the file has. */
  readonly seen: ReadonlySet<string>;
  /** Layers in which an element differs by more than the part of its size that is allowed, with the largest such part. */
  readonly differing: ReadonlyMap<string, number>;
  /** Images for which both decide, and decide alike. */
  readonly sameDecision: number;
  readonly decided: number;
}

/** Compares on random images. @param allowed part of a number (of 1 where it is smaller) by which it may differ */
export function besideFile({ graph, file }: ImportedNetwork, images: number, seed: number, allowed = 0): BesideFile {
  const [input, code] = graph.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('no input');
  const size = sizeOf(input.shape);
  const bytes = randomPixels(seed, images * size);
  const counts = codedBuffer(code.code, size);
  const interpreter = createInterpreter(graph);
  const values = present(file, 'values of the file');
  const seen = new Set<string>();
  const differing = new Map<string, number>();
  let [sameDecision, decided] = [0, 0];
  for (let s = 0; s < images; s++) {
    const image = bytes.subarray(s * size, (s + 1) * size);
    encodeCounts(code.code, image, s, 1, counts);
    const own = interpreter.trace(counts);
    const { layers, decision } = values.evaluate(image);
    for (const [id, found] of layers) {
      const expected = own.get(id);
      if (expected === undefined || expected.length !== found.length)
        throw new Error(
          `layer ${id}: ${found.length} values of the file, ${expected?.length ?? 'none'} of the network, seed ${seed}`,
        );
      found.forEach((v, e) => {
        if (Number.isNaN(v)) return;
        seen.add(id);
        const part = Math.abs(v - expected[e]!) / Math.max(1, Math.abs(expected[e]!));
        if (!(part <= allowed)) differing.set(id, Math.max(differing.get(id) ?? 0, part));
      });
    }
    if (decision === undefined) continue;
    decided++;
    if (decision === interpreter.decide(present(own.get(graph.nodes.at(-1)?.id ?? ''), 'scores'))) sameDecision++;
  }
  return { seen, differing, sameDecision, decided };
}
