/** What the text and the page of a comparison of layers say alike. */
import { significant } from '../common/format.js';
import {
  COMPARED_STEPS,
  type ComparedStep,
  isSeen,
  type LayerComparison,
  type NetworkComparison,
  type Parting,
} from '../ir/trace/layer-comparison.js';

/** Whether any layer was compared in a step. */
export const isCompared = (layers: readonly LayerComparison[], step: ComparedStep): boolean =>
  layers.some((layer) => isSeen(layer[step]));

/** The steps in which anything was compared. */
export const comparedSteps = (layers: readonly LayerComparison[]): readonly ComparedStep[] =>
  COMPARED_STEPS.filter((step) => isCompared(layers, step));

/** The forms of a network with their accuracies, null where there is none. */
export const accuracyForms = ({
  accuracy,
  target,
}: Pick<NetworkComparison, 'accuracy'> & { readonly target: string }): readonly (readonly [
  string,
  number | null,
])[] => [
  ['file', accuracy.file],
  ['float network', accuracy.float],
  ['integer network', accuracy.integer],
  [target, accuracy.chip],
];

/** Both values where forms part, and why they do. */
export const differenceText = ({ before, after, cause, note }: Parting): string =>
  `${significant(before, 6)} and ${significant(after, 6)}, by ${cause}${note === undefined ? '' : ` (${note})`}`;
