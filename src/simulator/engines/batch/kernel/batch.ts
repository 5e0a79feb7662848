// The batch kernel: 128 chips in lock step, one bit lane each. AssemblyScript, SIMD, raw pointers into one shared memory whose
// layout ../layout.ts draws; ../README.md says why it is exact.
import {
  AXON_BITS,
  AXON_BYTES,
  AXONS,
  COLUMN_BYTES,
  CONNECTION_BYTES,
  CROSSBAR_BYTES,
  GENERAL,
  N_TYPES,
  PARAMETER_BYTES,
  ROW_BYTES,
  TYPE_MASK_BYTES,
  ZEROS,
} from './lib/geometry';
import {
  addConstant,
  addWeighted,
  atLeast,
  countVectors,
  decrement,
  extend,
  extendCopy,
  lanesIn,
  neededWidth,
  setConstant,
  signedWidth,
  splatConstant,
} from './lib/planes';

// Bytes of the axons of a core in the ring, and of the vector of zeros behind them.
const CORE_AXONS: usize = (AXONS + 1) * 16;

// Words of a neuron's parameters.
const FLAGS: usize = 0;
const LIST: usize = 4;
const WIDTH: usize = 8;
const LEAK: usize = 12;
const FIRE_AT: usize = 16;
const BELOW: usize = 20;
const SUBTRACT: usize = 24;
const SUBTRACT_BELOW: usize = 28;
const WEIGHTS: usize = 32;
const TARGET: usize = GENERAL ? 96 : 48;
const ROUTE: usize = GENERAL ? 100 : 52;
const INITIAL: usize = GENERAL ? 104 : 56;

const KEEP: u32 = 1;
const KEEP_BELOW: u32 = 2;
const MEMORYLESS: u32 = 4;

// Below this share of a core's connected axons (1 / SPARSE) the lists are made from the active axons (measured).
const SPARSE: i32 = 3;

let nCores: i32 = 0;
let slotMask: i32 = 0;
let nPins: i32 = 0;
let nElements: i32 = 0;
let nClasses: i32 = 0;
let potentialMax: i32 = 0;
let potentialWidth: i32 = 0;
let pinWidth: i32 = 0;
let rows: usize = 0;
let columns: usize = 0;
let typeMasks: usize = 0;
let connections: usize = 0;
let usedAxons: usize = 0;
let present: usize = 0;
let parameters: usize = 0;
let inputStart: usize = 0;
let inputAxons: usize = 0;
let pinClass: usize = 0;
let pinCoefficient: usize = 0;
let constants: usize = 0;
let laneMask: usize = 0;
let potentials: usize = 0;
let widths: usize = 0;
let awakes: usize = 0;
let ring: usize = 0;
let actives: usize = 0;
let pins: usize = 0;
let spikeCounts: usize = 0;
let operationCounts: usize = 0;
let totals: usize = 0;
let counts: usize = 0;
let scores: usize = 0;
let scratch: usize = 0;
// Cores of the kernel per core of the chip, and whether potentials wrap; the general build only.
let nBlocks: i32 = 1;
let wraps: i32 = 0;

// Parts of the scratch: a sum, a count, the list of the active axons of a neuron, the neurons with input.
let sum: usize = 0;
let count: usize = 0;
let list: usize = 0;
let touched: usize = 0;

/** Reads the control block: the words in the order of the variables above. */
export function setup(control: usize): void {
  nCores = load<i32>(control);
  slotMask = load<i32>(control, 4);
  nPins = load<i32>(control, 8);
  nElements = load<i32>(control, 12);
  nClasses = load<i32>(control, 16);
  potentialMax = load<i32>(control, 20);
  potentialWidth = load<i32>(control, 24);
  pinWidth = load<i32>(control, 28);
  rows = load<u32>(control, 32);
  columns = load<u32>(control, 36);
  typeMasks = load<u32>(control, 40);
  connections = load<u32>(control, 44);
  usedAxons = load<u32>(control, 48);
  present = load<u32>(control, 52);
  parameters = load<u32>(control, 56);
  inputStart = load<u32>(control, 60);
  inputAxons = load<u32>(control, 64);
  pinClass = load<u32>(control, 68);
  pinCoefficient = load<u32>(control, 72);
  constants = load<u32>(control, 76);
  laneMask = load<u32>(control, 80);
  potentials = load<u32>(control, 84);
  widths = load<u32>(control, 88);
  awakes = load<u32>(control, 92);
  ring = load<u32>(control, 96);
  actives = load<u32>(control, 100);
  pins = load<u32>(control, 104);
  spikeCounts = load<u32>(control, 108);
  operationCounts = load<u32>(control, 112);
  totals = load<u32>(control, 116);
  counts = load<u32>(control, 120);
  scores = load<u32>(control, 124);
  scratch = load<u32>(control, 128);
  sum = scratch;
  count = scratch + 512;
  list = scratch + 768;
  touched = scratch + (GENERAL ? 3072 : 1536);
  if (!GENERAL) return;
  nBlocks = load<i32>(control, 132);
  wraps = load<i32>(control, 136);
}

