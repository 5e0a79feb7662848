// Steps on panels: `rows` rows of i32 `bytes` apart with room for a multiple of 8 channels; what stands beyond the channels does not matter.

/** 1 where (value > limit) differs from `flip` (-1 or 0), else 0. Limits and flips are i32, `parameterBytes` from a row to the next. */
export function threshold(
  x: usize,
  bytes: usize,
  rows: i32,
  channels: i32,
  limits: usize,
  flips: usize,
  parameterBytes: usize,
): void {
  const one = i32x4.splat(1);
  for (let r = 0; r < rows; r++, x += bytes, limits += parameterBytes, flips += parameterBytes) {
    for (let k: usize = 0; k < (<usize>channels) << 2; k += 16) {
      const above = i32x4.gt_s(v128.load(x + k), v128.load(limits + k));
      v128.store(x + k, v128.and(one, v128.xor(above, v128.load(flips + k))));
    }
  }
}

/** table[value - least], i16; values beyond the table, which no verified program has without faults, take the nearest entry. */
export function lookup(x: usize, bytes: usize, rows: i32, channels: i32, table: usize, least: i32, last: i32): void {
  for (let r = 0; r < rows; r++, x += bytes) {
    for (let k: usize = 0; k < (<usize>channels) << 2; k += 4) {
      const index = max(least, min(least + last, load<i32>(x + k))) - least;
      store<i32>(x + k, load<i16>(table + ((<usize>index) << 1)));
    }
  }
}

/** x += y, modulo 2^32. */
export function addRows(x: usize, y: usize, bytes: usize, rows: i32, channels: i32): void {
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) {
    for (let k: usize = 0; k < (<usize>channels) << 2; k += 16) {
      v128.store(x + k, i32x4.add(v128.load(x + k), v128.load(y + k)));
    }
  }
}

/** Reads pixels of a stored i16 tensor. */
export function load16(source: usize, rows: i32, channels: i32, x: usize, bytes: usize): void {
  for (let r = 0; r < rows; r++, x += bytes, source += (<usize>channels) << 1) {
    for (let k: usize = 0; k < <usize>channels; k += 4) v128.store(x + (k << 2), v128.load16x4_s(source + (k << 1)));
  }
}

/** Reads pixels of a stored i32 tensor. */
export function load32(source: usize, rows: i32, channels: i32, x: usize, bytes: usize): void {
  for (let r = 0; r < rows; r++, x += bytes, source += (<usize>channels) << 2) {
    for (let k: usize = 0; k < (<usize>channels) << 2; k += 16) v128.store(x + k, v128.load(source + k));
  }
}

/** Writes pixels of an i16 tensor in ascending order: up to 14 bytes beyond the last one are not kept. */
export function store16(x: usize, bytes: usize, rows: i32, channels: i32, target: usize): void {
  for (let r = 0; r < rows; r++, x += bytes, target += (<usize>channels) << 1) {
    for (let k: usize = 0; k < <usize>channels; k += 8) {
      const at = x + (k << 2);
      v128.store(target + (k << 1), i16x8.narrow_i32x4_s(v128.load(at), v128.load(at, 16)));
    }
  }
}

/** Writes pixels of an i32 tensor in ascending order: up to 12 bytes beyond the last one are not kept. */
export function store32(x: usize, bytes: usize, rows: i32, channels: i32, target: usize): void {
  for (let r = 0; r < rows; r++, x += bytes, target += (<usize>channels) << 2) {
    for (let k: usize = 0; k < (<usize>channels) << 2; k += 16) v128.store(target + k, v128.load(x + k));
  }
}
