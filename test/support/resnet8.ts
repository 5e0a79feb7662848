/**
 * A network with the structure and the integer arithmetic of the int8 ResNet-8 of MLPerf Tiny (Banbury et al., NeurIPS 2021 Datasets and Benchmarks),
 * random weights: convolutions with zero points, per-channel doubling multiplications (`gemmlowp`), residual additions of operands with
 * different scales (shift left by 20, two multiplications, sum, third multiplication), average pooling that rounds half away from zero.
 */
import { PURPOSE, type Sequence, sequence } from '../../src/common/rng.js';
import type { NetworkGraph, NetworkNode, NodeId, RequantiseNode } from '../../src/ir/network/types.js';

/** An 8-bit value with its quantisation: real = scale * (q - zeroPoint). */
interface Quantised {
  readonly id: NodeId;
  readonly side: number;
  readonly channels: number;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The network for [32, 32, 3] images, ten classes. */
export function resnet8(seed: number): NetworkGraph {
  const build = new Builder(sequence(seed, PURPOSE.test, 8));
  let x = build.input();
  x = build.conv('stem', x, { nOut: 16, window: 3, stride: 1, relu: true });
  for (const [block, nOut] of [16, 32, 64].entries()) {
    const stride = block === 0 ? 1 : 2;
    const a = build.conv(`b${block}a`, x, { nOut, window: 3, stride, relu: true });
    const b = build.conv(`b${block}b`, a, { nOut, window: 3, stride: 1, relu: false });
    const skip = block === 0 ? x : build.conv(`b${block}skip`, x, { nOut, window: 1, stride, relu: false });
    x = build.addRelu(`b${block}`, b, skip);
  }
  build.classify(build.average('average', x));
  return { name: 'resnet8-int8', dialect: 'integer', nodes: build.nodes };
}

/** A real multiplier as TFLite stores it: m / 2^31 * 2^exponent with m in 2^30..2^31 - 1. */
function quantisedMultiplier(real: number): { readonly multiplier: number; readonly exponent: number } {
  const exponent = Math.floor(Math.log2(real)) + 1;
  const multiplier = Math.round(real * 2 ** (31 - exponent));
  return multiplier === 2 ** 31 ? { multiplier: 2 ** 30, exponent: exponent + 1 } : { multiplier, exponent };
}

class Builder {
  readonly nodes: NetworkNode[] = [];
  readonly #r: Sequence;

  constructor(r: Sequence) {
    this.#r = r;
  }

  input(): Quantised {
    this.nodes.push(
      { kind: 'input', id: 'image', shape: [32, 32, 3] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 } },
    );
    return { id: 'code', side: 32, channels: 3, scale: 1, zeroPoint: -128 };
  }