/** Tick 0 in every lane: initial potentials, empty ring, every neuron with a target to be looked at once. */
export function reset(): void {
  memory.copy(awakes, present, <usize>nCores * ROW_BYTES);
  const nChipCores = GENERAL ? nCores / nBlocks : nCores;
  memory.fill(ring, 0, <usize>(slotMask + 1) * nChipCores * CORE_AXONS);
  memory.fill(actives, 0, <usize>(slotMask + 1) * nChipCores * AXON_BYTES);
  clearPins();
  for (let i = 0; i < nCores << 8; i++) {
    const initial = load<i32>(parameters + <usize>i * PARAMETER_BYTES, INITIAL);
    const width = initial == 0 ? 0 : signedWidth(initial);
    store<u8>(widths + i, <u8>width);
    if (width) splatConstant(potentialOf(i), initial, width);
  }
}

/** Sets the spike counts of all pins to 0. */
export function clearPins(): void {
  memory.fill(pins, 0, <usize>nPins * pinWidth * 16);
}

/** Spikes of the host in tick `now`: element e in every lane whose count [nElements, 128] is above `frameTick`. */
export function inject(now: i32, frameTick: i32): void {
  const limit = i8x16.splat(<i8>frameTick);
  const mask = v128.load(laneMask);
  let events: u64 = 0;
  for (let element = 0; element < nElements; element++) {
    const from = counts + ((<usize>element) << 7);
    let low: u64 = 0;
    let high: u64 = 0;
    for (let k = 0; k < 4; k++) {
      const at = from + ((<usize>k) << 4);
      low |= (<u64>(<u32>i8x16.bitmask(i8x16.gt_u(v128.load(at), limit)))) << (k << 4);
      high |= (<u64>(<u32>i8x16.bitmask(i8x16.gt_u(v128.load(at, 64), limit)))) << (k << 4);
    }
    if ((low | high) == 0) continue;
    const lanes = v128.and(mask, i64x2.replace_lane(i64x2.splat(low), 1, high));
    if (!v128.any_true(lanes)) continue;
    const n = lanesIn(lanes);
    const end = load<i32>(inputStart + ((<usize>element) << 2), 4);
    for (let entry = load<i32>(inputStart + ((<usize>element) << 2)); entry < end; entry++) {
      const coreAxon = load<u32>(inputAxons + ((<usize>entry) << 2));
      deliver(now & slotMask, coreAxon >> AXON_BITS, coreAxon & (<u32>AXONS - 1), lanes);
      events += n;
    }
  }
  store<f64>(totals, load<f64>(totals) + <f64>events);
}

/** One spike of the host in lane `lane`. */
export function injectOne(core: i32, axon: i32, tick: i32, lane: i32): void {
  const bit: u64 = (<u64>1) << (lane & 63);
  const lanes = lane < 64 ? i64x2.replace_lane(i64x2.splat(0), 0, bit) : i64x2.replace_lane(i64x2.splat(0), 1, bit);
  deliver(tick & slotMask, core, axon, lanes);
  store<f64>(totals, load<f64>(totals) + 1);
}

function deliver(slot: i32, core: i32, axon: i32, lanes: v128): void {
  const at = <usize>(slot * (GENERAL ? nCores / nBlocks : nCores) + core);
  const axons = ring + at * CORE_AXONS + ((<usize>axon) << 4);
  v128.store(axons, v128.or(v128.load(axons), lanes));
  const word = actives + at * AXON_BYTES + (((<usize>axon) >> 5) << 2);
  store<u32>(word, load<u32>(word) | (1 << (axon & 31)));
}

/** Computes tick `now` of every core in every lane. */
export function tick(now: i32): void {
  if (GENERAL) {
    tickBlocks(now);
    return;
  }
  const first = <usize>(now & slotMask) * nCores;
  for (let core = 0; core < nCores; core++) {
    const active = actives + (first + core) * ROW_BYTES;
    const awake = awakes + <usize>core * ROW_BYTES;
    const anyActive = v128.any_true(v128.or(v128.load(active), v128.load(active, 16)));
    if (!anyActive && !v128.any_true(v128.or(v128.load(awake), v128.load(awake, 16)))) continue;
    runCore(core, ring + (first + core) * CORE_AXONS, active, awake, anyActive, now);
  }
}

