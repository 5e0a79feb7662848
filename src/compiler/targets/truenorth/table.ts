import type { LayerMapping } from '../../../ir/program/truenorth.js';
import { significant } from '../../../common/format.js';
import type { CodesChoice } from './choose-codes.js';
import type { MappingChoice } from './choose-mapping.js';
import type { TrueNorthCompilation } from './compile.js';
import type { EdgeUse } from './edge-warnings.js';
import type { KeptCount } from './placing.js';
import { printCodes } from './print.js';

const HEADER = [
  'layer',
  'scheme',
  'fan-in',
  'outputs',
  'cores',
  'partial',
  'splitters',
  'copies',
  'window',
  'ticks',
  'axons',
  'neurons',
  'limited by',
];

/** The mapping for people: one line per layer, totals, the windows that were tried and what placement gained. */
export function mappingTable(compilation: TrueNorthCompilation): string {
  const { program, tried, codes, placement, edges } = compilation;
  const timers = program.coreRole.filter((role) => role === 'timer').length;
  const rows = [HEADER, ...program.layers.map(cells)];
  if (timers > 0) rows.push(['timer', 'gates and clears', '', '', String(timers), '', '', '', '', '', '', '', '']);
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, c) => (c < 2 || c === 12 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd(),
  );
  const { timing, cores } = program;
  const latency = timing.outputStart + timing.outputTicks - timing.inputStart;
  lines.push('', `${program.name} on ${program.spec.name}: ${cores.nCores} cores, ${timeText(program, latency)}`);
  lines.push(...codeLines(codes), ...costLines(tried));
  const gain = (hops: number): string => (placement.hops > 0 ? hops / placement.hops : 1).toFixed(2);
  lines.push(
    `placement: ${placement.hops.toFixed(0)} expected spike hops per sample, ${gain(placement.rowMajorHops)}x fewer than in row-major order, ${gain(placement.initialHops)}x fewer than in snake order`,
  );
  if (edges.chips > 1) lines.push(chipsText(edges, placement.crossings));
  if (placement.kept !== undefined) lines.push(keptText(placement.kept));
  return lines.join('\n');
}

/** How much of the traffic crosses borders between chips. */
function chipsText({ chips, edges, budget }: EdgeUse, crossings: number): string {
  const [busiest] = edges;
  const most =
    busiest === undefined
      ? ''
      : `, at most ${busiest.perTick.toFixed(1)} per tick over one (${busiest.edge}), whose port passes ${budget.toFixed(0)}`;
  return `chips: ${chips} in use, ${crossings.toFixed(0)} expected spikes per sample cross borders between them${most}`;
}

/** What became of the places of the older program. */
function keptText({ kept, moved, added, gone }: KeptCount): string {
  const elsewhere = moved === 0 ? '' : ' (their places cannot be used)';
  return `placement kept: ${kept} cores stay where they were, ${moved} moved${elsewhere}, ${added} new, ${gone} of the old program are gone`;
}

/** How long samples take. */
function timeText({ timing: { period }, events }: TrueNorthCompilation['program'], latency: number): string {
  if (events === undefined)
    return `one sample every ${period} tick${period === 1 ? '' : 's'}, latency ${latency} ticks`;
  return `a sample of n steps takes n + ${latency - 1} ticks, exact up to ${events.maxSteps} steps and ${events.maxCount} events of an input in a step`;
}

function cells(layer: LayerMapping): string[] {
  const percent = (share: number): string => (layer.cores === 0 ? '' : `${(100 * share).toFixed(0)} %`);
  return [
    layer.name,
    layer.scheme,
    String(layer.fanIn),
    String(layer.nOut),
    String(layer.cores),
    String(layer.partialCores),
    String(layer.splitterCores),
    String(layer.copies),
    String(layer.window),
    String(layer.ticks),
    percent(layer.axonUse),
    percent(layer.neuronUse),
    layer.limitedBy,
  ];
}

/** How inputs and values travel, and what else was tried. */
const codeLines = (tried: readonly CodesChoice[]): readonly string[] =>
  tried.length === 0 ? [] : [`codes tried: ${printCodes(tried).trimEnd().replaceAll('\n', '; ')}`];

/** What was chosen costs so much; and what was compared with it. */
function costLines(tried: readonly MappingChoice[]): readonly string[] {
  const chosen = tried.find((choice) => choice.chosen);
  if (chosen === undefined) return [];
  const text = ({ window, fanOut, cores, period, latency, energyUj, chosen: isChosen }: MappingChoice): string => {
    const aim = fanOut === 'ticks' ? ' (fan-outs with the fewest ticks)' : '';
    const energy = energyUj === undefined ? '' : `, ${significant(energyUj)} uJ`;
    return `${window}${isChosen ? '*' : ''}${aim}: ${cores} cores x ${period} ticks, latency ${latency}${energy}`;
  };
  const energy = chosen.energyUj === undefined ? '' : ` and ${significant(chosen.energyUj)} uJ`;
  return [
    `expected per frame, if half of all bits are 1: ${chosen.spikes.toFixed(0)} spikes${energy}`,
    ...(tried.length > 1 ? [`windows tried (* chosen): ${tried.map(text).join('; ')}`] : []),
  ];
}
