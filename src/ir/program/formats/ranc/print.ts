/** Writes RANC's input.json and config.json. */
import { fail } from '../../../../common/diagnostics.js';
import type { ConfigJson, NeuronJson, PacketJson } from './schema.js';
import type { RancCoreArrays, RancModel, RancPackets, RancSpec } from './types.js';

/** Longest text that is written, in characters: a longer one cannot be read back as one string. */
const MAX_TEXT = 2 ** 29 - 2 ** 20;

/** config.json; the verbosity keys that RANC insists on are 0. */
export function printRancConfig(spec: RancSpec): string {
  const config: ConfigJson & Record<`${string}_verbosity`, number> = {
    num_neurons: spec.neuronsPerCore,
    num_axons: spec.axonsPerCore,
    num_cores_x: spec.gridWidth,
    num_cores_y: spec.gridHeight,
    num_weights: spec.nWeights,
    max_tick_offset: spec.maxTickOffset,
    neuron_block_trace_verbosity: 0,
    core_controller_trace_verbosity: 0,
    scheduler_trace_verbosity: 0,
    neuron_reset_type: spec.resetType,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/**
 * input.json, one line per tick of packets and per core; read back it is the same model. Axons without a connection at the end of
 * a core, and neurons that are not listed, are left out, as RANC allows. @throws UserError for a text longer than a string can be
 */
export function printRancInput({ spec, cores, outputBus, packets }: RancModel): string {
  const lines: string[] = ['{"packets":['];
  let length = 0;
  const add = (line: string, last: boolean): void => {
    const text = last ? line : `${line},`;
    length += text.length + 1;
    if (length > MAX_TEXT) {
      const remedy = 'write fewer samples or a smaller network';
      fail('text-too-large', 'input.json', `the text is longer than ${MAX_TEXT} characters`, remedy);
    }
    lines.push(text);
  };
  const nTicks = packets.tickStart.length - 1;
  for (let t = 0; t < nTicks; t++) add(JSON.stringify(packetsOfTick(packets, t)), t === nTicks - 1);
  const { x, y, nOutputs } = outputBus;
  lines.push(`],"output_bus":${JSON.stringify({ coordinates: [x, y], num_outputs: nOutputs })},`);
  lines.push('"cores":[');
  for (let c = 0; c < cores.nCores; c++) add(printCore(cores, spec, c), c === cores.nCores - 1);
  lines.push(']}', '');
  return lines.join('\n');
}

function packetsOfTick(packets: RancPackets, t: number): readonly PacketJson[] {
  const list: PacketJson[] = [];
  for (let k = packets.tickStart[t]!; k < packets.tickStart[t + 1]!; k++) {
    list.push({
      destination_core: [packets.x[k]!, packets.y[k]!],
      destination_axon: packets.axon[k]!,
      destination_tick: packets.tickOffset[k]!,
    });
  }
  return list;
}

function printCore(cores: RancCoreArrays, spec: RancSpec, c: number): string {
  const { axonsPerCore: nA, neuronsPerCore: nN, nWeights } = spec;
  const words = Math.ceil(nN / 32);
  const connected = (a: number, j: number): number =>
    (cores.synapses[(c * nA + a) * words + (j >>> 5)]! >>> (j & 31)) & 1;
  const inUse = (a: number): boolean => {
    const row = (c * nA + a) * words;
    return cores.axonType[c * nA + a] !== 0 || cores.synapses.subarray(row, row + words).some((word) => word !== 0);
  };
  let nAxons = nA;
  while (nAxons > 0 && !inUse(nAxons - 1)) nAxons--;
  const nNeurons = cores.listedNeurons[c]!;
  const neurons: NeuronJson[] = [];
  const connections: number[][] = [];
  for (let j = 0; j < nNeurons; j++) {
    neurons.push(neuronOf(cores, c * nN + j, nWeights));
    connections.push(Array.from({ length: nAxons }, (_, a) => connected(a, j)));
  }
  const axons = Array.from(cores.axonType.subarray(c * nA, c * nA + nAxons));
  return JSON.stringify({ coordinates: [cores.x[c], cores.y[c]], axons, neurons, connections });
}

function neuronOf(cores: RancCoreArrays, n: number, nWeights: number): NeuronJson {
  return {
    reset_potential: cores.resetPotential[n]!,
    weights: Array.from(cores.weights.subarray(n * nWeights, (n + 1) * nWeights)),
    leak: cores.leak[n]!,
    positive_threshold: cores.positiveThreshold[n]!,
    negative_threshold: cores.negativeThreshold[n]!,
    destination_core_offset: [cores.dx[n]!, cores.dy[n]!],
    destination_axon: cores.targetAxon[n]!,
    destination_tick: cores.tickOffset[n]!,
    current_potential: cores.initialPotential[n]!,
    reset_mode: cores.resetMode[n]!,
  };
}
