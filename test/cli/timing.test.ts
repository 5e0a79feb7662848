import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli, modelPath, temporaryFolder } from './harness.js';

const inFolder = temporaryFolder().at;

describe('lodestone timing', () => {
  it('prints one JSON object with the constants, their status and the fastest tick', async () => {
    const { code, out } = await cli(['timing', modelPath('mnist-5core'), '--limit', '2', '--json']);
    expect(code).toBe(0);
    const result: unknown = JSON.parse(out);
    expect(result).toMatchObject({
      kind: 'lodestone-timing',
      name: 'mnist-5core',
      samples: 2,
      model: 'event',
      deadline: { tickNs: 1_000_000, met: true, missedPackets: 0 },
    });
    expect(out).toMatch(/"status": "assumed"/);
  });

  it('says what limits a clocked chip, and that a tick too short is not legal', async () => {
    const args = ['timing', modelPath('mnist-5core'), '--limit', '1', '--model', 'clocked', '--tick-us', '100'];
    const { code, out } = await cli(args);
    expect(code).toBe(0);
    expect(out).toMatch(/66,051 cycles/);
    expect(out).toMatch(/NOT legal/);
    expect(out).toMatch(/limited by/);
  });

  it('prints every constant with its status and source, those of the router too, and what was given as given', async () => {
    const given = ['--credit-cycles', '3', '--inject-cycles', '2', '--eject-cycles', '5', '--neuron-ns', '200'];
    const args = ['timing', modelPath('mnist-5core'), '--limit', '1'];
    const [plain, changed] = [(await cli(args)).out, (await cli([...args, ...given])).out];
    expect(plain).toMatch(/^neuronNs +168 ns per neuron, derived: /m);
    expect(plain).toMatch(/^edgeNs +50 ns per spike, derived: /m);
    for (const [name, cycles, own] of [
      ['injectCycles', 1, 2],
      ['hopCycles', 3, 3],
      ['creditCycles', 2, 3],
      ['ejectCycles', 4, 5],
    ] as const) {
      expect(plain).toMatch(new RegExp(`^${name} +${cycles} mesh cycles, assumed: the usual three-stage router`, 'm'));
      expect(changed).toMatch(
        new RegExp(`^${name} +${own} mesh cycles, assumed: ${own === cycles ? 'the usual' : 'given'}`, 'm'),
      );
    }
    expect(changed).toMatch(/^neuronNs +200 ns per neuron, assumed: given on the command line$/m);
    // Entering and leaving cost every packet one cycle more each.
    const mean = (out: string): number => Number(/([\d.]+) if empty/.exec(out)?.[1]);
    expect(mean(changed)).toBeCloseTo(mean(plain) + 2, 3);
  });

  it('checks the tick of the chip where none is asked for', async () => {
    const spec = inFolder('slow.yaml');
    const program = inFolder('slow.lsp');
    writeFileSync(spec, 'base: truenorth\ntickHz: 500\n');
    expect((await cli(['compile', modelPath('mnist-5core'), '--spec', spec, '-o', program])).code).toBe(0);
    const { out } = await cli(['timing', program, '--limit', '1', '--json']);
    expect(JSON.parse(out)).toMatchObject({ deadline: { tickNs: 2_000_000, met: true } });
  });

  it('refuses lengths that are none', async () => {
    const { code, err } = await cli(['timing', modelPath('mnist-5core'), '--tick-us', '-3']);
    expect(code).toBe(2);
    expect(err).toMatch(/above 0/);
  });
});

describe('boards and faulty cores', () => {
  it('compile onto a board, around the cores known to be faulty', async () => {
    const args = ['compile', modelPath('mnist-5core'), '--board', 'ns16e', '--faulty', '0,0;1,1'];
    const { code, out } = await cli(args);
    expect(code).toBe(0);
    expect(out).toMatch(/on ns16e: 5 cores/);
    expect(out).toMatch(/fewer than in row-major order/);
    const off = await cli(['compile', modelPath('mnist-5core'), '--faulty', '64,0;x']);
    expect(off).toMatchObject({ code: 2, out: '' });
    expect(off.err).toMatch(/--faulty.*"x" is not a core/);
    const beyond = await cli(['compile', modelPath('mnist-5core'), '--faulty', '64,0']);
    expect(beyond).toMatchObject({ code: 1, out: '' });
    expect(beyond.err).toMatch(/core-off-grid/);
    const large = await cli(['compile', modelPath('mnist-5core'), '--grid', '65x1']);
    expect(large.err).toMatch(/grid-too-large[^]*64x64/);
  });

  it('run with cores that fail unknown to the compiler, and count what goes wrong', async () => {
    const all = '0,0;1,0;2,0;0,1;1,1;2,1;0,2;1,2;2,2';
    const args = ['run', modelPath('mnist-5core'), '--limit', '50', '--json'];
    expect(JSON.parse((await cli([...args, '--dead', '60,60'])).out)).toMatchObject({ mismatches: 0 });
    const dead: unknown = JSON.parse((await cli([...args, '--dead', all])).out);
    expect(dead).toMatchObject({ metrics: { spikes: { value: 0 } }, mismatches: 50 });
    const mixed = await cli([...args, '--dead', '0,0', '--noise', 'additive=0.1']);
    expect(mixed.code).toBe(1);
    expect(mixed.out).toMatch(/damage-with-weight-noise/);
    const moved = await cli([...args, '--dead', '0,0', '--noise', 'down_cores=0.1', '--known']);
    expect(moved.out).toMatch(/damage-with-known-faults/);
  });

  it('run with parts of the mesh down: known to the compiler, nothing is lost', async () => {
    const args = [
      'run',
      modelPath('mnist-5core'),
      '--limit',
      '20',
      '--noise',
      'down_cores=0.3,down_links=0.1',
      '--seed',
      '2',
    ];
    const unknown = await cli(args);
    expect(unknown.out).not.toMatch(/mismatches +0 samples/);
    const known = await cli([...args, '--known']);
    expect(known.out).toMatch(/mismatches +0 samples[^]*hops +[1-9]/);
  });

  it('run with faults of one memory in one layer', async () => {
    const where = ['--fault-memories', 'destinations', '--fault-layers', 'blockDense1', '--protected-bits', '29'];
    const args = ['run', modelPath('mnist-5core'), '--limit', '20', '--json', '--noise', 'ber=0.02', ...where];
    const result: unknown = JSON.parse((await cli(args)).out);
    const scope = { memories: ['destinations'], layers: ['blockDense1'], protectedBits: [29] };
    expect(result).toMatchObject({ noise: { ber: 0.02 }, scope });
    expect(result).not.toMatchObject({ mismatches: 0 });
  });
});
