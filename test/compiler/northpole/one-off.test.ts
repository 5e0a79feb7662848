/**
 * What the checker says when any one number of a schedule, mapping, memory plan or chip is off by one: finding by finding, with the amounts. A changed
 * golden is a changed checker: read the difference before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { checkSchedule } from '../../../src/compiler/targets/northpole/check/schedule-check.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NorthPoleLayer, NorthPoleProgram, NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import { randomTransformer } from '../../support/random-transformer.js';
import { residualNetwork } from './small-networks.js';

type Change = readonly [name: string, program: NorthPoleProgram];

const offBy = (delta: number): string => (delta < 0 ? `${delta}` : `+${delta}`);

/** A number of a list one off. */
const bumped = <T extends Int32Array>(list: T, at: number, delta: number): Int32Array =>
  Int32Array.from(list, (v, i) => (i === at ? v + delta : v));

/** Every change of one number of a layer. */
function changesOf(program: NorthPoleProgram, l: number, delta: number): readonly Change[] {
  const layer = program.layers[l]!;
  const { mapping, timing, memory } = layer;
  const name = (what: string): string => `${layer.name}: ${what} ${offBy(delta)}`;
  const put = (what: string, changed: NorthPoleLayer): Change => [
    name(what),
    { ...program, layers: program.layers.map((own, k) => (k === l ? changed : own)) },
  ];
  const last = mapping.cores.length - 1;
  const sent = timing.packets.findLastIndex((t) => t >= 0);
  return [
    ...(['start', 'passPeriod', 'slot', 'end', 'programStart', 'programEnd'] as const).map((field) =>
      put(field, { ...layer, timing: { ...timing, [field]: timing[field] + delta } }),
    ),
    ...[timing.packets.findIndex((t) => t >= 0), sent].map((at, i) =>
      put(`packet ${i === 0 ? 'first' : 'last'}`, {
        ...layer,
        timing: { ...timing, packets: bumped(timing.packets, at, delta) },
      }),
    ),
    // Program files have at least one of each.
    ...(['positions', 'inBlocks', 'outBlocks'] as const)
      .filter((field) => mapping[field] + delta > 0)
      .map((field) => put(field, { ...layer, mapping: { ...mapping, [field]: mapping[field] + delta } })),
    put('last core', { ...layer, mapping: { ...mapping, cores: bumped(mapping.cores, last, delta) } }),
    ...[0, 1, 2, 3].map((at) =>
      put(`segment[${at}]`, { ...layer, mapping: { ...mapping, segments: bumped(mapping.segments, at, delta) } }),
    ),
    put('program bytes', { ...layer, memory: { ...memory, programBytes: memory.programBytes + delta } }),
    ...memory.operandBase.map((base, o) =>
      put(`operand ${o}`, {
        ...layer,
        memory: { ...memory, operandBase: memory.operandBase.map((own, i) => (i === o ? base + delta : own)) },
      }),
    ),
    ...(memory.weightBase.length === 0
      ? []
      : [
          put('weights of share 0', {
            ...layer,
            memory: { ...memory, weightBase: bumped(memory.weightBase, 0, delta) },
          }),
        ]),
  ];
}

/** The chip with one of its limits changed. */
function chips(program: NorthPoleProgram, delta: number): readonly Change[] {
  const { spec } = program;
  const { networks, memory, partialSums } = spec;
  const limits: readonly (readonly [string, Partial<NorthPoleSpec>])[] = [
    ['layerSyncCycles', { layerSyncCycles: spec.layerSyncCycles + delta }],
    ['weightFillBytes', { weightFillBytes: spec.weightFillBytes + 8 * delta }],
    ['outputBufferBytes', { outputBufferBytes: 16 + 8 * delta }],
    ['partialSums', { partialSums: { ...partialSums, bufferBytes: 512 + 32 * delta } }],
    ['programBufferBytes', { programBufferBytes: 400 + 4 * delta }],
    ['activation wires', { networks: { ...networks, activation: { ...networks.activation, wires: 64 + 8 * delta } } }],
    ['model wires', { networks: { ...networks, model: { ...networks.model, wires: 64 + 8 * delta } } }],
    [
      'partial-sum wires',
      { networks: { ...networks, partialSum: { ...networks.partialSum, wires: 256 + 8 * delta } } },
    ],
    ['memory', { memory: { ...memory, bytes: 8192 + 64 * delta } }],
    ['activation port', { memory: { ...memory, activationPortBytes: 8 + delta } }],
    ['data port', { memory: { ...memory, dataPortBytes: memory.dataPortBytes + delta } }],
  ];
  return limits.map(([name, changed]) => [
    `chip: ${name} ${offBy(delta)}`,
    { ...program, spec: { ...spec, ...changed } },
  ]);
}

function report(program: NorthPoleProgram, kinds: readonly NorthPoleLayer['kind'][]): string {
  const lines: string[] = [];
  for (const delta of [-1, 1]) {
    const changes = [
      ...program.layers.flatMap(({ kind }, l) => (kinds.includes(kind) ? changesOf(program, l, delta) : [])),
      ...chips(program, delta),
      [`cycles ${offBy(delta)}`, { ...program, cycles: program.cycles + delta }] satisfies Change,
    ];
    for (const [name, changed] of changes) {
      const found = checkSchedule(changed);
      lines.push(`${name}${found.length === 0 ? ': nothing' : ''}`);
      for (const { code, place, message } of found) lines.push(`  ${code}, ${place.split(': ')[1]}: ${message}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const transformer = randomTransformer(3, { heads: 2, depth: 8, context: 16, layers: 1 });

test.each([
  [
    'residual',
    compileNorthPole(residualNetwork, { spec: { ...NORTHPOLE_SMALL, gridWidth: 3, gridHeight: 2 }, batch: 2 }),
    ['vmm', 'vector'],
  ],
  [
    'transformer',
    compileNorthPole(transformer, { spec: { ...NORTHPOLE_SMALL, gridWidth: 2, gridHeight: 2 } }),
    ['sequence'],
  ],
] as const)('every number of the program "%s" off by one', async (name, { program }, kinds) => {
  expect(checkSchedule(program)).toEqual([]);
  await expect(report(program, kinds)).toMatchFileSnapshot(`../../golden/northpole-one-off-${name}.txt`);
});
