/**
 * Spec files: a preset and what the user changes about it, in YAML.
 *
 * ```yaml
 * base: northpole          # northpole, northpole-vpx, northpole-32x256 or northpole-small
 * name: half-memory        # optional
 * memory: { bytes: 393216 }
 * networks:
 *   activation: { wires: 1024 }
 * ```
 *
 * Energies follow from the other parameters (core-costs.ts) where a file does not set them.
 */
import { stringify } from 'yaml';
import { z } from 'zod';
import { checkSchema } from '../../common/check-schema.js';
import { type Diagnostic, fail, throwIfErrors } from '../../common/diagnostics.js';
import { parseYaml } from '../../common/parse-yaml.js';
import type { NetworkSpec, NorthPoleSpec } from '../../ir/program/northpole.js';
import { checkSpec } from './check-spec.js';
import { energyTableOf } from './core-costs.js';
import { isPreset, NORTHPOLE_PRESET_NAMES, NORTHPOLE_PRESETS, type NorthPolePreset } from './spec.js';

/** A chip a user described. */
export interface SpecFile {
  readonly spec: NorthPoleSpec;
  readonly base: NorthPolePreset;
  readonly warnings: readonly Diagnostic[];
}

/** A spec file is a page; anything longer is not one. */
const MAX_CHARACTERS = 65_536;

const whole = (max: number, min = 1): z.ZodOptional<z.ZodInt> => z.int().min(min).max(max).optional();
const amount = (max: number): z.ZodOptional<z.ZodNumber> => z.number().min(0).max(max).optional();
const wholeBytes = (max: number): z.ZodOptional<z.ZodInt> => z.int().min(8).max(max).multipleOf(8).optional();
const precision = z.union([z.literal(8), z.literal(4), z.literal(2), z.literal(1)]);

/** The topology of each network is part of the model, not a parameter. */
const network = <T extends NetworkSpec['topology']>(
  topology: T,
): z.ZodOptional<
  z.ZodObject<
    { topology: z.ZodOptional<z.ZodLiteral<T>>; wires: z.ZodOptional<z.ZodInt>; hopCycles: z.ZodOptional<z.ZodInt> },
    z.core.$strict
  >
> =>
  z
    .strictObject({ topology: z.literal(topology).optional(), wires: wholeBytes(65_536), hopCycles: whole(64) })
    .optional();

const vmm = z.strictObject({ outputs: wholeBytes(256), vectorBits: wholeBytes(4096), latency: whole(64) });
const memory = z.strictObject({
  bytes: whole(16_777_216, 1024),
  activationPortBytes: whole(4096),
  weightPortBytes: whole(4096),
  dataPortBytes: whole(4096),
});
const partialSums = z.strictObject({ bits: whole(32, 16), bufferBytes: whole(16_777_216) });
const vector = z.strictObject({ lanes: whole(1024), stages: whole(16), latency: whole(64) });
const networks = z.strictObject({
  model: network('segmentedBus'),
  partialSum: network('neighbour'),
  activation: network('mesh'),
  instruction: network('rowBus'),
});
const host = z.strictObject({
  linkGBps: z.number().min(0.001).max(1000).optional(),
  linkLatencyUs: amount(1e6),
  frameBufferBytes: whole(1_073_741_824, 0),
});
const macPj = z.strictObject({ 8: amount(1000), 4: amount(1000), 2: amount(1000), 1: amount(1000) });
const energy = z.strictObject({
  macPj: macPj.optional(),
  memoryBytePj: amount(1000),
  networkByteHopPj: amount(1000),
  vectorOperationPj: amount(1000),
  staticWatts: amount(10_000),
});
const schema = z.strictObject({
  base: z.enum(NORTHPOLE_PRESET_NAMES),
  name: z.string().min(1).max(64).optional(),
  gridWidth: whole(64),
  gridHeight: whole(64),
  clockMhz: z.number().min(1).max(10_000).optional(),
  opsPerMac: whole(2),
  precisions: z.array(precision).min(1).max(4).optional(),
  vmm: vmm.optional(),
  memory: memory.optional(),
  weightFillBytes: whole(4096),
  partialSums: partialSums.optional(),
  vector: vector.optional(),
  tableEntries: whole(65_536),
  outputBufferBytes: whole(1_048_576),
  programBufferBytes: whole(1_048_576),
  threads: whole(64),
  networks: networks.optional(),
  layerSyncCycles: whole(1_000_000, 0),
  host: host.optional(),
  energy: energy.optional(),
});

