/** The forms between integer network and program as text, one line per layer or core: for people and goldens. */
import { type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { ChipNetwork } from './chip-layers.js';
import type { CodesChoice } from './choose-codes.js';
import { coresOf, type MappedNetwork } from './map-network.js';

const spanOf = (values: ArrayLike<number>): string => {
  if (values.length === 0) return 'none';
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] ?? low);
    high = Math.max(high, values[i] ?? high);
  }
  return low === high ? String(low) : `${low}..${high}`;
};

/** Codes that were tried, one line each, that of the program first. */
export function printCodes(tried: readonly CodesChoice[]): string {
  if (tried.length === 0) return 'nothing to choose\n';
  const ordered = [...tried.filter(({ chosen }) => chosen), ...tried.filter(({ chosen }) => !chosen)];
  return ordered.map((choice) => `${codesText(choice)}: ${costText(choice)}\n`).join('');
}

/** Codes in words. */
export function codesText({ codes, digits }: Pick<CodesChoice, 'codes' | 'digits'>): string {
  const inputs = digits && `inputs in ${digits.count} digit${digits.count === 1 ? '' : 's'} of 0..${digits.radix - 1}`;
  const steps = codes.stairs > 1 ? `stairs of up to ${codes.stairs} steps` : 'a neuron for every step';
  return [...(inputs === undefined ? [] : [inputs]), steps].join(', ');
}

const costText = ({ best, chosen }: CodesChoice): string =>
  best === undefined
    ? 'cannot be mapped'
    : `${best.cores} cores x ${best.period} ticks, latency ${best.latency}, window ${best.window}${chosen ? ' (chosen)' : ''}`;

/** Chip layers: rule, sizes, and the spans of weights, thresholds and constants. */
export function printChipLayers({ code, inputShape, layers, merges, nClasses }: ChipNetwork): string {
  const lines = [`input [${inputShape.join(',')}] ${JSON.stringify(code)}`];
  layers.forEach(({ name, rule, matrix, theta, constant }, l) => {
    for (const merge of merges) {
      if (merge.layer === l) lines.push(`${merge.name}: merge ${merge.nIn} -> ${merge.nOut}`);
    }
    const { nIn, nOut, weight } = matrix;
    const amount = rule === 'threshold' ? `, theta ${spanOf(theta)}` : '';
    const offset = constant.some((c) => c !== 0) ? `, constant ${spanOf(constant)}` : '';
    lines.push(`${name}: ${rule} ${nIn} -> ${nOut}, ${weight.length} weights ${spanOf(weight)}${amount}${offset}`);
  });
  lines.push(`classes ${nClasses}`);
  return `${lines.join('\n')}\n`;
}

/** Layers on cores: scheme, cores by what they are for, copies of outputs, window. */
export function printMapped({ layers, streaming }: MappedNetwork): string {
  const lines = layers.map((mapped) => {
    const { layer, lowered, fanOut, copies } = mapped;
    const partial = lowered.cores.filter(({ role }) => role === 'partial').length;
    const extra = copies.reduce((n, c) => n + Math.max(0, c - 1), 0);
    const parts = [
      `${coresOf(mapped).length} cores`,
      `${partial} partial`,
      `${fanOut.cores.length} splitters`,
      `${extra} copies`,
      `${lowered.timers.length} timer spikes`,
      `window ${lowered.window}`,
    ];
    return `${layer.name}: ${lowered.scheme}, ${parts.join(', ')}, limited by ${lowered.limitedBy}`;
  });
  return `${[streaming ? 'one frame per tick' : 'frames over windows', ...lines].join('\n')}\n`;
}

/** A program core by core: place, layer and role, axons that neurons or inputs drive, neurons in use, where spikes go. */
export function printProgram(program: TrueNorthProgram): string {
  const { cores, spec, timing, layers, inputs } = program;
  const { axonsPerCore: nA, neuronsPerCore: nN } = spec;
  const axons = Array.from({ length: cores.nCores }, () => new Set<number>());
  inputs.core.forEach((core, k) => axons[core]?.add(inputs.axon[k] ?? 0));
  cores.target.forEach((target, n) => axons[target]?.add(cores.targetAxon[n] ?? 0));
  const lines = axons.map((driven, c) => {
    const targets = new Map<string, number>();
    for (let n = c * nN; n < (c + 1) * nN; n++) {
      const target = cores.target[n] ?? -1;
      if (target === -1) continue;
      const name = target < 0 ? 'pins' : `core ${target}`;
      targets.set(name, (targets.get(name) ?? 0) + 1);
    }
    const to = [...targets].map(([name, n]) => `${n} to ${name}`).join(', ');
    const layer = layers[program.coreLayer[c] ?? -1]?.name ?? 'timer';
    return `core ${c} at ${cores.x[c]},${cores.y[c]}: ${layer}, ${program.coreRole[c]}, ${driven.size} of ${nA} axons, neurons ${to === '' ? 'none' : to}`;
  });
  const { period, inputStart, inputTicks, outputStart, outputTicks } = timing;
  const times = `period ${period}, inputs ${inputStart}+${inputTicks}, outputs ${outputStart}+${outputTicks}`;
  return `${[times, ...lines].join('\n')}\n`;
}
