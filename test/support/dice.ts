import type { Sequence } from '../../src/common/rng.js';

/** Numbers of a shape. */
export interface DrawnTensor {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** Choices of random files, drawn one after the other. */
export class Dice {
  private readonly r: Sequence;

  constructor(r: Sequence) {
    this.r = r;
  }

  one<T>(...choices: readonly T[]): T {
    return choices[this.r.below(choices.length)]!;
  }

  list(n: number, ...choices: readonly number[]): number[] {
    return Array.from({ length: n }, () => this.one(...choices));
  }

  /** Multiples of 1/8, -4..4. */
  reals(dims: readonly number[]): DrawnTensor {
    const n = dims.reduce((a, b) => a * b, 1);
    return { dims, values: Array.from({ length: n }, () => (this.r.below(65) - 32) / 8) };
  }

  /** Multiples of 1/4, 1/4..2. */
  positive(dims: readonly number[]): DrawnTensor {
    const n = dims.reduce((a, b) => a * b, 1);
    return { dims, values: Array.from({ length: n }, () => (1 + this.r.below(8)) / 4) };
  }

  /** Integers of a type of TensorProto. */
  whole(dims: readonly number[], low: number, high: number, type = 7): DrawnTensor & { readonly type: number } {
    const n = dims.reduce((a, b) => a * b, 1);
    return { dims, type, values: Array.from({ length: n }, () => low + this.r.below(high - low + 1)) };
  }

  image(): readonly number[] {
    return [this.one(1, 2, 4), this.one(3, 4, 5, 6), this.one(3, 4, 6)];
  }

  /** Mostly images, else a vector or a sequence. */
  any(): readonly number[] {
    return this.one(this.image(), this.image(), this.image(), [this.one(4, 6, 9)], [this.one(3, 4), this.one(2, 6)]);
  }
}