/** The same where several cores of the kernel read the axons of one core of the chip. */
function tickBlocks(now: i32): void {
  const first = <usize>(now & slotMask) * (nCores / nBlocks);
  for (let core = 0; core < nCores; core++) {
    const at = first + core / nBlocks;
    const active = actives + at * AXON_BYTES;
    const awake = awakes + <usize>core * ROW_BYTES;
    let any = i32x4.splat(0);
    for (let k: usize = 0; k < AXON_BYTES; k += 16) any = v128.or(any, v128.load(active + k));
    const anyActive = v128.any_true(any);
    if (!anyActive && !v128.any_true(v128.or(v128.load(awake), v128.load(awake, 16)))) continue;
    runCore(core, ring + at * CORE_AXONS, active, awake, anyActive, now);
  }
}

function runCore(core: i32, axons: usize, active: usize, awake: usize, anyActive: bool, now: i32): void {
  let nActive = 0;
  if (anyActive) nActive = latch(core, axons, active);
  const dense = nActive * SPARSE > load<i32>(usedAxons + ((<usize>core) << 2));
  for (let word: usize = 0; word < 32; word += 8) {
    const input = anyActive ? load<u64>(touched + word) & load<u64>(present + <usize>core * ROW_BYTES + word) : 0;
    let pending = load<u64>(awake + word) | input;
    if (pending == 0) continue;
    let stay: u64 = 0;
    while (pending) {
      const bit = ctz(pending);
      pending &= pending - 1;
      const neuron = <i32>(word << 3) + <i32>bit;
      const hasInput = ((input >> bit) & 1) != 0;
      if (update(core, neuron, axons, active, hasInput, dense, now)) stay |= (<u64>1) << bit;
    }
    store<u64>(awake + word, stay);
  }
  if (!anyActive) return;
  // The last block of a core empties its axons.
  if (GENERAL && core % nBlocks != nBlocks - 1) return;
  if (nActive > 64) {
    memory.fill(axons, 0, AXONS * 16);
  } else {
    for (let word: usize = 0; word < AXON_BYTES; word += 8) {
      let bits = load<u64>(active + word);
      while (bits) {
        v128.store(axons + ((<usize>((word << 3) + ctz(bits))) << 4), i32x4.splat(0));
        bits &= bits - 1;
      }
    }
  }
  if (GENERAL) {
    memory.fill(active, 0, AXON_BYTES);
    return;
  }
  v128.store(active, i32x4.splat(0));
  v128.store(active, i32x4.splat(0), 16);
}

/** Finds the neurons with input and counts synaptic operations. Returns the number of axons that are active in a lane. */
function latch(core: i32, axons: usize, active: usize): i32 {
  const mask = v128.load(laneMask);
  const row0 = rows + <usize>core * CROSSBAR_BYTES;
  const connections0 = connections + <usize>core * CONNECTION_BYTES;
  let low = i32x4.splat(0);
  let high = low;
  let nActive = 0;
  let operations: i64 = 0;
  for (let word: usize = 0; word < AXON_BYTES; word += 8) {
    let bits = load<u64>(active + word);
    nActive += <i32>popcnt(bits);
    while (bits) {
      const axon = <usize>((word << 3) + ctz(bits));
      bits &= bits - 1;
      const row = row0 + (axon << 5);
      low = v128.or(low, v128.load(row));
      high = v128.or(high, v128.load(row, 16));
      const n = lanesIn(v128.and(v128.load(axons + (axon << 4)), mask));
      operations += n * <i32>load<u16>(connections0 + (axon << 1));
    }
  }
  v128.store(touched, low);
  v128.store(touched, high, 16);
  const counter = operationCounts + ((<usize>core) << 3);
  store<f64>(counter, load<f64>(counter) + <f64>operations);
  return nActive;
}

