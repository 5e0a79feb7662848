import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { trueNorth } from '../../../src/chips/truenorth/chip.js';
import { compileNetwork } from '../../../src/flow.js';
import { boardGrid, boardsOf, fewestBoards, mostBoards } from '../../../src/hw-models/truenorth/boards.js';
import { TRUENORTH_PRESETS } from '../../../src/hw-models/truenorth/spec.js';
import { denseChain } from '../../support/dense-chain.js';

const { ns1e, ns16e } = TRUENORTH_PRESETS;
const small = { ...TRUENORTH_PRESETS.truenorth, gridWidth: 4, gridHeight: 4, chipWidth: 4, chipHeight: 4 };
const sides = ({ gridWidth, gridHeight }: { gridWidth: number; gridHeight: number }) => [gridWidth, gridHeight];

describe('boards side by side', () => {
  it('are a rectangle as square as their number allows', () => {
    expect([1, 2, 4, 5, 6, 12].map(boardGrid)).toEqual([[1, 1], [2, 1], [2, 2], [5, 1], [3, 2], [4, 3]]); // prettier-ignore
    expect(sides(boardsOf(ns1e, 6))).toEqual([192, 128]);
    expect(sides(boardsOf(ns16e, 2))).toEqual([512, 256]);
  });

  it('are refused beyond what a grid holds', () => {
    expect(() => boardsOf(ns16e, 3)).toThrow(UserError);
    expect(sides(mostBoards(ns16e))).toEqual([512, 256]);
    expect(() => boardsOf(ns1e, 67)).toThrow(/4288|67 x 1/);
  });

  it('are as few as hold the cores, in reach of each other where that is possible', () => {
    expect(sides(fewestBoards(ns1e, 4096))).toEqual([64, 64]);
    expect(sides(fewestBoards(ns1e, 4097))).toEqual([128, 64]);
    // Five in a row are 320 cores wide, and a spike goes 255 at most: six are 192 x 128.
    expect(sides(fewestBoards(ns1e, 20_000))).toEqual([192, 128]);
    const faulty = { ...ns1e, faultyCores: [[0, 0], [70, 1]] as const }; // prettier-ignore
    expect(fewestBoards(faulty, 4095)).toMatchObject({ gridWidth: 64, faultyCores: [[0, 0]] });
    expect(fewestBoards(faulty, 4096)).toMatchObject({ gridWidth: 128, faultyCores: [[0, 0], [70, 1]] }); // prettier-ignore
  });
});

describe('a network on several boards', () => {
  const network = denseChain([400, 60, 50, 10]);
  const compile = (boards: number | 'auto') => compileNetwork(network, { chip: trueNorth, spec: small, boards });
  const nCores = compileNetwork(network, { chip: trueNorth }).program.cores.nCores;

  it('takes as many as are named, and spikes between them are counted', () => {
    const n = Math.ceil(nCores / 16);
    const { program, table } = compile(n + 1);
    expect(program.spec.gridWidth * program.spec.gridHeight).toBe(16 * (n + 1));
    expect(table).toMatch(
      /chips: \d+ in use, \d+ expected spikes per sample cross borders between them, at most [\d.]+ per tick over one \(chip/,
    );
  });

  it('takes as few as it needs with auto', () => {
    const { program } = compile('auto');
    const boards = (program.spec.gridWidth * program.spec.gridHeight) / 16;
    expect(boards).toBe(Math.ceil(program.cores.nCores / 16));
    expect(boards).toBeGreaterThan(1);
    expect(compile(boards).program).toEqual(program);
  });
});
