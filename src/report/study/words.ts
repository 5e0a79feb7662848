/** Words and names that figures share: labels of curves, counts of chips and images, file names. */
import { bandText, integer, percent, percentInterval, significant } from '../../common/format.js';
import type { StudyEnergy } from '../../ir/trace/study.js';
import { effectText, isDrawn } from './effects.js';
import { distinct, rangeText, type StudyPoint, type StudyView, targetName } from './points.js';

/** Fewer chips than this make an interval whose assumptions are weak. */
export const FEW_CHIPS = 10;

/** "n = 10 chips \u00d7 500 images per point". */
export function countText(points: readonly StudyPoint[]): string {
  const drawn = points.filter(isDrawn);
  const counted = drawn.length > 0 ? drawn : points;
  const chips = rangeText(
    counted.map((point) => point.chips),
    integer,
  );
  const images = rangeText(
    points.flatMap((point) => point.images),
    integer,
  );
  return `n = ${chips} ${chips === '1' ? 'chip' : 'chips'} \u00d7 ${images} images per point`;
}

/** What a reader must know of the number of chips, empty if there is nothing. */
export function chipsWarning(points: readonly StudyPoint[]): string {
  const drawn = points.filter(isDrawn);
  if (drawn.length === 0) return 'Nothing is drawn at random: one chip per point, no interval.';
  const fewest = Math.min(...drawn.map((point) => point.chips));
  if (fewest >= FEW_CHIPS) return '';
  return `Fewer than ${FEW_CHIPS} chips (${fewest}): intervals are wide or missing and their assumptions are weak.`;
}

/** Networks without a golden accuracy among those of the points, as a sentence; empty if all have one. */
export function goldenWarning(view: StudyView, points: readonly StudyPoint[]): string {
  const unknown = distinct(
    points
      .filter((point) => view.golden(point.network, point.target) === undefined)
      .map((point) => `${point.network} (${targetName(point.target)})`),
  );
  return unknown.length === 0 ? '' : `Golden accuracy not measured: ${unknown.join(', ')}.`;
}

/** Levels of guessing of the networks of the points, 0..1. */
export const chanceLevels = (view: StudyView, points: readonly StudyPoint[]): readonly number[] =>
  distinct(
    points.flatMap((point) => {
      const chance = view.chance(point.network);
      return chance === undefined ? [] : [chance];
    }),
  );

/** A sentence where chance is not known. */
export const chanceWarning = (view: StudyView, points: readonly StudyPoint[]): string =>
  points.some((point) => view.chance(point.network) === undefined)
    ? 'Number of classes not known for some networks: no chance line for them.'
    : '';

/** Sentences in one line, the empty ones left out. */
export const sentences = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

/** Label of a network in a figure of `points`: its variant, with what else is needed to tell it from the others. */
export function seriesLabel(point: StudyPoint, points: readonly StudyPoint[]): string {
  const name = variantLabel(point, points);
  return distinct(points.map((other) => other.target)).length > 1 ? `${name}, ${targetName(point.target)}` : name;
}

function variantLabel(point: StudyPoint, points: readonly StudyPoint[]): string {
  const sameVariant = points.filter((other) => other.variant === point.variant);
  return point.variant === '' || distinct(sameVariant.map((other) => other.network)).length > 1
    ? point.network
    : point.variant;
}

/** "mlp on mnist". */
export const groupTitle = (point: StudyPoint): string => `${point.family} on ${point.dataset}`;

/** Index that a `where` of cores and bits holds; undefined for other texts. */
export const whereIndex = (point: StudyPoint): number | undefined =>
  /^\d+$/.test(point.where) ? Number(point.where) : undefined;

/** Gives file names made of words. */
export type Namer = (...words: readonly string[]) => string;

/** Curves of a figure: one per network and target, in the order of their first points. */
export const seriesKey = (point: StudyPoint): readonly string[] => [point.network, point.target];

/** "additive 0.4", or "sign" where there is no level. */
export const effectAtLevel = (point: StudyPoint): string =>
  effectText(point.effect).levelled ? `${point.effect} ${levelText(point.level)}` : point.effect;

/** A level as it was written: 0.001, 1e-7. */
export const levelText = (level: number): string =>
  level !== 0 && Math.abs(level) < 1e-4 ? level.toExponential() : `${level}`;

/** The band of an energy, "0.21 \u2013 0.4"; empty where the cost model has none. */
export const energyBand = ({ energyUj, energyLowUj, energyHighUj }: StudyEnergy): string =>
  energyUj === undefined || energyLowUj === undefined || energyHighUj === undefined
    ? ''
    : bandText({ value: energyUj, low: energyLowUj, high: energyHighUj });

/** "0.3 \u00b5J (0.21 \u2013 0.4)", or "not known". */
export function energyText(energy: StudyEnergy): string {
  if (energy.energyUj === undefined) return 'not known';
  const band = energyBand(energy);
  return `${significant(energy.energyUj)} \u00b5J${band === '' ? '' : ` (${band})`}`;
}

/** What energies of a study are, and what their bands say; empty where none has a band. */
export const bandNote = (energies: readonly StudyEnergy[]): string =>
  energies.every((energy) => energyBand(energy) === '')
    ? ''
    : 'Energies are counted events times a cost table. Their ranges say how well its costs are known: one table is behind all of a chip, so that ' +
      'they move together, and are no intervals over chips.';

/** What a point says when pointed at, in tables of one line. */
export function pointTip(label: string, point: StudyPoint): string {
  const interval =
    point.interval === undefined ? '' : ` (95 %: ${percentInterval([1 - point.interval[1], 1 - point.interval[0]])})`;
  const energy = point.energyUj === undefined ? '' : `; ${energyText(point)} per sample`;
  return (
    `${label}, ${effectAtLevel(point)}: error ${percent(1 - point.accuracy)}${interval}, accuracy ${percent(point.accuracy)}; ` +
    `${integer(point.chips)} ${point.chips === 1 ? 'chip' : 'chips'} \u00d7 ${rangeText(point.images, integer)} images${energy}`
  );
}

/** Gives file names made of words: small letters, digits and dashes, each once. */
export function createNamer(): Namer {
  const used = new Set<string>();
  return (...words) => {
    const base =
      words
        .map((word) =>
          word
            .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
            .toLowerCase()
            .replaceAll(/[^a-z0-9]+/g, '-')
            .replaceAll(/^-+|-+$/g, ''),
        )
        .filter((word) => word !== '')
        .join('-')
        .slice(0, 100) || 'figure';
    let name = base;
    for (let i = 2; used.has(name); i++) name = `${base}-${i}`;
    used.add(name);
    return name;
  };
}