/** One neuron. Returns whether it may change or fire in the next tick without input. */
function update(core: i32, neuron: i32, axons: usize, active: usize, hasInput: bool, dense: bool, now: i32): bool {
  const i = (core << 8) + neuron;
  const p = parameters + <usize>i * PARAMETER_BYTES;
  const flags = load<u32>(p, FLAGS);
  if (flags & MEMORYLESS) {
    // V is 0 between ticks: what counts is the sign of input + leak - threshold.
    const offset = load<i32>(p, LEAK) - load<i32>(p, FIRE_AT);
    if (hasInput) {
      const width = load<i32>(p, WIDTH);
      splatConstant(sum, offset, width);
      addInputs(core, neuron, p, axons, active, dense, width);
      send(core, p, v128.not(v128.load(sum + ((<usize>width) << 4) - 16)), now);
    } else if (offset >= 0) {
      send(core, p, i32x4.splat(-1), now);
    }
    return offset >= 0;
  }

  const v = potentialOf(i);
  const before: i32 = load<u8>(widths + i);
  const leak = load<i32>(p, LEAK);
  const still = !hasInput && leak == 0;
  if (still && before > 0) {
    // Nothing but the threshold acts; a counter that gives back one spike is done in place.
    const counted = atLeast(v, load<i32>(p, FIRE_AT), before);
    const under = v128.not(atLeast(v, load<i32>(p, BELOW), before));
    const anyCounted = v128.any_true(counted);
    if (!v128.any_true(v128.andnot(under, counted))) {
      if (!anyCounted) return false;
      if ((flags & KEEP) != 0 && load<i32>(p, SUBTRACT) == 1) {
        decrement(v, counted, before);
        store<u8>(widths + i, <u8>neededWidth(v, before));
        send(core, p, counted, now);
        return true;
      }
    }
  }
  let width = still ? max(before, 1) : max(before, load<i32>(p, WIDTH)) + 1;
  extendCopy(sum, v, before, width);
  if (leak) addConstant(sum, leak, i32x4.splat(-1), width);
  if (hasInput) addInputs(core, neuron, p, axons, active, dense, width);
  // A register that wraps has no more planes.
  if (GENERAL && wraps && width > potentialWidth) width = potentialWidth;

  const fire = atLeast(sum, load<i32>(p, FIRE_AT), width);
  const below = v128.andnot(v128.not(atLeast(sum, load<i32>(p, BELOW), width)), fire);
  const anyFire = v128.any_true(fire);
  const anyBelow = v128.any_true(below);
  if (still && !anyFire && !anyBelow) return false;
  if (anyBelow) width = resetLanes(below, (flags & KEEP_BELOW) != 0, load<i32>(p, SUBTRACT_BELOW), width);
  if (anyFire) width = resetLanes(fire, (flags & KEEP) != 0, load<i32>(p, SUBTRACT), width);
  if (GENERAL && wraps) width = neededWidth(sum, min(width, potentialWidth));
  else {
    width = neededWidth(sum, width);
    if (width >= potentialWidth) width = clamp(width);
  }

  let changed = i32x4.splat(0);
  for (let k = 0; k < width; k++) {
    const at = (<usize>k) << 4;
    const plane = v128.load(sum + at);
    changed = v128.or(changed, v128.xor(plane, v128.load(v + at)));
    v128.store(v + at, plane);
  }
  store<u8>(widths + i, <u8>width);
  if (anyFire) send(core, p, fire, now);
  // A tick without input that changes nothing and sends nothing repeats itself for ever.
  return hasInput || anyFire || width != before || v128.any_true(changed);
}

/** V = (keep ? V : 0) - subtract in `lanes`. Returns the width of the result. */
function resetLanes(lanes: v128, keep: bool, subtract: i32, width: i32): i32 {
  if (keep) {
    // Towards zero from beyond the threshold: the width is enough, even if it does not hold the threshold itself.
    if (subtract) addConstant(sum, -subtract, lanes, width);
    return width;
  }
  const wide = max(width, signedWidth(-subtract));
  if (wide > width) extend(sum, width, wide);
  setConstant(sum, -subtract, lanes, wide);
  return wide;
}

/** Limits the potential to -potentialMax..potentialMax. */
function clamp(width: i32): i32 {
  const wide = max(width, potentialWidth);
  if (wide > width) extend(sum, width, wide);
  const above = atLeast(sum, potentialMax + 1, wide);
  const below = v128.not(atLeast(sum, -potentialMax, wide));
  setConstant(sum, potentialMax, above, wide);
  setConstant(sum, -potentialMax, below, wide);
  return neededWidth(sum, wide);
}

