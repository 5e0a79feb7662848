/** A network layer by layer, in up to four forms: the file of another tool, the float network, the integer network, the chip. */

/** Why two forms part where everything that the layer reads is equal. */
export const CAUSES = [
  /** Values are rounded to other steps, or where the other form does not round. */
  'rounding',
  /** The value is at the end of what the integers reach. */
  'saturation',
  /** Only elements whose window touches the padding differ. */
  'padding value',
  /** Two integers are equally near, up to the rounding of float64. */
  'tie',
  /** The same terms are summed in another order, or rounded before they are summed. */
  'order of operations',
  /** The layer computes something else. */
  'another function',
] as const;
/** One of {@link CAUSES}. */
export type Cause = (typeof CAUSES)[number];

/** Where two forms part. */
export interface Parting {
  readonly sample: number;
  readonly layer: string;
  readonly channel: number;
  /** Row-major, channels last. */
  readonly element: number;
  /** The value of the form before, and of this one. */
  readonly before: number;
  readonly after: number;
  readonly cause: Cause;
  /** What the compiler said of the layer, where it did. */
  readonly note?: string;
}

/** How the values of a layer in one form are those of the form before, over all samples. */
export interface Deviation {
  readonly largest: number;
  readonly mean: number;
  /** Share of the elements that are equal: to the bit between integer network and chip, else up to the rounding of float64. */
  readonly equal: number;
  /** Elements that were compared on each sample: fewer than the layer has where the form does not have them all. */
  readonly elements: number;
  /** The first element that differs although everything that the layer reads is equal. */
  readonly parts?: Parting;
}

/** Why a form has no values of a layer. */
export interface Unseen {
  readonly unseen: string;
}

/** The steps from form to form, in their order. */
export const COMPARED_STEPS = ['float', 'integer', 'chip'] as const;
/** `float`: the float network after the file (of integer files: their integer network); `integer`: the integer network after the float one; `chip` after the integer one. */
export type ComparedStep = (typeof COMPARED_STEPS)[number];

/** One layer over all samples. */
export interface LayerComparison extends Readonly<Record<ComparedStep, Deviation | Unseen>> {
  readonly layer: string;
  readonly kind: string;
  readonly elements: number;
  /** The layer of the integer network that holds its values; another than `layer` where it was folded away. */
  readonly integerLayer: string;
}

/** A network on some samples. */
export interface NetworkComparison {
  readonly samples: number;
  readonly layers: readonly LayerComparison[];
  /** Share of the samples that each form classifies right; null for forms that do not exist. */
  readonly accuracy: Readonly<Record<'file' | 'float' | 'integer' | 'chip', number | null>>;
  /** Samples on which a form decides as the one before; null likewise. */
  readonly sameDecision: Readonly<Record<'float' | 'integer', number | null>>;
  /** Samples on which a class score of the chip is not that of the integer network; null where neither exists. */
  readonly mismatches: number | null;
  /** By step the first sample, layer and element where they part; null where they never do. */
  readonly first: Readonly<Record<ComparedStep, Parting | null>>;
  /** What the values of the file are, or why there are none. */
  readonly file: string;
}

/** Whether a form has values of a layer. */
export const isSeen = (found: Deviation | Unseen): found is Deviation => 'largest' in found;
