/** Tables of docs/studies from the rows of a study. */
import { integer } from '../src/common/format.js';
import { bitsAt, doublingOf } from '../src/report/study/doubling.js';
import { measureRows } from '../src/report/study/countermeasure-table.js';
import { energyText } from '../src/report/study/words.js';
import { pairedDifference } from '../src/report/study/paired-difference.js';
import { groupPoints, type StudyPoint, type StudyView, viewStudy } from '../src/report/study/points.js';
import type { StudyResult, StudyTarget } from '../src/studies.js';

/** The tables of docs/studies/cifar10.md by name: networks that were trained elsewhere, on one chip. */
export function importedTables(result: StudyResult): ReadonlyMap<string, string> {
  const view = viewStudy(result);
  return new Map([
    ['golden', goldenTable(view, ['northpole'])],
    ['bits', bitsTable(view)],
    [
      'distortions',
      effectTables(
        view,
        view.points.filter(({ part, effect }) => part === 'distortions' && effect !== 'additive'),
      ),
    ],
    ['northpole', effectTables(view, faultsOn(view, 'northpole'))],
  ]);
}

/** The tables of docs/studies/robustness.md by name, in Markdown. */
export function studyTables(result: StudyResult): ReadonlyMap<string, string> {
  const view = viewStudy(result);
  return new Map([
    ['golden', goldenTable(view, ['truenorth', 'northpole'])],
    ['distortions', effectTables(view, view.points.filter(isShown))],
    ['doubling', doublingTable(view)],
    ['truenorth', effectTables(view, faultsOn(view, 'truenorth'))],
    ['northpole', effectTables(view, faultsOn(view, 'northpole'))],
    ['countermeasures', countermeasureTables(view)],
  ]);
}

/** Of the distortions, one or two levels each: the others are in the figures and in rows.csv. */
const SHOWN: Readonly<Record<string, readonly number[]>> = {
  additive: [0.4, 0.8],
  multiplicative: [0.4, 0.8],
  uniformLog: [0.5],
  power: [0.5],
  round: [2, 4],
  sign: [0],
  stochastic: [0],
};

const isShown = ({ part, effect, level }: StudyPoint): boolean =>
  part === 'distortions' && SHOWN[effect]?.includes(level) === true;

const faultsOn = (view: StudyView, target: StudyTarget): readonly StudyPoint[] =>
  view.points.filter((point) => point.part === 'faults' && point.target === target);

const percent = (share: number): string => (100 * share).toFixed(1);

/** "85.4 ± 0.9": the mean over chips with half its 95 % interval; the mean alone where nothing was drawn. */
function cell(point: StudyPoint | undefined): string {
  if (point === undefined) return '–';
  const { interval, accuracy } = point;
  const half = interval === undefined ? 0 : (interval[1] - interval[0]) / 2;
  return half === 0 ? percent(accuracy) : `${percent(accuracy)} ± ${percent(half)}`;
}

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}

const TITLES: Readonly<Record<string, string>> = { truenorth: 'TrueNorth', northpole: 'NorthPole' };

function goldenTable(view: StudyView, targets: readonly StudyTarget[]): string {
  const at = (network: string, target: StudyTarget): string => cell(view.golden(network, target));
  return markdown(
    ['network', 'itself', ...targets.map((target) => TITLES[target] ?? target)],
    view.result.networks.map(({ name }) => [
      `\`${name}\``,
      at(name, 'network'),
      ...targets.map((target) => at(name, target)),
    ]),
  );
}

/** Additive noise: what it leaves of a weight in bits, and of the accuracy. */
function bitsTable(view: StudyView): string {
  const additive = view.points.filter(({ part, effect }) => part === 'distortions' && effect === 'additive');
  const rows = additive.map((point) => {
    const bits = [point.gaussianBits?.toFixed(2) ?? '–', point.mutualBits?.toFixed(2) ?? '–'];
    return [`\`${point.network}\``, String(point.level), ...bits, cell(point), percent(1 - point.accuracy)];
  });
  const header = ['network', 'sigma', 'bits (Gaussian channel)', 'bits (mutual information)', 'accuracy', 'error'];
  return markdown(header, rows);
}

