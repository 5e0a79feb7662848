/** Reads RANC's input.json and config.json. */
import { checkSchema } from '../../../../common/check-schema.js';
import { type Diagnostic, errorAt, fail, throwIfErrors, UserError, warningAt } from '../../../../common/diagnostics.js';
import {
  type ConfigJson,
  configSchema,
  type CoreJson,
  type InputJson,
  inputSchema,
  KNOWN_KEYS,
  type NeuronJson,
  type PacketJson,
} from './schema.js';
import { type RancCoreArrays, type RancModel, type RancPackets, type RancSpec, silentCores } from './types.js';

/** A file and what to call it in messages. */
export interface NamedText {
  readonly text: string;
  readonly place: string;
}

/** At most so many findings are listed; the rest is counted. */
const MAX_LISTED = 50;
/** Largest model in memory: 65,536 cores of the usual size. */
const MAX_BYTES = 2 ** 31;
/** RANC itself reads past a list's end or leaves its grid here, without a message. */
const RANGE_REMEDY = 'use a value within the sizes of config.json';

/**
 * Reads the two files. What RANC accepts and silently resolves (two cores on one place, a core in the place of the bus) is resolved
 * the same way, with a warning. @throws UserError with every finding: of both files' structure, or else of all ranges.
 */
export function readRancModel(
  input: NamedText,
  config: NamedText,
): { readonly model: RancModel; readonly warnings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const spec = collect(findings, () => toSpec(readConfig(config)));
  const json = collect(findings, () =>
    checkSchema(inputSchema, parseJson(input), input.place, 'see docs/formats-ranc.md', KNOWN_KEYS),
  );
  if (spec === undefined || json === undefined) throw new UserError(listed(findings));
  findings.push(...checkInput(json, spec, input.place));
  if (findings.some(({ severity }) => severity === 'error')) throw new UserError(listed(findings));
  const model = toModel(json, spec);
  return { model, warnings: throwIfErrors(listed(findings)) };
}

function collect<T>(findings: Diagnostic[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    findings.push(...error.diagnostics);
    return undefined;
  }
}

function listed(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  if (findings.length <= MAX_LISTED) return findings;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const shown = [...errors, ...findings.filter(({ severity }) => severity !== 'error')].slice(0, MAX_LISTED);
  const rest = `${findings.length - MAX_LISTED} more findings`;
  const add = errors.length > MAX_LISTED ? errorAt : warningAt;
  return [...shown, add('more-findings', 'RANC model', rest, 'correct those above first')];
}

function parseJson({ text, place }: NamedText): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('bad-json', place, `the file is not JSON: ${reason}`, 'write the file again');
  }
}

function readConfig(config: NamedText): ConfigJson {
  let json = parseJson(config);
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    json = Object.fromEntries(Object.entries(json).filter(([key]) => !key.endsWith('_verbosity')));
  }
  return checkSchema(configSchema, json, config.place, 'see docs/formats-ranc.md', KNOWN_KEYS);
}

function toSpec(config: ConfigJson): RancSpec {
  return {
    neuronsPerCore: config.num_neurons,
    axonsPerCore: config.num_axons,
    gridWidth: config.num_cores_x,
    gridHeight: config.num_cores_y,
    nWeights: config.num_weights,
    maxTickOffset: config.max_tick_offset,
    resetType: config.neuron_reset_type,
  };
}

/** Crossbar, weights (twice: the chip keeps its own order), ten more numbers per neuron, and the scheduler. */
function bytesPerCore({ axonsPerCore: nA, neuronsPerCore: nN, nWeights, maxTickOffset }: RancSpec): number {
  return (nA * nN) / 8 + nN * (8 * nWeights + 48) + nA * (4 + maxTickOffset / 8);
}

