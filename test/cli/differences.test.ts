import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readProgram, writeProgram } from '../../src/flow.js';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const object = z.object({ mismatches: z.int() });

/** A program whose integer network is another one: what a broken core model looks like from outside. */
async function brokenProgram(name: string, chip: string): Promise<string> {
  const path = folder.at(`${name}-${chip}.lsp`);
  const compiled = await cli(['compile', modelPath(name), '--chip', chip, '-o', path]);
  expect(compiled.code, compiled.err).toBe(0);
  const file = readProgram(new Uint8Array(readFileSync(path)), path);
  const nodes = file.integer.nodes.map((node) => {
    if (node.kind === 'threshold') return { ...node, theta: node.theta.map((theta) => theta + 3) };
    if (node.kind === 'requantise') return { ...node, multiplier: node.multiplier.map((m) => Math.ceil(m / 2)) };
    return node;
  });
  writeFileSync(path, writeProgram({ ...file, integer: { ...file.integer, nodes } }));
  return path;
}

describe('a chip that differs from its integer network', () => {
  let broken: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    broken = {
      truenorth: await brokenProgram('mnist-5core', 'truenorth'),
      northpole: await brokenProgram('mnist-resnet-4bit', 'northpole'),
    };
  });

  it.each(['truenorth', 'northpole'])('ends a run without noise with exit code 1: %s', async (chip) => {
    const run = ['run', broken[chip]!, '--limit', '20'];
    const asText = await cli(run);
    expect(asText.code).toBe(1);
    expect(asText.out).toMatch(/mismatches +[1-9]\d* samples differ/);
    const asJson = await cli([...run, '--json', '-o', folder.at(`${chip}.json`)]);
    expect(asJson.code).toBe(1);
    expect(object.parse(JSON.parse(asJson.out)).mismatches).toBeGreaterThan(0);
    // The result is there: it is what somebody looks at who wants to know what differs.
    expect(folder.list()).toContain(`${chip}.json`);
  });

  it('ends a run without noise with 0 where nothing differs', async () => {
    expect((await cli(['run', modelPath('mnist-5core'), '--limit', '20', '--noise', 'ber=0'])).code).toBe(0);
  });

  it('is what noise does: a run with noise ends with 0', async () => {
    const run = ['run', broken['truenorth']!, '--limit', '20', '--json'];
    for (const noise of [
      ['--noise', 'ber=0.01'],
      ['--dead', '0,0'],
    ]) {
      const outcome = await cli([...run, ...noise]);
      expect(outcome.code, outcome.out).toBe(0);
      expect(object.parse(JSON.parse(outcome.out)).mismatches).toBeGreaterThan(0);
    }
  });
});
