import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { freshNames } from '../../src/compiler/fresh-names.js';
import { compileNetwork, readProgram, writeProgram } from '../../src/flow.js';
import { UserError } from '../../src/common/diagnostics.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { printNetwork } from '../../src/ir/network/print.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { randomNetwork } from '../support/random-network.js';
import { randomQuantisedNetwork } from '../support/random-quantised-network.js';

describe('a made-up name', () => {
  it('is the wanted one, else the first free one like it', () => {
    const fresh = freshNames(['a', 'b.2']);
    expect([fresh('b'), fresh('b'), fresh('a'), fresh('a')]).toEqual(['b', 'b.3', 'a.2', 'a.3']);
  });

  it('is never longer than asked for', () => {
    const fresh = freshNames(['abcd'], 4);
    expect([fresh('abcdef'), fresh('abcdef'), fresh('abc')]).toEqual(['ab.2', 'ab.3', 'abc']);
  });
});

/** The network with other names. */
function renamed(graph: NetworkGraph, nameOf: (id: string) => string): NetworkGraph {
  const text = printNetwork(graph).split('\n');
  const heads = text.map((line) =>
    line.startsWith('%') ? line.replace(/%(\S+)/g, (_, id: string) => `%${nameOf(id)}`) : line,
  );
  return parseNetwork(heads.join('\n'), 'renamed');
}

/** Compiles, writes, reads back; the names of all layers on the way that the network itself does not have. */
function madeUp(graph: NetworkGraph, chip: 'truenorth' | 'northpole'): readonly string[] {
  const own = new Set(graph.nodes.map(({ id }) => id));
  const compilation = compileNetwork(graph, { chip });
  const read = readProgram(writeProgram(compilation), 'program');
  const ids = read.integer.nodes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const layers = read.chip.view(read.program).layers.rows.map(([name = '']) => name);
  expect(new Set(layers).size).toBe(layers.length);
  return [...ids, ...layers].filter((name) => !own.has(name));
}

test('a layer with the name that the operand of a sum would get compiles', () => {
  const text = [
    'lodestone-network 1 float "collision"',
    '%image = input',
    '  shape [2]',
    '%encode = encode %image',
    '  code {"kind":"integer","bits":8,"zeroPoint":0,"step":1}',
    '%sum.operand0 = dense %encode',
    '  nOut 1',
    '  weights i8(1,1)',
    '  scale f64(0.7)',
    '%c = dense %encode',
    '  nOut 1',
    '  weights i8(1,1)',
    '  scale f64(0.3)',
    '%sum = add %sum.operand0 %c',
    '%q = quantise %sum',
    '  step 0.5',
    '  bits 4',
    '  signed true',
    '%o = scores %q',
  ];
  const graph = parseNetwork(text.join('\n'), 'collision');
  expect(madeUp(graph, 'northpole')).toEqual(['sum.operand0.2', 'sum.operand1']);
});

test('no name of the user collides with one that a pass makes up, on either chip', () => {
  let collisions = 0;
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(), fc.boolean(), (seed, pick, isLong) => {
      const isQuantised = seed % 2 === 0;
      const graph = isQuantised
        ? randomQuantisedNetwork(seed)
        : randomNetwork(seed, { averagePool: true, overlappingPool: true });
      const chip = isQuantised ? 'northpole' : 'truenorth';
      let names: readonly string[];
      try {
        names = madeUp(graph, chip).filter((name) => /^[A-Za-z_][A-Za-z0-9_./-]{0,127}$/.test(name));
      } catch (error) {
        if (error instanceof UserError) return;
        throw error;
      }
      const victim = graph.nodes[pick % graph.nodes.length]?.id ?? '';
      const name = names[pick % Math.max(1, names.length)] ?? victim;
      if (name !== victim) collisions++;
      madeUp(
        renamed(graph, (id) => (id === victim ? name : id)),
        chip,
      );
      if (isLong) {
        madeUp(
          renamed(graph, (id) => id.padEnd(128, '_')),
          chip,
        );
      }
    }),
    { numRuns: 60 },
  );
  expect(collisions).toBeGreaterThan(5);
});