  /** SAME padding, which is uneven for stride 2 (nothing above and left). */
  conv(
    id: string,
    x: Quantised,
    {
      nOut,
      window,
      stride,
      relu,
    }: { readonly nOut: number; readonly window: number; readonly stride: number; readonly relu: boolean },
  ): Quantised {
    const side = Math.ceil(x.side / stride);
    const padding = Math.max(0, (side - 1) * stride + window - x.side);
    const before = Math.floor(padding / 2);
    const fanIn = window * window * x.channels;
    const weights = this.#weights(nOut * fanIn);
    const weightScales = Float64Array.from({ length: nOut }, () => (0.5 + this.#r.uniform()) / (64 * Math.sqrt(fanIn)));
    this.nodes.push({
      kind: 'conv2d',
      id,
      input: x.id,
      window: [window, window],
      stride: [stride, stride],
      padding: [before, padding - before, before, padding - before],
      groups: 1,
      nOut,
      weights,
      weightBits: 8,
      bias: this.#bias(weights, fanIn, x.zeroPoint),
      padValue: x.zeroPoint,
    });
    const output = {
      id: `${id}-q`,
      side,
      channels: nOut,
      scale: 0.02 + 0.02 * this.#r.uniform(),
      zeroPoint: this.#zeroPoint(relu),
    };
    const inScale = x.scale === 1 ? 1 / 128 : x.scale;
    this.#requantise(
      output.id,
      id,
      weightScales.map((w) => (inScale * w) / output.scale),
      output.zeroPoint,
      relu,
    );
    return output;
  }

  /** ADD of TFLite with a fused ReLU. */
  addRelu(id: string, a: Quantised, b: Quantised): Quantised {
    const scale = 0.03 + 0.02 * this.#r.uniform();
    const twice = 2 * Math.max(a.scale, b.scale);
    const terms = [a, b].map((x) => {
      const { multiplier, exponent } = quantisedMultiplier(x.scale / twice);
      this.#push(`${id}-${x.id}`, x.id, {
        inputZeroPoint: x.zeroPoint,
        leftShift: 20,
        multiplier: Int32Array.of(multiplier),
        shift: Uint8Array.of(31 - exponent),
        zeroPoint: 0,
        min: -(2 ** 31),
        max: 2 ** 31 - 1,
      });
      return `${id}-${x.id}`;
    });
    this.nodes.push({ kind: 'add', id: `${id}-sum`, inputs: [terms[0] ?? '', terms[1] ?? ''] });
    this.#requantise(`${id}-q`, `${id}-sum`, Float64Array.of(twice / (2 ** 20 * scale)), -128, true);
    return { id: `${id}-q`, side: a.side, channels: a.channels, scale, zeroPoint: -128 };
  }

  /** AVERAGE_POOL_2D over the whole image: the scale stays. */
  average(id: string, x: Quantised): Quantised {
    const window: readonly [number, number] = [x.side, x.side];
    this.nodes.push({ kind: 'sumPool', id, input: x.id, window, stride: window, padding: [0, 0, 0, 0] });
    this.nodes.push({
      kind: 'requantise',
      id: `${id}-q`,
      input: id,
      inputZeroPoint: 0,
      leftShift: 0,
      multiplier: Int32Array.of(1),
      shift: Uint8Array.of(Math.log2(x.side * x.side)),
      zeroPoint: 0,
      min: -128,
      max: 127,
      rounding: 'halfAwayFromZero',
    });
    return { ...x, id: `${id}-q`, side: 1 };
  }

  classify(x: Quantised): void {
    const weights = this.#weights(10 * x.channels);
    this.nodes.push(
      { kind: 'flatten', id: 'flat', input: x.id },
      {
        kind: 'dense',
        id: 'fc',
        input: 'flat',
        nOut: 10,
        weights,
        weightBits: 8,
        bias: this.#bias(weights, x.channels, x.zeroPoint),
      },
    );
    this.#requantise('fc-q', 'fc', Float64Array.of((x.scale * 0.003) / 0.1), this.#zeroPoint(false), false);
    this.nodes.push({ kind: 'scores', id: 'scores', input: 'fc-q' });
  }

  #weights(n: number): Int8Array {
    return Int8Array.from({ length: n }, () => this.#r.below(255) - 127);
  }

  /** The trained bias less what the zero point of the input adds to every sum. */
  #bias(weights: Int8Array, fanIn: number, zeroPoint: number): Float64Array {
    return Float64Array.from({ length: weights.length / fanIn }, (_, o) => {
      let sum = 0;
      for (let k = 0; k < fanIn; k++) sum += weights[o * fanIn + k]!;
      return this.#r.below(2001) - 1000 - zeroPoint * sum;
    });
  }

  #zeroPoint(relu: boolean): number {
    return relu ? -128 : this.#r.below(41) - 20;
  }

  #requantise(id: string, input: NodeId, multipliers: Float64Array, zeroPoint: number, relu: boolean): void {
    const parts = Array.from(multipliers, quantisedMultiplier);
    this.#push(id, input, {
      inputZeroPoint: 0,
      leftShift: 0,
      multiplier: Int32Array.from(parts, ({ multiplier }) => multiplier),
      shift: Uint8Array.from(parts, ({ exponent }) => 31 - exponent),
      zeroPoint,
      min: relu ? zeroPoint : -128,
      max: 127,
    });
  }

  #push(id: string, input: NodeId, fields: Omit<RequantiseNode, 'kind' | 'id' | 'input' | 'rounding'>): void {
    this.nodes.push({ kind: 'requantise', id, input, ...fields, rounding: 'gemmlowp' });
  }
}
