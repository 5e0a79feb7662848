/** Which operators are read, by domain. */
import { CHANNELS_LAST_DOMAIN, TENSOR_DOMAINS } from '../domains.js';
import { CHANNELS_LAST_ELEMENTWISE, ELEMENTWISE_OPERATORS } from './elementwise.js';
import type { Importer, Importers } from './context.js';
import { DECISION_OPERATORS } from './decisions.js';
import { CHANNELS_LAST_LINEAR, LINEAR_OPERATORS } from './linear.js';
import { CHANNELS_LAST_POOLS, POOL_OPERATORS } from './pools.js';
import { QUANTISER_OPERATORS } from './quantisers.js';
import { SHAPE_OPERATORS } from './shapes.js';

/** Operators of ONNX, QONNX and FINN. */
export const OPERATORS: Importers = {
  ...SHAPE_OPERATORS,
  ...ELEMENTWISE_OPERATORS,
  ...LINEAR_OPERATORS,
  ...POOL_OPERATORS,
  ...DECISION_OPERATORS,
  ...QUANTISER_OPERATORS,
};

/** Operators on images with channels last. */
const CHANNELS_LAST: Importers = { ...CHANNELS_LAST_LINEAR, ...CHANNELS_LAST_POOLS, ...CHANNELS_LAST_ELEMENTWISE };

/** Whether the operators of a domain stand in these tables. */
export const isKnownDomain = (domain: string): boolean =>
  domain === CHANNELS_LAST_DOMAIN || TENSOR_DOMAINS.includes(domain);

/** The importer of an operator; undefined where there is none. */
export function importerOf(domain: string, operator: string): Importer | undefined {
  if (!isKnownDomain(domain)) return undefined;
  if (domain === CHANNELS_LAST_DOMAIN && Object.hasOwn(CHANNELS_LAST, operator)) return CHANNELS_LAST[operator];
  return Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
}
