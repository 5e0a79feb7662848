/** Mappings that were compared for a TrueNorth-style chip, and what else its layers could be, as tables. */
import { integer, significant } from '../../common/format.js';
import type { CodesChoice } from '../../compiler/targets/truenorth/choose-codes.js';
import type { MappingChoice } from '../../compiler/targets/truenorth/choose-mapping.js';
import type { TrueNorthCompilation } from '../../compiler/targets/truenorth/compile.js';
import type { LayerAlternatives } from '../../compiler/targets/truenorth/layer-alternatives.js';
import type { FanOutChoice } from '../../compiler/targets/truenorth/map-network.js';
import type { FrameCost, LayerCost } from '../../compiler/targets/truenorth/mapping-cost.js';
import { codesText } from '../../compiler/targets/truenorth/print.js';
import type { ViewColumn } from '../../ir/trace/program-view.js';
import type { TitledTable } from '../chip.js';

const text = (title: string): ViewColumn => ({ title, align: 'text' });
const number = (title: string): ViewColumn => ({ title, align: 'number' });

const ESTIMATE =
  'Cores and ticks are exact; spikes and energy (uJ) are expected per frame where half of all bits are 1, and compare mappings rather than predict a run.';
const STAR = '*';
const COST_COLUMNS = [number('cores'), number('ticks'), number('spikes'), number('energy uJ')];

/** The tables; none for networks with time, which have one mapping. */
export function trueNorthAlternatives({
  tried,
  codes,
  alternatives,
}: Pick<TrueNorthCompilation, 'tried' | 'codes' | 'alternatives'>): readonly TitledTable[] {
  const chosen = tried.find((choice) => choice.chosen);
  if (chosen === undefined) return [];
  return [
    ...(codes.length === 0 ? [] : [codesTable(codes)]),
    {
      title: 'mappings that were compared',
      table: {
        columns: [
          text(''),
          number('window'),
          text('fan-out'),
          number('cores'),
          number('ticks per frame'),
          number('latency'),
        ].concat([number('core-ticks'), number('spikes'), number('energy uJ')]),
        rows: tried.map(mappingRow),
        note: `${STAR} chosen. Fan-out: splits between copies and splitters with the fewest cores, or with the fewest ticks. ${ESTIMATE}`,
      },
    },
    {
      title: 'alternatives of every layer',
      table: {
        columns: [
          text('layer'),
          text(''),
          text('alternative'),
          text('outputs'),
          ...COST_COLUMNS,
          number('splitters'),
          number('copies'),
        ],
        rows: alternatives().flatMap((layer, l) => layerRows(layer, chosen, tried, l)),
        note:
          `${STAR} chosen; the other layers stay as they are, but for windows, which are those of all layers. Cores with splitters, >= where they were counted ` +
          `only until they were too many; ticks from a layer's first input to its first output, of splits from there to the first axon that hears it. ${ESTIMATE}`,
      },
    },
  ];
}

/** Codes that were tried, each with its cheapest mapping. */
const codesTable = (codes: readonly CodesChoice[]): TitledTable => ({
  title: 'codes that were compared',
  table: {
    columns: [
      ...[text(''), text('code'), number('window'), number('cores'), number('ticks per frame'), number('latency')],
      ...[number('core-ticks'), number('spikes'), number('energy uJ')],
    ],
    rows: codes.map((choice) => {
      const { best } = choice;
      const row =
        best === undefined ? ['', ...new Array<string>(7).fill('')] : mappingRow({ ...best, chosen: choice.chosen });
      return [row[0]!, codesText(choice), row[1]!, ...row.slice(3)];
    }),
    note: `${STAR} chosen. A code without numbers cannot be mapped. ${ESTIMATE}`,
  },
});

const mark = (isChosen: boolean): string => (isChosen ? STAR : '');
const energy = ({ energyUj }: FrameCost): string => (energyUj === undefined ? '' : significant(energyUj));
const spikes = (frame: FrameCost): string => integer(Math.round(frame.spikes));

const mappingRow = (choice: MappingChoice): readonly string[] => [
  mark(choice.chosen),
  integer(choice.window),
  `fewest ${choice.fanOut}`,
  integer(choice.cores),
  integer(choice.period),
  integer(choice.latency),
  integer(choice.cores * choice.period),
  spikes(choice),
  energy(choice),
];

function layerRows(
  { layer, schemes, fanOuts }: LayerAlternatives,
  chosen: MappingChoice,
  tried: readonly MappingChoice[],
  index: number,
): readonly (readonly string[])[] {
  const own = chosen.layers[index]!;
  const schemeRows = schemes.map((scheme) =>
    'refused' in scheme
      ? ['', `${scheme.scheme}: ${scheme.refused}`, '', '', '', '', '', '', '']
      : [
          mark(scheme.isChosen),
          nameOf(scheme.scheme, scheme.window),
          scheme.code,
          ...[integer(scheme.cores), integer(scheme.ticks), spikes(scheme), energy(scheme)],
          ...(scheme.isChosen ? [integer(own.splitterCores), integer(own.copies)] : ['', '']),
        ],
  );
  const windowRows = tried
    .filter((other) => !other.chosen)
    .map(({ layers }) => layers[index]!)
    .filter((cost) => cost.window !== own.window)
    .map((cost) => ['', nameOf(cost.scheme, cost.window), cost.code, ...costCells(cost)]);
  // Limits between two numbers of copies are the same split.
  const differs = (a: FanOutChoice, b: FanOutChoice): boolean =>
    a.splitterCores !== b.splitterCores || a.copies !== b.copies;
  const splitRows = fanOuts
    .filter((split, i) => !split.isChosen && fanOuts.slice(0, i).every((before) => differs(before, split)))
    .map(({ limit, splitterCores, copies, cores, isBound, ticks }) => [
      ...['', splitterCores === 0 ? 'copies only' : `splitters from ${integer(limit)} more copies on`, ''],
      ...[`${isBound ? '>= ' : ''}${integer(cores)}`, integer(ticks), '', '', integer(splitterCores), integer(copies)],
    ]);
  return [...schemeRows, ...windowRows, ...splitRows].map((cells, i) => [i === 0 ? layer : '', ...cells]);
}

const nameOf = (scheme: string, window: number): string =>
  window > 1 ? `${scheme}, window ${integer(window)}` : scheme;

const costCells = (cost: LayerCost): readonly string[] => [
  ...[integer(cost.cores), integer(cost.ticks), spikes(cost), energy(cost)],
  ...[integer(cost.splitterCores), integer(cost.copies)],
];
