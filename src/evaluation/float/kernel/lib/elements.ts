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

// Roundings of `requantise`.
const HALF_UP = 0;
const HALF_AWAY = 1;
const HALF_EVEN = 2;

/**
 * floor(v + 1/2), by the fraction v - floor(v). That is exact but for -1/2 < v < 0, where it is above 1/2 and cannot be rounded to less: the
 * result is that of common/fixed-point.ts.
 */
function roundHalfUp(v: v128): v128 {
  const whole = f64x2.floor(v);
  const up = f64x2.ge(f64x2.sub(v, whole), f64x2.splat(0.5));
  return f64x2.add(whole, v128.and(up, f64x2.splat(1)));
}

/** A rounding of common/fixed-point.ts; ties away from zero and to even by the exact fraction of the magnitude, everything else rounds down. */
function roundTo(rounding: i32, v: v128): v128 {
  if (rounding == HALF_UP) return roundHalfUp(v);
  if (rounding > HALF_EVEN) return f64x2.floor(v);
  const zero = f64x2.splat(0);
  const half = f64x2.splat(0.5);
  const magnitude = f64x2.abs(v);
  const whole = f64x2.floor(magnitude);
  const fraction = f64x2.sub(magnitude, whole);
  let ties = i64x2.splat(-1);
  if (rounding == HALF_EVEN) ties = f64x2.ne(f64x2.mul(f64x2.floor(f64x2.mul(whole, half)), f64x2.splat(2)), whole);
  const up = v128.or(f64x2.gt(fraction, half), v128.and(f64x2.eq(fraction, half), ties));
  const rounded = f64x2.add(whole, v128.and(up, f64x2.splat(1)));
  return v128.bitselect(rounded, f64x2.sub(zero, rounded), f64x2.ge(v, zero));
}

function requantised(x: v128, at: usize, parameters: usize, channelBytes: usize, limits: usize, rounding: i32): v128 {
  const shifted = f64x2.mul(f64x2.sub(x, v128.load64_splat(limits)), v128.load64_splat(limits, 8));
  const product = f64x2.mul(shifted, v128.load(parameters + at));
  const rounded = roundTo(rounding, f64x2.add(product, v128.load(parameters + channelBytes + at)));
  const placed = f64x2.add(rounded, v128.load64_splat(limits, 16));
  return f64x2.pmin(v128.load64_splat(limits, 32), f64x2.pmax(v128.load64_splat(limits, 24), placed));
}

/**
 * Requantises n elements of `channels` channels per sample. `parameters` (f64) are multiplier * 2^-shift and addend * 2^-shift, each [channels
 * rounded up to even]: powers of two change no rounding. `limits` (f64) are input zero point, 2^leftShift, zero point, min, max.
 */
export function requantise(
  x: usize,
  out: usize,
  stride: usize,
  samples: i32,
  n: i32,
  channels: i32,
  parameters: usize,
  limits: usize,
  rounding: i32,
): void {
  const pixelBytes = (<usize>channels) << 3;
  const pairs = pixelBytes & ~15;
  const channelBytes = (pixelBytes + 15) & ~15;
  const pixels = n / channels;
  const isPlain = rounding == HALF_UP && load<f64>(limits) == 0 && load<f64>(limits, 8) == 1 && pairs == pixelBytes;
  for (let s: usize = 0; s < <usize>samples; s++) {
    let from = x + s * stride;
    let to = out + s * stride;
    if (isPlain) {
      requantisePlain(from, to, from + pixelBytes * <usize>pixels, pixelBytes, parameters, limits);
      continue;
    }
    for (let p = 0; p < pixels; p++, from += pixelBytes, to += pixelBytes) {
      for (let c: usize = 0; c < pairs; c += 16) {
        v128.store(to + c, requantised(v128.load(from + c), c, parameters, channelBytes, limits, rounding));
      }
      if (pairs < pixelBytes) {
        const last = requantised(v128.load64_splat(from + pairs), pairs, parameters, channelBytes, limits, rounding);
        store<f64>(to + pairs, f64x2.extract_lane(last, 0));
      }
    }
  }
}

/** What most layers ask for: ties upwards, inputs without zero point and shift, an even number of channels. */
function requantisePlain(
  from: usize,
  to: usize,
  end: usize,
  pixelBytes: usize,
  parameters: usize,
  limits: usize,
): void {
  const zeroPoint = v128.load64_splat(limits, 16);
  const low = v128.load64_splat(limits, 24);
  const high = v128.load64_splat(limits, 32);
  const addends = parameters + pixelBytes;
  while (from < end) {
    for (let c: usize = 0; c < pixelBytes; c += 16, from += 16, to += 16) {
      const product = f64x2.mul(v128.load(from), v128.load(parameters + c));
      const rounded = roundHalfUp(f64x2.add(product, v128.load(addends + c)));
      v128.store(to, f64x2.pmin(high, f64x2.pmax(low, f64x2.add(rounded, zeroPoint))));
    }
  }
}

/** a + b, element by element; n is even. */
export function add(a: usize, b: usize, out: usize, n: i32): void {
  for (let i: usize = 0; i < (<usize>n) << 3; i += 16) {
    v128.store(out + i, f64x2.add(v128.load(a + i), v128.load(b + i)));
  }
}

/** Math.round: ties upwards, and what becomes 0 keeps its sign. */
function roundLikeMath(v: v128): v128 {
  const whole = f64x2.floor(v);
  const up = f64x2.ge(f64x2.sub(v, whole), f64x2.splat(0.5));
  const rounded = f64x2.add(whole, v128.and(up, f64x2.splat(1)));
  return v128.bitselect(v, rounded, f64x2.splat(-0.0));
}

/** The sum of multiples of one unit, taken over the integers: (unit * (units of a + units of b)) / divisor; n is even. */
export function addUnits(a: usize, b: usize, out: usize, n: i32, unit: f64, divisor: f64): void {
  const units = f64x2.splat(unit);
  const divisors = f64x2.splat(divisor);
  for (let i: usize = 0; i < (<usize>n) << 3; i += 16) {
    const first = roundLikeMath(f64x2.div(f64x2.mul(v128.load(a + i), divisors), units));
    const second = roundLikeMath(f64x2.div(f64x2.mul(v128.load(b + i), divisors), units));
    v128.store(out + i, f64x2.div(f64x2.mul(units, f64x2.add(first, second)), divisors));
  }
}