/** Adds the weights of the active axons to `sum`. */
function addInputs(core: i32, neuron: i32, p: usize, axons: usize, active: usize, dense: bool, width: i32): void {
  if (dense) {
    // Lists of the program: per axon type the number of axons, then their offsets in blocks of 8.
    let at: usize = load<u32>(p, LIST);
    for (let type: usize = 0; type < N_TYPES * 4; type += 4) {
      const n = <i32>load<u16>(at);
      at += 2;
      if (n == 0) continue;
      const blocks = (n + 7) >> 3;
      if (GENERAL) {
        addPortions(axons, at, n, width, load<i32>(p + type, WEIGHTS));
        at += (<usize>blocks) << 4;
        continue;
      }
      countVectors(axons, at, blocks, count);
      addWeighted(sum, width, count, 32 - clz(n), load<i32>(p + type, WEIGHTS));
      at += (<usize>blocks) << 4;
    }
    return;
  }
  const column = columns + <usize>core * COLUMN_BYTES + <usize>neuron * AXON_BYTES;
  const masks = typeMasks + <usize>core * TYPE_MASK_BYTES;
  for (let type: usize = 0; type < N_TYPES; type++) {
    const weight = load<i32>(p + (type << 2), WEIGHTS);
    if (weight == 0) continue;
    let end = list;
    for (let word: usize = 0; word < AXON_BYTES; word += 8) {
      let bits = load<u64>(column + word) & load<u64>(active + word) & load<u64>(masks + type * AXON_BYTES + word);
      while (bits) {
        store<u16>(end, <u16>(((word << 3) + <usize>ctz(bits)) << 4));
        end += 2;
        bits &= bits - 1;
      }
    }
    if (end == list) continue;
    const n = <i32>((end - list) >> 1);
    if (n == 1) {
      addWeighted(sum, width, axons + load<u16>(list), 1, weight);
      continue;
    }
    v128.store(end, i16x8.splat(ZEROS));
    if (GENERAL) {
      addPortions(axons, list, n, width, weight);
      continue;
    }
    countVectors(axons, list, (n + 7) >> 3, count);
    addWeighted(sum, width, count, 32 - clz(n), weight);
  }
}

/** Blocks of eight offsets whose count fits nine planes. */
const PORTION: i32 = 63;

/** Adds n axons of one weight to `sum`, in portions that are counted in nine planes. */
function addPortions(axons: usize, offsets: usize, n: i32, width: i32, weight: i32): void {
  let at = offsets;
  for (let left = n; left > 0; left -= PORTION << 3) {
    const blocks = min((left + 7) >> 3, PORTION);
    countVectors(axons, at, blocks, count);
    addWeighted(sum, width, count, 32 - clz(min(left, PORTION << 3)), weight);
    at += (<usize>blocks) << 4;
  }
}

/** Routes one spike per lane of `fire`. */
function send(core: i32, p: usize, fire: v128, now: i32): void {
  const lanes = v128.and(fire, v128.load(laneMask));
  if (!v128.any_true(lanes)) return;
  const n = lanesIn(lanes);
  const counter = spikeCounts + ((<usize>core) << 3);
  store<f64>(counter, load<f64>(counter) + <f64>n);
  const target = load<i32>(p, TARGET);
  if (target < 0) {
    let carry = lanes;
    let at = pins + <usize>((-2 - target) * pinWidth) * 16;
    for (let k = 0; k < pinWidth; k++, at += 16) {
      const plane = v128.load(at);
      v128.store(at, v128.xor(plane, carry));
      carry = v128.and(plane, carry);
    }
    return;
  }
  const route = load<u32>(p, ROUTE);
  deliver(
    (now + ((route >> AXON_BITS) & (GENERAL ? 63 : 255))) & slotMask,
    target,
    route & (GENERAL ? 1023 : 255),
    lanes,
  );
  store<f64>(totals, load<f64>(totals, 8) + <f64>(n * <i32>(route >> 16)), 8);
}

/** Writes scores [128, nClasses]: constants plus coefficient times spikes of the pins. */
export function readScores(): void {
  for (let lane = 0; lane < 128; lane++) {
    memory.copy(scores + <usize>(lane * nClasses) * 4, constants, (<usize>nClasses) << 2);
  }
  for (let pin = 0; pin < nPins; pin++) {
    const column = scores + ((<usize>load<i32>(pinClass + ((<usize>pin) << 2))) << 2);
    const coefficient = load<i32>(pinCoefficient + ((<usize>pin) << 2));
    for (let k = 0; k < pinWidth; k++) {
      const plane = pins + <usize>(pin * pinWidth + k) * 16;
      addToLanes(load<u64>(plane), column, coefficient << k);
      addToLanes(load<u64>(plane, 8), column + <usize>(64 * nClasses) * 4, coefficient << k);
    }
  }
}

function addToLanes(lanes: u64, column: usize, value: i32): void {
  let bits = lanes;
  while (bits) {
    const at = column + <usize>(<i32>ctz(bits) * nClasses) * 4;
    bits &= bits - 1;
    store<i32>(at, load<i32>(at) + value);
  }
}

function potentialOf(i: i32): usize {
  return potentials + <usize>(i * potentialWidth) * 16;
}
