// Functions of single elements. Those without parameters run over whole rows, what stands beyond them included; `n` is even there.

/** gamma * ((x - mean) / deviation) + beta for n elements of `channels` channels per sample; parameters f64 [channels] each. */
export function batchNorm(
  x: usize,
  out: usize,
  stride: usize,
  samples: i32,
  n: i32,
  channels: i32,
  gamma: usize,
  mean: usize,
  deviation: usize,
  beta: usize,
): void {
  const pixelBytes = (<usize>channels) << 3;
  const pairs = pixelBytes & ~15;
  const pixels = n / channels;
  for (let s: usize = 0; s < <usize>samples; s++) {
    let from = x + s * stride;
    let to = out + s * stride;
    for (let p = 0; p < pixels; p++, from += pixelBytes, to += pixelBytes) {
      for (let c: usize = 0; c < pairs; c += 16) {
        const normal = f64x2.div(f64x2.sub(v128.load(from + c), v128.load(mean + c)), v128.load(deviation + c));
        v128.store(to + c, f64x2.add(f64x2.mul(v128.load(gamma + c), normal), v128.load(beta + c)));
      }
      if (pairs < pixelBytes) {
        const normal = (load<f64>(from + pairs) - load<f64>(mean + pairs)) / load<f64>(deviation + pairs);
        store<f64>(to + pairs, load<f64>(gamma + pairs) * normal + load<f64>(beta + pairs));
      }
    }
  }
}

/** +1 where x >= 0, else -1. */
export function sign(x: usize, out: usize, n: i32): void {
  const plus = f64x2.splat(1);
  const minus = f64x2.splat(-1);
  const zero = f64x2.splat(0);
  for (let i: usize = 0; i < (<usize>n) << 3; i += 16) {
    v128.store(out + i, v128.bitselect(plus, minus, f64x2.ge(v128.load(x + i), zero)));
  }
}

/** 1 where x >= 0, else 0. */
export function step(x: usize, out: usize, n: i32): void {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  for (let i: usize = 0; i < (<usize>n) << 3; i += 16) {
    v128.store(out + i, v128.and(one, f64x2.ge(v128.load(x + i), zero)));
  }
}

/** x where x > 0, else 0. */
export function relu(x: usize, out: usize, n: i32): void {
  const zero = f64x2.splat(0);
  for (let i: usize = 0; i < (<usize>n) << 3; i += 16) {
    const value = v128.load(x + i);
    v128.store(out + i, v128.and(value, f64x2.gt(value, zero)));
  }
}

/** size * min(max(floor(x / size + 0.5), low), high). */
export function quantise(x: usize, out: usize, n: i32, size: f64, low: f64, high: f64): void {
  const sizes = f64x2.splat(size);
  const half = f64x2.splat(0.5);
  const lows = f64x2.splat(low);
  const highs = f64x2.splat(high);
  for (let i: usize = 0; i < (<usize>n) << 3; i += 16) {
    const whole = f64x2.floor(f64x2.add(f64x2.div(v128.load(x + i), sizes), half));
    v128.store(out + i, f64x2.mul(sizes, f64x2.min(f64x2.max(whole, lows), highs)));
  }
}

/** 1 where low <= x <= high, else 0, for n elements with bounds that repeat every `period`. */
export function threshold(
  x: usize,
  out: usize,
  stride: usize,
  samples: i32,
  n: i32,
  period: i32,
  low: usize,
  high: usize,
): void {
  for (let s: usize = 0; s < <usize>samples; s++) {
    const from = x + s * stride;
    const to = out + s * stride;
    let c: i32 = 0;
    for (let i: usize = 0; i < (<usize>n) << 3; i += 8) {
      const value = load<f64>(from + i);
      const at = (<usize>c) << 3;
      store<f64>(to + i, <f64>((<i32>(value >= load<f64>(low + at))) & (<i32>(value <= load<f64>(high + at)))));
      if (++c == period) c = 0;
    }
  }
}
