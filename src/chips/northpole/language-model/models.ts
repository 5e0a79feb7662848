/**
 * Transformers that the published systems run, as numbers: what their weights and caches need. Decoder layers with grouped-query attention and
 * a gated MLP, root-mean-square norms, tied or untied output layer (both cost the same on the cards: the embedding stays on the host).
 */

/** A decoder-only transformer. */
export interface TransformerModel {
  readonly name: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Width of the gated MLP: two matrices hidden x intermediate, one back. */
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly status: 'published' | 'assumed';
  readonly source: string;
}

/** How a model runs: bits, users at a time, positions each of them may fill. */
export interface Deployment {
  readonly weightBits: number;
  readonly activationBits: number;
  readonly cacheBits: number;
  /** Weights of the output layer, commonly wider. */
  readonly outputWeightBits: number;
  readonly users: number;
  readonly context: number;
}

const RACK = 'DeBole et al., arXiv 2511.15950 (2025)';
const HPEC = 'Appuswamy et al., HPEC 2024';

/** 14 layers are published; the widths are those of granite-8b-code-base, with which 14 layers and the embedding are 3.25 G parameters. */
export const MODEL_3B: TransformerModel = {
  name: '3B',
  layers: 14,
  hidden: 4096,
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  intermediate: 14_336,
  vocabulary: 49_152,
  status: 'assumed',
  source: `14 layers: ${HPEC}; widths: config.json of ibm-granite/granite-8b-code-base`,
};

/** The file of Granite 3.1 8B, whose architecture Granite 3.3 8B keeps. */
export const GRANITE_8B: TransformerModel = {
  name: 'Granite-3.3-8B',
  layers: 40,
  hidden: 4096,
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  intermediate: 12_800,
  vocabulary: 49_155,
  status: 'published',
  source: 'config.json of ibm-granite/granite-3.1-8b-instruct',
};

/** Which model of 70 G parameters is meant is not published; this is the commonest architecture of that size. */
export const MODEL_70B: TransformerModel = {
  name: '70B',
  layers: 80,
  hidden: 8192,
  heads: 64,
  kvHeads: 8,
  headDim: 128,
  intermediate: 28_672,
  vocabulary: 128_256,
  status: 'assumed',
  source: `a model of 70 G parameters: ${RACK}; widths: config.json of meta-llama/Llama-3.1-70B`,
};

/**
 * The 3 B system: 28 users. Four bits everywhere and eight in the output layer are our reading: with an 8-bit cache one layer does not fit
 * one card, and with 4-bit output weights one card would hold the output layer, not two.
 */
export const DEPLOYMENT_3B: Deployment = {
  weightBits: 4,
  activationBits: 4,
  cacheBits: 4,
  outputWeightBits: 8,
  users: 28,
  context: 2048,
};

/** W4 A8 C8, 28 users of 2048 positions (DeBole et al.); the output layer as in the 3 B system. */
export const DEPLOYMENT_8B: Deployment = {
  weightBits: 4,
  activationBits: 8,
  cacheBits: 8,
  outputWeightBits: 8,
  users: 28,
  context: 2048,
};

/** Weights of the attention of a layer: query, key, value and output projections. */
export const attentionWeights = (m: TransformerModel): number => m.hidden * m.headDim * (2 * m.heads + 2 * m.kvHeads);

/** Weights of the MLP of a layer. */
export const mlpWeights = (m: TransformerModel): number => 3 * m.hidden * m.intermediate;

/** Weights of the output layer. */
export const outputWeights = (m: TransformerModel): number => m.hidden * m.vocabulary;

/** Parameters of the model: matrices and one embedding (the norms are too small to count). */
export const parameterCount = (m: TransformerModel): number =>
  m.layers * (attentionWeights(m) + mlpWeights(m)) + outputWeights(m);

/** Bytes of keys and values of one layer for all users at full context. */
export const cacheBytes = (m: TransformerModel, d: Deployment): number =>
  (d.users * d.context * 2 * m.kvHeads * m.headDim * d.cacheBits) / 8;
