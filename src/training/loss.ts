/** What a batch teaches. */
export interface Loss {
  /** Mean over the batch: cross entropy in nats, or squared hinge. */
  readonly loss: number;
  readonly nCorrect: number;
  /** Of the mean loss by the features, [batch, nFeatures]. */
  readonly gradient: Float32Array;
}

/** Sizes of a batch's features; feature n belongs to class n mod nClasses (one feature per class: `scores`). */
export interface FeatureLayout {
  readonly nFeatures: number;
  readonly nClasses: number;
}

/** Sums of the features of each class, [batch, nClasses]: votes, or the scores themselves. */
function classScores(features: Float32Array, { nFeatures, nClasses }: FeatureLayout): Float64Array {
  const scores = new Float64Array((features.length / nFeatures) * nClasses);
  for (let b = 0; b * nFeatures < features.length; b++) {
    for (let n = 0; n < nFeatures; n++) scores[b * nClasses + (n % nClasses)]! += features[b * nFeatures + n]!;
  }
  return scores;
}

/** Class of the largest score of a row, ties to the lowest class. */
function argmax(scores: Float64Array, row: number, nClasses: number): number {
  let best = 0;
  for (let k = 1; k < nClasses; k++) if (scores[row * nClasses + k]! > scores[row * nClasses + best]!) best = k;
  return best;
}

/** Softmax cross entropy of the scores times `logitScale`. */
export function crossEntropy(
  features: Float32Array,
  labels: Uint8Array,
  layout: FeatureLayout,
  logitScale: number,
): Loss {
  const { nFeatures, nClasses } = layout;
  const scores = classScores(features, layout);
  const gradient = new Float32Array(features.length);
  const exps = new Float64Array(nClasses);
  let loss = 0;
  let nCorrect = 0;
  labels.forEach((label, b) => {
    const best = argmax(scores, b, nClasses);
    const largest = scores[b * nClasses + best]!;
    if (best === label) nCorrect++;
    let sum = 0;
    for (let k = 0; k < nClasses; k++) {
      exps[k] = Math.exp(logitScale * (scores[b * nClasses + k]! - largest));
      sum += exps[k]!;
    }
    loss -= Math.log(exps[label]! / sum + Number.MIN_VALUE) / labels.length;
    for (let n = 0; n < nFeatures; n++) {
      const k = n % nClasses;
      gradient[b * nFeatures + n] = (logitScale * (exps[k]! / sum - (k === label ? 1 : 0))) / labels.length;
    }
  });
  return { loss, nCorrect, gradient };
}

/**
 * Squared hinge: mean over batch and classes of max(0, 1 - t z)^2, where z is the class score times `logitScale` and t is +1
 * for the label and -1 for every other class.
 */
export function squaredHinge(
  features: Float32Array,
  labels: Uint8Array,
  layout: FeatureLayout,
  logitScale: number,
): Loss {
  const { nFeatures, nClasses } = layout;
  const scores = classScores(features, layout);
  const gradient = new Float32Array(features.length);
  const byScore = new Float64Array(nClasses);
  const n = labels.length * nClasses;
  let loss = 0;
  let nCorrect = 0;
  labels.forEach((label, b) => {
    if (argmax(scores, b, nClasses) === label) nCorrect++;
    for (let k = 0; k < nClasses; k++) {
      const target = k === label ? 1 : -1;
      const short = Math.max(0, 1 - target * logitScale * scores[b * nClasses + k]!);
      loss += (short * short) / n;
      byScore[k] = (-2 * target * logitScale * short) / n;
    }
    for (let i = 0; i < nFeatures; i++) gradient[b * nFeatures + i] = byScore[i % nClasses]!;
  });
  return { loss, nCorrect, gradient };
}