/** One table per family and data set: a row per effect and level, a column per variant. */
function effectTables(view: StudyView, points: readonly StudyPoint[]): string {
  return groupPoints(points, ({ family, dataset }) => [family, dataset])
    .map((group) => {
      const { family, dataset, target } = group[0]!;
      const variants = groupPoints(group, ({ network }) => [network]);
      const effects = groupPoints(group, ({ effect, level }) => [effect, level]).map((same) => same[0]!);
      const rows = effects.map(({ effect, level }) => [
        effect === 'sign' || effect === 'stochastic' ? effect : `${effect} ${level}`,
        ...variants.map((own) => cell(own.find((point) => point.effect === effect && point.level === level))),
      ]);
      const golden = variants.map((own) => cell(view.golden(own[0]!.network, target)));
      const header = [`${family}, ${dataset}`, ...variants.map((own) => `\`${own[0]!.variant}\``)];
      return markdown(header, [['undisturbed', ...golden], ...rows]);
    })
    .join('\n');
}

/** The additive noise at which the error of a float network is twice the golden one, and what it is in bits. */
function doublingTable(view: StudyView): string {
  const additive = view.points.filter(({ part, effect }) => part === 'distortions' && effect === 'additive');
  const rows = groupPoints(additive, ({ network }) => [network]).map((curve) => {
    const { network, target } = curve[0]!;
    const doubling = doublingOf(curve, view.golden(network, target));
    if (doubling.kind !== 'reached') {
      return [`\`${network}\``, doubling.kind === 'not-reached' ? `> ${doubling.last}` : doubling.kind, '–', '–'];
    }
    const { gaussian, mutual } = bitsAt(curve, doubling.level);
    return [`\`${network}\``, doubling.level.toFixed(2), gaussian?.toFixed(2) ?? '–', mutual?.toFixed(2) ?? '–'];
  });
  return markdown(['network', 'sigma', 'bits (Gaussian channel)', 'bits (mutual information)'], rows);
}

function countermeasureTables(view: StudyView): string {
  const points = view.points.filter(({ part }) => part === 'countermeasures');
  return groupPoints(points, ({ network, target, effect }) => [network, target, effect])
    .map((group) => {
      const { network, target, effect } = group[0]!;
      const rows = measureRows(view, group);
      const baseline = rows.find(({ isBaseline }) => isBaseline);
      const levels = [...new Set(group.map(({ level }) => level))].sort((a, b) => a - b);
      const header = ['measure', 'cores', 'energy per sample', 'stored bits', 'protected', 'epochs'];
      const body = rows.map(({ name, cost, points: measured }) => [
        name,
        cost === undefined ? '–' : String(cost.cores),
        cost?.energyUj === undefined ? '–' : energyText(cost),
        cost === undefined ? '–' : integer(cost.storedBits),
        cost === undefined ? '–' : integer(cost.protectedBits),
        cost?.epochs === undefined ? '–' : String(cost.epochs),
        ...levels.map((level) => {
          const point = measured.get(level);
          const other = baseline?.points.get(level);
          const gain =
            point === undefined || other === undefined || point === other ? undefined : pairedDifference(point, other);
          if (gain === undefined) return cell(point);
          const { difference, interval } = gain;
          const half = interval === undefined ? '' : ` ± ${percent((interval[1] - interval[0]) / 2)}`;
          return `${cell(point)} (${difference < 0 ? '−' : '+'}${percent(Math.abs(difference))}${half})`;
        }),
      ]);
      return `**\`${network}\` on ${target}, \`${effect}\`**\n\n${markdown([...header, ...levels.map((level) => `at ${level}`)], body)}`;
    })
    .join('\n');
}