/** Every value that one file has and the other bounds. */
function checkInput(json: InputJson, spec: RancSpec, place: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights, maxTickOffset } = spec;
  const limit = (path: string, what: string, value: number, high: number, low = 0): boolean => {
    if (value >= low && value <= high) return true;
    found.push(
      errorAt('out-of-range', `${place}: ${path}`, `${what} ${value} is not in ${low}..${high}`, RANGE_REMEDY),
    );
    return false;
  };
  const inGrid = (path: string, [x, y]: readonly [number, number]): boolean => {
    const okX = limit(path, 'x', x, spec.gridWidth - 1);
    return limit(path, 'y', y, spec.gridHeight - 1) && okX;
  };
  const bytes = json.cores.length * bytesPerCore(spec);
  if (bytes > MAX_BYTES) {
    const message = `${json.cores.length} cores of these sizes need ${Math.ceil(bytes)} bytes, more than ${MAX_BYTES}`;
    found.push(errorAt('model-too-large', place, message, 'use fewer cores, axons, neurons, weights or offsets'));
  }
  const [busX, busY] = json.output_bus.coordinates;
  const { num_outputs: nOutputs } = json.output_bus;
  inGrid('output_bus.coordinates', json.output_bus.coordinates);
  const linesAt = (x: number, y: number): number => (x === busX && y === busY ? nOutputs : nA);

  json.packets.forEach((packets, t) =>
    packets.forEach((packet, k) => {
      const path = `packets.${t}.${k}`;
      const [x, y] = packet.destination_core;
      inGrid(`${path}.destination_core`, packet.destination_core);
      // RANC compares with the axons only; a packet past the bus's last line would write outside of it.
      limit(`${path}.destination_axon`, 'axon', packet.destination_axon, Math.min(nA, linesAt(x, y)) - 1);
      limit(`${path}.destination_tick`, 'offset', packet.destination_tick, maxTickOffset - 1);
    }),
  );

  /** The last core of each place. */
  const seen = new Map<string, number>();
  json.cores.forEach((core, c) => {
    const path = `cores.${c}`;
    const [x, y] = core.coordinates;
    inGrid(`${path}.coordinates`, core.coordinates);
    const earlier = seen.get(core.coordinates.join());
    if (earlier !== undefined) {
      const message = `stands on (${x}, ${y}) like core ${earlier}, which it replaces`;
      found.push(warningAt('core-replaced', `${place}: ${path}`, message, 'list every place once'));
    }
    seen.set(core.coordinates.join(), c);
    if (x === busX && y === busY) {
      const message = `stands on (${x}, ${y}) like the output bus, which replaces it`;
      found.push(warningAt('core-replaced', `${place}: ${path}`, message, 'move the core or the bus'));
    }
    limit(`${path}.axons`, 'length', core.axons.length, nA);
    limit(`${path}.neurons`, 'length', core.neurons.length, nN);
    limit(`${path}.connections`, 'length', core.connections.length, nN, core.neurons.length);
    core.axons.forEach((type, a) => limit(`${path}.axons.${a}`, 'type', type, nWeights - 1));
    core.connections.forEach((row, j) => limit(`${path}.connections.${j}`, 'length', row.length, nA));
    core.neurons.forEach((neuron, j) => {
      const at = `${path}.neurons.${j}`;
      const [dx, dy] = neuron.destination_core_offset;
      limit(`${at}.weights`, 'length', neuron.weights.length, nWeights);
      inGrid(`${at}.destination_core_offset`, [x + dx, y + dy]);
      limit(`${at}.destination_axon`, 'axon', neuron.destination_axon, linesAt(x + dx, y + dy) - 1);
      limit(`${at}.destination_tick`, 'offset', neuron.destination_tick, maxTickOffset - 1);
    });
  });
  return found;
}

/** The checked files as arrays. Cores that RANC would replace are left out. */
function toModel(json: InputJson, spec: RancSpec): RancModel {
  const [busX, busY] = json.output_bus.coordinates;
  const last = new Map(json.cores.map((core) => [core.coordinates.join(), core]));
  last.delete(`${busX},${busY}`);
  const cores = silentCores(last.size, spec);
  [...last.values()].forEach((core, c) => fillCore(cores, spec, c, core));
  return {
    spec,
    cores,
    outputBus: { x: busX, y: busY, nOutputs: json.output_bus.num_outputs },
    packets: toPackets(json.packets),
  };
}

function fillCore(cores: RancCoreArrays, spec: RancSpec, c: number, core: CoreJson): void {
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const words = Math.ceil(nN / 32);
  [cores.x[c], cores.y[c]] = core.coordinates;
  cores.listedNeurons[c] = core.neurons.length;
  cores.axonType.set(core.axons, c * nA);
  core.neurons.forEach((neuron, j) => {
    cores.weights.set(neuron.weights, (c * nN + j) * nWeights);
    fillNeuron(cores, c * nN + j, neuron);
    core.connections[j]!.forEach((bit, a) => {
      if (bit === 1) cores.synapses[(c * nA + a) * words + (j >>> 5)]! |= 1 << (j & 31);
    });
  });
}

function fillNeuron(cores: RancCoreArrays, n: number, neuron: NeuronJson): void {
  cores.leak[n] = neuron.leak;
  cores.positiveThreshold[n] = neuron.positive_threshold;
  cores.negativeThreshold[n] = neuron.negative_threshold;
  cores.resetPotential[n] = neuron.reset_potential;
  cores.resetMode[n] = neuron.reset_mode;
  cores.initialPotential[n] = neuron.current_potential;
  [cores.dx[n], cores.dy[n]] = neuron.destination_core_offset;
  cores.targetAxon[n] = neuron.destination_axon;
  cores.tickOffset[n] = neuron.destination_tick;
}

function toPackets(ticks: readonly (readonly PacketJson[])[]): RancPackets {
  const all = ticks.flat();
  const tickStart = new Int32Array(ticks.length + 1);
  ticks.forEach((packets, t) => (tickStart[t + 1] = tickStart[t]! + packets.length));
  return {
    tickStart,
    x: Int32Array.from(all, (packet) => packet.destination_core[0]),
    y: Int32Array.from(all, (packet) => packet.destination_core[1]),
    axon: Int32Array.from(all, (packet) => packet.destination_axon),
    tickOffset: Int32Array.from(all, (packet) => packet.destination_tick),
  };
}
