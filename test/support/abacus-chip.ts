/**
 * A tiny kind of chip that no folder of the project knows: one core that computes an integer network bead by bead, a layer per step. Its one
 * limit is how many weights it holds. Tests register it to see that a chip is its own value and nothing else.
 */
import { z } from 'zod';
import type { Chip, ChipFaults } from '../../src/chips/chip.js';
import { storedBitFaults } from '../../src/chips/stored-bit-faults.js';
import { wholeOption } from '../../src/chips/options.js';
import { present } from '../../src/common/assert.js';
import { errorAt, throwIfErrors } from '../../src/common/diagnostics.js';
import { assumed, whole } from '../../src/common/parameters/parameter.js';
import { defineSpec, preset } from '../../src/common/parameters/spec-definition.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import { faultWeights } from '../../src/hw-models/faults/weight-faults.js';
import type { FaultSupport } from '../../src/ir/faults/support.js';
import { checkNetwork } from '../../src/ir/network/check-network.js';
import { completeReadout } from '../../src/ir/network/readout.js';
import { inferShapes, sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import type { ChipProgram } from '../../src/ir/program/chip-program.js';
import type { ProgramFile } from '../../src/ir/program/file.js';
import type { ChipMeasures } from '../../src/ir/trace/measures.js';

const SPECS = defineSpec({
  chip: 'abacus',
  table: {
    beads: whole([1, 1_000_000], 100_000, assumed('weights it holds', 'weights', 'a chip of tests')),
    stepNs: whole([1, 1_000_000], 50, assumed('time of a layer', 'ns', 'a chip of tests')),
  },
  presets: { abacus: preset('the one abacus'), 'abacus-small': preset('ten beads', { beads: 10 }) },
  rules: [],
});

type AbacusSpec = (typeof SPECS.presets)['abacus'];

/** A network on the abacus. */
export interface AbacusProgram extends ChipProgram {
  readonly kind: 'abacus';
  readonly spec: AbacusSpec;
  readonly network: NetworkGraph;
  /** Rods: how many layers work at once. */
  readonly rods: number;
}

interface AbacusOptions {
  readonly rods: number;
}

const FAULTS: FaultSupport = {
  chip: 'Abacus',
  chips: 'abacuses',
  faults: { ber: true, additive: true, multiplicative: true, drop: { reason: 'beads do not spike' } },
  memories: [{ memory: 'weights', wordBits: 8 }],
  scope: { protectedBits: true },
};

const isDense = (node: NetworkNode) => node.kind === 'dense' && node.weights instanceof Int8Array;
const layersOf = ({ nodes }: NetworkGraph): readonly NetworkNode[] => nodes.slice(2);
const weightsOf = ({ nodes }: NetworkGraph): number =>
  nodes.reduce((sum, node) => sum + (node.kind === 'dense' ? node.weights.length : 0), 0);

const verify = ({ name, network, spec }: AbacusProgram) => {
  const over = weightsOf(network) - spec.beads;
  if (over <= 0) return [];
  const message = `${weightsOf(network)} weights, ${over} more than "${spec.name}" has beads`;
  return [errorAt('too-few-beads', name, message, `use a spec with at least ${weightsOf(network)} beads`)];
};

const timeOf = ({ network, rods, spec }: AbacusProgram): ChipMeasures['time'] => ({
  unit: 'step',
  perSample: Math.ceil(layersOf(network).length / rods),
  latency: layersOf(network).length,
  unitSeconds: { value: spec.stepNs * 1e-9, unit: 's', status: 'assumed', source: 'a parameter of the abacus' },
});

const measure = (program: AbacusProgram): ChipMeasures => ({
  cores: 1,
  time: timeOf(program),
  metrics: { beads: { label: 'beads in use', value: weightsOf(program.network), unit: '' } },
  energyUj: { unknown: true, reason: 'nobody has measured the fingers' },
  energyParts: [],
  loads: [],
});

/** The weights as the chip reads them. */
function deploy({ program }: ProgramFile<AbacusProgram>, faults: ChipFaults): AbacusProgram {
  const bits = storedBitFaults(faults, faults.chipSeed);
  if (bits.flip0to1 + bits.flip1to0 === 0) return program;
  const nodes = program.network.nodes.map((node, layer) =>
    node.kind === 'dense' && node.weights instanceof Int8Array
      ? { ...node, weights: faultWeights(node.weights, { layer, weightBits: 8 }, bits) }
      : node,
  );
  return { ...program, network: { ...program.network, nodes } };
}

const schema = z.strictObject({
  kind: z.literal('abacus'),
  name: z.string(),
  spec: SPECS.schema,
  inputShape: z.array(z.int()),
  inputCode: z.custom<AbacusProgram['inputCode']>(),
  outputs: z.custom<AbacusProgram['outputs']>(),
  network: z.unknown().transform((value): NetworkGraph => checkNetwork(value, 'network of the abacus')),
  rods: z.int().min(1),
});

/** The chip. */
export const abacus: Chip<AbacusProgram, AbacusSpec, AbacusOptions> = {
  name: 'abacus',
  title: 'abacuses',
  specs: SPECS,
  options: [wholeOption('rods', '<n>', 'layers that work at once', [1, 100])],
  optionsSchema: z.strictObject({ rods: z.int().min(1).max(100).exactOptional() }),
  passes: [],
  faults: () => FAULTS,
  damages: [],
  engines: ['fingers'],
  realWeights: 'quantised',
  format: { kind: 'abacus', schema, check: () => [] },
  imports: [],
  costs: () => ({}),
  compile: (integer, { spec = SPECS.presets.abacus, options = {} }) => {
    const input = present(integer.nodes[0], 'input');
    const encode = present(integer.nodes[1], 'code');
    if (input.kind !== 'input' || encode.kind !== 'encode') throw new Error('a network starts with its input');
    const unsupported = layersOf(integer).filter((node) => node.kind === 'conv2d');
    throwIfErrors(
      unsupported.map(({ id, kind }) =>
        errorAt('unsupported-layer', `layer "${id}" (${kind})`, 'an abacus has no windows', 'use dense layers'),
      ),
    );
    const last = present(integer.nodes.at(-1), 'output');
    const nClasses = sizeOf(present(inferShapes(integer).get(last.id), 'shape'));
    const readout = last.kind === 'scores' ? completeReadout(last, nClasses) : undefined;
    const program: AbacusProgram = {
      kind: 'abacus',
      name: integer.name,
      spec,
      inputShape: input.shape,
      inputCode: encode.code,
      outputs: { ...present(readout, 'readout'), nClasses },
      network: integer,
      rods: options.rods ?? 1,
    };
    throwIfErrors(verify(program));
    return {
      program,
      options,
      table: `${weightsOf(integer)} beads`,
      warnings: [],
      passes: [],
      splits: () => [],
      layers: { unread: 'beads are seen at the end only' },
    };
  },
  isProgram: (program: ChipProgram): program is AbacusProgram => program.kind === 'abacus',
  verify,
  deploy,
  damage: (program) => program,
  scopeProblems: () => [],
  open: (program) => ({
    run: async (data, { seed, limit, signal }) => {
      const started = performance.now();
      const { scores, nSamples } = await evaluateNetwork(program.network, data, {
        seed,
        ...(limit === undefined ? {} : { limit }),
        ...(signal === undefined ? {} : { signal }),
      });
      const seconds = (performance.now() - started) / 1000;
      const { nClasses } = program.outputs;
      const measures = measure(program);
      return { engine: 'fingers', nSamples, nClasses, scores: Int32Array.from(scores), measures, seconds };
    },
    close: async () => undefined,
  }),
  measure,
  structure: ({ network }) => ({
    nCores: 1,
    layers: network.nodes.filter(isDense).map(({ id }) => id),
    stores: network.nodes.flatMap((node) =>
      node.kind === 'dense'
        ? [{ memory: 'weights' as const, layer: node.id, words: node.weights.length, bits: 8 }]
        : [],
    ),
  }),
  view: (program) => ({
    kind: 'program-view',
    target: 'abacus',
    name: program.name,
    chip: program.spec.name,
    nClasses: program.outputs.nClasses,
    cores: 1,
    time: timeOf(program),
    lead: `${weightsOf(program.network)} beads on ${program.rods} rods.`,
    layers: {
      columns: [
        { title: 'layer', align: 'text' },
        { title: 'kind', align: 'text' },
      ],
      rows: layersOf(program.network).map(({ id, kind }) => [id, kind]),
      note: 'One layer after the other.',
    },
  }),
};
