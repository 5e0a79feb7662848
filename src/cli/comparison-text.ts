/** A comparison of layers in words. */
import { integer, percent, significant } from '../common/format.js';
import {
  COMPARED_STEPS,
  type ComparedStep,
  isSeen,
  type LayerComparison,
  type NetworkComparison,
  type Parting,
} from '../ir/trace/layer-comparison.js';
import { NO_INTEGERS } from '../flow/compare-layers.js';
import { accuracyForms, comparedSteps, differenceText } from '../report/comparison-words.js';
import { textTable } from './table.js';

/** What a step compares. */
const STEP_TITLES: Readonly<Record<ComparedStep, string>> = {
  float: 'network of the file against the file',
  integer: 'integer network against float network',
  chip: 'chip against integer network',
};

/** The table, where the forms part, and the accuracies. */
export function comparisonText(found: NetworkComparison & { readonly target: string }): string {
  const steps = comparedSteps(found.layers);
  const head = ['layer', 'kind', 'integers of', ...steps.flatMap((step) => [`${step}: largest`, 'mean', 'equal'])];
  const rows = found.layers.map((layer) => [
    layer.layer,
    layer.kind,
    layer.integerLayer === layer.layer ? '' : layer.integerLayer,
    ...steps.flatMap((step) => cells(layer, step)),
  ]);
  return [
    textTable(head, rows, [0, 1, 2]),
    ...COMPARED_STEPS.map((step) => stepText(found, step)),
    '',
    accuracyText(found),
    '',
  ].join('\n');
}

function cells(layer: LayerComparison, step: ComparedStep): readonly string[] {
  const found = layer[step];
  return isSeen(found) ? [significant(found.largest), significant(found.mean), percent(found.equal)] : ['-', '-', '-'];
}

function stepText({ layers, first, file }: NetworkComparison, step: ComparedStep): string {
  const seen = layers.filter((layer) => isSeen(layer[step]));
  const reasons = [...new Set(layers.flatMap(({ [step]: one }) => (isSeen(one) ? [] : [one.unseen])))];
  const title = STEP_TITLES[step];
  if (seen.length === 0) return `${title}: not compared: ${reasons.join('; ')}`;
  const parting = first[step];
  const missing = layers.length - seen.length;
  const which = missing === 0 ? 'every layer' : `the ${integer(seen.length)} layers that both have`;
  const found = parting === null ? `every element of ${which} is equal` : `they part first ${place(parting)}`;
  const about = step === 'float' ? ` (${file})` : '';
  const rest = missing === 0 ? '' : `; not compared (-) are ${integer(missing)}: ${reasons.join('; ')}`;
  return `${title}${about}: ${found}${rest}`;
}

const place = (parting: Parting): string =>
  `at layer "${parting.layer}", channel ${parting.channel}, element ${parting.element} of sample ${parting.sample}: ${differenceText(parting)}`;

function accuracyText(found: NetworkComparison & { readonly target: string }): string {
  const { samples, sameDecision, mismatches, target } = found;
  const known = accuracyForms(found).flatMap(([name, share]) => (share === null ? [] : [`${name} ${percent(share)}`]));
  const decided = (
    [
      ['float', 'float network and file'],
      ['integer', 'integer and float network'],
    ] as const
  ).flatMap(([step, names]) =>
    sameDecision[step] === null
      ? []
      : [`${names} give ${integer(sameDecision[step])} of ${integer(samples)} samples the same class`],
  );
  return [
    `accuracy: ${known.join(', ')}`,
    ...decided,
    mismatches === null
      ? `${target}: ${NO_INTEGERS}`
      : `${target}: the class scores of ${integer(samples - mismatches)} of ${integer(samples)} samples are those of the integer network`,
  ].join('\n');
}