/** Names offered for a mistyped key. */
const KNOWN_KEYS = [schema, vmm, memory, partialSums, vector, networks, host, energy].flatMap((s) =>
  Object.keys(s.shape),
);
const REMEDY = 'see table 1 of docs/northpole.md for every parameter and its unit';

/**
 * Reads a spec file. Without a `name` a chip that differs from its preset is called `<preset>-changed`.
 * @throws UserError with every problem: YAML syntax by line, unknown keys with the nearest known one, values out of range; then every
 * contradiction between values.
 */
export function parseSpecFile(text: string, place: string): SpecFile {
  if (text.length > MAX_CHARACTERS) {
    fail('bad-yaml', place, `${text.length} characters are more than the ${MAX_CHARACTERS} of a spec file`, REMEDY);
  }
  const file = checkSchema(schema, parseYaml(text, place), place, REMEDY, KNOWN_KEYS);
  const spec = merge(file);
  return { spec, base: file.base, warnings: throwIfErrors(checkSpec(spec, place)) };
}

type File = z.infer<typeof schema>;

function merge(file: File): NorthPoleSpec {
  const base = NORTHPOLE_PRESETS[file.base];
  const changed = Object.keys(file).some((key) => key !== 'base' && key !== 'name');
  const own = {
    gridWidth: file.gridWidth ?? base.gridWidth,
    gridHeight: file.gridHeight ?? base.gridHeight,
    clockMhz: file.clockMhz ?? base.clockMhz,
    opsPerMac: file.opsPerMac ?? base.opsPerMac,
    precisions: file.precisions ?? base.precisions,
    weightFillBytes: file.weightFillBytes ?? base.weightFillBytes,
    tableEntries: file.tableEntries ?? base.tableEntries,
    outputBufferBytes: file.outputBufferBytes ?? base.outputBufferBytes,
    programBufferBytes: file.programBufferBytes ?? base.programBufferBytes,
    threads: file.threads ?? base.threads,
    layerSyncCycles: file.layerSyncCycles ?? base.layerSyncCycles,
  };
  const structure = {
    ...own,
    vmm: over(base.vmm, file.vmm),
    memory: over(base.memory, file.memory),
    partialSums: over(base.partialSums, file.partialSums),
    vector: over(base.vector, file.vector),
    networks: {
      model: over(base.networks.model, file.networks?.model),
      partialSum: over(base.networks.partialSum, file.networks?.partialSum),
      activation: over(base.networks.activation, file.networks?.activation),
      instruction: over(base.networks.instruction, file.networks?.instruction),
    },
    host: over(base.host, file.host),
  };
  const energy = energyTableOf(structure);
  return {
    name: file.name ?? (changed ? `${base.name}-changed` : base.name),
    ...structure,
    energy: {
      ...over(energy, { ...file.energy, macPj: undefined }),
      macPj: over(energy.macPj, file.energy?.macPj),
    },
  };
}

/** `base` with what `change` sets. */
function over<T extends object>(base: T, change: { readonly [K in keyof T]?: T[K] | undefined } | undefined): T {
  if (change === undefined) return base;
  const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...base, ...set };
}

/** The file that {@link parseSpecFile} reads back as this spec: its name, base and what differs from the base. */
export function printSpecFile(spec: NorthPoleSpec, base?: NorthPolePreset): string {
  const preset = base ?? (isPreset(spec.name) ? spec.name : 'northpole');
  const { name, ...values } = spec;
  // Energies that follow from the rest need not be said.
  const unchanged = { ...NORTHPOLE_PRESETS[preset], energy: energyTableOf(spec) };
  return stringify({ base: preset, name, ...difference(values, unchanged) });
}

/** The entries of `value` that differ from those of `base`, inner objects likewise. */
function difference(value: object, base: object): object {
  const theirs = new Map<string, unknown>(Object.entries(base));
  const out: Record<string, unknown> = {};
  for (const [key, mine] of Object.entries(value)) {
    const other = theirs.get(key);
    const inner: unknown = mine;
    if (isRecord(inner) && isRecord(other)) {
      const changes = difference(inner, other);
      if (Object.keys(changes).length > 0) out[key] = changes;
    } else if (JSON.stringify(inner) !== JSON.stringify(other)) out[key] = inner;
  }
  return out;
}

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
