/** The start of the report: what was studied, golden accuracies, and where errors double. */
import { mean, wilsonInterval } from '../../common/statistics.js';
import type { StudyTarget } from '../../ir/trace/study.js';
import { integer, percent, percentInterval } from '../../common/format.js';
import { html, type Html, type HtmlPart } from '../html.js';
import { doublingOf, type Doubling } from './doubling.js';
import { effectText } from './effects.js';
import { distinct, groupPoints, type StudyPoint, type StudyView, targetName } from './points.js';
import { type Column, doubledBits, doublingText, table } from './tables.js';
import { levelText, seriesKey } from './words.js';

/** Where networks ran: by themselves first, then the chips in the order of the points. */
const targetsOf = ({ points }: StudyView): readonly StudyTarget[] =>
  distinct(['network', ...points.map(({ target }) => target)]).filter((target) =>
    points.some((point) => point.target === target),
  );

/** One row per network: what it is, and its golden accuracy on each target with its Wilson interval. */
export function networkTable(view: StudyView): Html {
  const { networks } = view.result;
  if (networks.length === 0) return html`<p class="muted">The study lists no networks.</p>`;
  const targets = targetsOf(view);
  const columns: readonly Column[] = [
    { title: 'network' },
    ...targets.map((target) => ({ title: `golden accuracy, ${targetName(target)}`, isNumber: true })),
    { title: 'family' },
    { title: 'data set' },
    { title: 'variant' },
    ...['classes', 'weights', 'epochs', 'validation accuracy'].map((title) => ({ title, isNumber: true })),
  ];
  const rows = networks.map((network): readonly HtmlPart[] => [
    network.name,
    ...targets.map((target) => goldenCell(view.golden(network.name, target))),
    network.family,
    network.dataset,
    network.variant,
    integer(network.nClasses),
    integer(network.nWeights),
    network.epochs === undefined ? 'not trained here' : integer(network.epochs),
    network.validationAccuracy === undefined ? 'not known' : percent(network.validationAccuracy),
  ]);
  return html`${table(columns, rows)}
    <p class="small">
      Golden: undisturbed, on the test images of the study. Intervals: 95 % Wilson score interval over the images.
      Chance: ${distinct(networks.map((network) => percent(1 / network.nClasses, 1))).join(', ')}.
    </p>`;
}

function goldenCell(golden: StudyPoint | undefined): HtmlPart {
  const row = golden?.rows[0];
  if (golden === undefined || row === undefined) return html`<span class="muted">not measured</span>`;
  // Undisturbed chips are one chip: more rows would all be the same.
  const interval = wilsonInterval(row.correct, row.samples);
  return html`${percent(golden.accuracy)}<br /><span class="small"
      >${percentInterval(interval)}, n = ${integer(row.samples)}</span
    >`;
}

/** One row per network and target, one column per effect with levels: the level at which the mean error is twice the golden one. */
export function doublingTable(view: StudyView): Html {
  const points = view.points.filter(
    (point) => (point.part === 'distortions' || point.part === 'faults') && effectText(point.effect).levelled,
  );
  if (points.length === 0) return html`<p class="muted">No effect was measured at several levels.</p>`;
  const tables = distinct(points.map((point) => point.target)).map((target) => {
    const own = points.filter((point) => point.target === target);
    const effects = groupPoints(own, effectKey).map((group) => group[0]!);
    const rows = groupPoints(own, seriesKey).map((series): readonly HtmlPart[] => [
      series[0]!.network,
      ...effects.map((effect) => {
        const curve = series.filter((point) => effectKey(point).join('\n') === effectKey(effect).join('\n'));
        const [first] = curve;
        if (first === undefined) return html`<span class="muted">not measured</span>`;
        const doubling = doublingOf(curve, view.golden(first.network, first.target));
        const level = shortDoubling(doubling, effectText(first.effect).worse);
        if (first.effect !== 'additive' || target !== 'network' || doubling.kind !== 'reached') return level;
        return html`${level}<br /><span class="small">bits: ${doubledBits(curve, doubling)}</span>`;
      }),
    ]);
    const columns: readonly Column[] = [
      { title: 'network' },
      ...effects.map((point) => ({ title: point.where === '' ? point.effect : `${point.effect} (${point.where})` })),
    ];
    return html`<div class="${columns.length > 4 ? 'full' : ''}">
      <h3>On the ${targetName(target)}${target === 'network' ? '' : ' chip'}</h3>
      ${table(columns, rows)}
    </div>`;
  });
  return html`<div class="figures">${tables}</div>
    <p class="small">
      Linear in the level between the mean errors of neighbouring levels, golden at the level that changes nothing. &gt;
      x or &lt; x (where lower levels are worse): not reached within the levels, of which x is the worst. Bits:
      effective bits per weight at that noise, in two readings.
    </p>`;
}

const effectKey = (point: StudyPoint): readonly string[] => [point.effect, point.where];

/** Short for a table of many: "0.52", "> 0.8". */
function shortDoubling(doubling: Doubling, worse: 'up' | 'down'): HtmlPart {
  if (doubling.kind === 'reached') return Number(doubling.level.toPrecision(3)).toString();
  if (doubling.kind === 'before') return `before ${levelText(doubling.level)}`;
  if (doubling.kind === 'not-reached') return `${worse === 'up' ? '>' : '<'} ${levelText(doubling.last)}`;
  return html`<span class="muted">${doublingText(doubling)}</span>`;
}

/** What was measured, in sentences. */
export function abstractText(view: StudyView): Html {
  const { result, points } = view;
  const chips = integer(result.chips);
  const accuracies = result.rows.length;
  const effects = distinct(
    points.filter((p) => p.effect !== 'none').map((p) => effectText(p.effect).title.toLowerCase()),
  );
  const goldens = points.filter((point) => point.part === 'golden').map((point) => point.accuracy);
  return html`<p class="lead">
    ${integer(result.networks.length)} ${result.networks.length === 1 ? 'network' : 'networks'} on
    ${distinct(result.networks.map((network) => network.dataset)).join(', ') || 'no data set'}; ${integer(accuracies)}
    measured ${accuracies === 1 ? 'accuracy' : 'accuracies'} in ${integer(points.length)}
    ${points.length === 1 ? 'point' : 'points'}. Effects: ${effects.length > 0 ? effects.join(', ') : 'none'}. Random
    effects have n = ${chips} ${result.chips === 1 ? 'chip' : 'chips'} per point, each with its own seed and the same at
    every level; every chip sees the first ${integer(result.images)} test images of its data set. Seed ${result.seed}.
    ${
      goldens.length === 0
        ? 'No golden accuracy was measured.'
        : `Golden accuracies: ${percent(Math.min(...goldens), 1)} to ${percent(Math.max(...goldens), 1)}, mean ${percent(mean(goldens), 1)}.`
    }
    ${result.failures.length === 0 ? 'All points were measured.' : `${integer(result.failures.length)} ${result.failures.length === 1 ? 'point' : 'points'} could not be measured.`}
  </p>`;
}
