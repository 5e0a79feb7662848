/**
 * Energy of integer arithmetic: an addition of w bits e w, a multiplication e wa wb, with e the energy of one bit product.
 *
 * e comes from the 8-bit multiplication of the 45 and 7 nm columns of Jouppi et al., ISCA 2021, table 2 (0.20 and 0.07 pJ; the 45 nm
 * column is Horowitz 2014), on a straight line over the logarithm of the feature size. Band: down to the 45 nm number scaled by Stillmaker and
 * Baas, up to the largest e that any of the four operations of the columns gives.
 */
import type { Quantity } from '../../common/quantity.js';
import { onTable, STILLMAKER } from './technology.js';

/** Picojoules at 45 and 7 nm, and the bit products they count as. */
const COLUMNS = {
  multiply8: { pj45: 0.2, pj7: 0.07, products: 64 },
  multiply32: { pj45: 3.1, pj7: 1.48, products: 1024 },
  add8: { pj45: 0.03, pj7: 0.007, products: 8 },
  add32: { pj45: 0.1, pj7: 0.03, products: 32 },
} as const;

const LARGE_NM = 45;
const SMALL_NM = 7;

/** Femtojoules per bit product of one operation of the columns, at a feature size between them. */
function perProduct({ pj45, pj7, products }: (typeof COLUMNS)[keyof typeof COLUMNS], nodeNm: number): number {
  const at = Math.min(LARGE_NM, Math.max(SMALL_NM, nodeNm));
  const share = Math.log(LARGE_NM / at) / Math.log(LARGE_NM / SMALL_NM);
  return ((pj45 + share * (pj7 - pj45)) / products) * 1000;
}

/** Energy e of a bit product in fJ, 45 to 7 nm. */
export function bitProductFj(nodeNm: number): Quantity {
  const { multiply8 } = COLUMNS;
  const value = perProduct(multiply8, nodeNm);
  return {
    value,
    low: perProduct(multiply8, LARGE_NM) * onTable(STILLMAKER.nm, STILLMAKER.energy, nodeNm),
    high: Math.max(...Object.values(COLUMNS).map((operation) => perProduct(operation, nodeNm))),
    unit: 'fJ',
    status: 'derived',
    source:
      `8-bit multiplication between the 45 nm and 7 nm columns of Jouppi et al., ISCA 2021, table 2, over 64 bit products; ` +
      `low: Stillmaker and Baas 2017 from 45 nm; high: the dearest operation of the columns`,
    nodeNm,
  };
}

/** Bit products of a multiply-accumulate: the product, and its addition in a tree, which is one bit wider than the product. */
export const macBitProducts = (weightBits: number, activationBits: number): number =>
  weightBits * activationBits + weightBits + activationBits + 1;
