import { describe, expect, it } from 'vitest';
import { checkLayers } from '../../../src/compiler/targets/truenorth/check-layers.js';
import type { ChipNetwork } from '../../../src/compiler/targets/truenorth/chip-layers.js';
import { chooseMapping, type TrueNorthOptions } from '../../../src/compiler/targets/truenorth/choose-mapping.js';
import { coreSizeOf } from '../../../src/compiler/targets/truenorth/drafts.js';
import { emitProgram, schedule, timerCores } from '../../../src/compiler/targets/truenorth/emit.js';
import { legalise } from '../../../src/compiler/targets/truenorth/legalise.js';
import { LoweringMemo } from '../../../src/compiler/targets/truenorth/lowering-memo.js';
import {
  canStream,
  coresOf,
  inputArrival,
  mapNetwork,
  type MappedNetwork,
} from '../../../src/compiler/targets/truenorth/map-network.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { OUTPUT_PIN_BASE, type TrueNorthSpec } from '../../../src/ir/program/truenorth.js';

const dense = (id: string, input: string, nIn: number, nOut: number, w = 1): NetworkNode => ({
  ...{ kind: 'dense', id, input, nOut, weights: new Int8Array(nIn * nOut).fill(w) },
});
const threshold = (id: string, input: string, n: number): NetworkNode => ({
  ...{ kind: 'threshold', id, input, theta: new Int32Array(n).fill(2), sense: new Uint8Array(n) },
});

/** The chip layers of an integer network with `bits` of rate code. */
function layersOf(nIn: number, nodes: readonly NetworkNode[], bits = 1, axons = 256): ChipNetwork {
  const graph: NetworkGraph = {
    name: 'net',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'in', shape: [nIn] },
      {
        kind: 'encode',
        id: 'code',
        input: 'in',
        code: bits === 1 ? { kind: 'threshold', level: 128 } : { kind: 'rate', bits },
      },
      ...nodes,
    ],
  };
  return legalise(graph, { axonsPerCore: axons, maxCount: 15, inputMost: 15, weightMax: 255 }).network;
}

function mapped(
  network: ChipNetwork,
  window: number,
  spec: TrueNorthSpec = TRUENORTH,
  streaming = false,
): MappedNetwork {
  const found = mapNetwork(network, coreSizeOf(spec), { streaming, window }, new LoweringMemo());
  if ('problems' in found) throw new Error(found.problems.map(({ message }) => message).join());
  return found;
}

/** Two layers of thresholds, then votes. */
const two = (nIn: number, nHidden: number, bits = 1): ChipNetwork =>
  layersOf(
    nIn,
    [
      dense('a', 'code', nIn, nHidden),
      threshold('ta', 'a', nHidden),
      dense('b', 'ta', nHidden, 2),
      threshold('tb', 'b', 2),
      { kind: 'votes', id: 'out', input: 'tb', nClasses: 2 },
    ],
    bits,
  );

describe('the rhythm of a mapped network', () => {
  it('is one frame a tick where every layer decides in one', () => {
    const network = two(4, 3);
    expect(canStream(network)).toBe(true);
    const { timing, start, ticks } = schedule(network, mapped(network, 1, TRUENORTH, true));
    expect(timing).toEqual({ period: 1, inputStart: 0, inputTicks: 1, outputStart: 1, outputTicks: 1 });
    expect([start, ticks]).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it('starts a tick later where the timer has to fire before', () => {
    const network = two(4, 3);
    const { timing, start } = schedule(network, mapped(network, 8));
    // Biases come as pulses.
    expect(start).toEqual([1, 2]);
    expect(timing).toEqual({ period: 1, inputStart: 1, inputTicks: 1, outputStart: 2, outputTicks: 1 });
  });

  it('waits for counts of inputs, and is as long as the slowest layer needs', () => {
    const network = two(4, 3, 2);
    expect(canStream(network)).toBe(false);
    expect(inputArrival(network)).toEqual({ maxCount: 3, span: 3, aligned: true });
    const { timing, start, ticks } = schedule(network, mapped(network, 8));
    // The first layer decides in the last of three ticks, and forgets in the fourth.
    expect(timing).toEqual({ period: 4, inputStart: 1, inputTicks: 3, outputStart: 4, outputTicks: 1 });
    expect([start, ticks]).toEqual([
      [1, 4],
      [3, 1],
    ]);
  });

  it('is a window and a tick where sums come in parts', () => {
    const network = two(300, 3);
    const { timing, ticks } = schedule(network, mapped(network, 40));
    expect(timing).toEqual({ period: 41, inputStart: 1, inputTicks: 1, outputStart: 42, outputTicks: 1 });
    expect(ticks).toEqual([41, 1]);
  });

  it('goes a tick longer through splitters', () => {
    // Each of 4 outputs is read by 100 rows, that is by 13 cores of 8 neurons: more than a core has copies.
    const network = two(4, 4);
    const spec = { ...TRUENORTH, axonsPerCore: 8, neuronsPerCore: 8 };
    const wide = layersOf(4, [
      dense('a', 'code', 4, 4),
      threshold('ta', 'a', 4),
      dense('b', 'ta', 4, 100),
      threshold('tb', 'b', 100),
      { kind: 'votes', id: 'out', input: 'tb', nClasses: 2 },
    ]);
    const plain = mapped(network, 8, spec);
    const split = mapped(wide, 8, spec);
    expect(plain.layers[0]!.fanOut.cores).toEqual([]);
    expect(split.layers[0]!.fanOut.cores.length).toBeGreaterThan(0);
    expect(schedule(wide, split).ticks[0]).toBe(schedule(network, plain).ticks[0]! + 1);
  });
});

describe('an emitted program', () => {
  const network = two(300, 3);
  const whole = mapped(network, 40);
  const { program, traffic } = emitProgram('net', network, whole, TRUENORTH, { seed: 1 });

  it('has the cores of its layers in order, then those of the timer', () => {
    const nCores = whole.layers.map((layer) => coresOf(layer).length);
    expect([...program.coreLayer]).toEqual([
      ...Array<number>(nCores[0]!).fill(0),
      ...Array<number>(nCores[1]!).fill(1),
      -1,
    ]);
    expect(program.coreRole.filter((role) => role === 'timer')).toHaveLength(timerCores(whole, 256));
    expect(program.coreRole.filter((role) => role === 'partial')).toHaveLength(program.layers[0]!.partialCores);
  });

  it('drives every axon that a timer was asked for in the tick before it acts', () => {
    const { cores, timing } = program;
    const times = schedule(network, whole);
    const wanted = whole.layers.flatMap(({ lowered }, l) =>
      lowered.timers.map(({ offset }) => (times.start[l]! + offset) % timing.period),
    );
    const timer = program.coreRole.indexOf('timer');
    const acts: number[] = [];
    for (let n = timer * 256; n < (timer + 1) * 256; n++) {
      if (cores.target[n] === -1) continue;
      // Leak 1 up to the period: it fires when the potential gets there, and its spike acts a tick later.
      expect(cores.threshold[n]).toBe(timing.period);
      acts.push((timing.period - cores.initialPotential[n]! - 1 + 1) % timing.period);
    }
    expect(acts.sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b));
  });

  it('says of every layer how it uses its cores', () => {
    const [first, second] = program.layers;
    expect(first).toMatchObject({
      name: 'a',
      scheme: 'partial',
      fanIn: 300,
      nIn: 300,
      nOut: 3,
      window: 40,
      ticks: 41,
      splitterCores: 0,
      copies: 0,
    });
    expect(first!.cores).toBe(coresOf(whole.layers[0]!).length);
    const { cores } = whole.layers[1]!.lowered;
    expect(second).toMatchObject({
      name: 'b',
      scheme: 'direct',
      fanIn: 3,
      nIn: 3,
      nOut: 2,
      cores: 1,
      partialCores: 0,
      window: 1,
      ticks: 1,
    });
    // Three inputs and a bias; two outputs.
    expect([second!.axonUse, second!.neuronUse]).toEqual([4 / 256, 2 / 256]);
    expect(cores[0]!.axonType).toHaveLength(4);
  });

  it('takes every input to the axons that count it, and outputs to the pins of their classes', () => {
    const { inputs, outputs, cores } = program;
    expect([inputs.nElements, inputs.maxCount]).toEqual([300, 1]);
    const places = new Set(Array.from(inputs.core, (core, k) => `${core}/${inputs.axon[k]}`));
    expect(places.size).toBe(inputs.core.length);
    expect(inputs.rowStart[300]).toBe(inputs.core.length);
    expect([...outputs.pinClass, ...outputs.pinCoefficient, ...outputs.constant]).toEqual([0, 1, 1, 1, 0, 0]);
    const last = program.coreLayer.indexOf(1);
    expect([...cores.target.subarray(last * 256, last * 256 + 3)]).toEqual([OUTPUT_PIN_BASE, OUTPUT_PIN_BASE - 1, -1]);
  });

  it('expects traffic between every two cores that have neurons between them', () => {
    const pairs = new Map<string, number>();
    program.cores.target.forEach((target, n) => {
      if (target < 0) return;
      const pair = `${Math.floor(n / 256)} to ${target}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    });
    expect(traffic.map(({ from, to }) => `${from} to ${to}`).sort()).toEqual([...pairs.keys()].sort());
    const timer = program.coreRole.indexOf('timer');
    // A neuron of the timer spikes once a frame.
    for (const { from, to, spikes } of traffic) if (from === timer) expect(spikes).toBe(pairs.get(`${from} to ${to}`));
  });

  it('lets copies that need no splitter wait for those that do', () => {
    const spec = { ...TRUENORTH, axonsPerCore: 8, neuronsPerCore: 8 };
    // Output 0 is read by all rows, the others by one.
    const weights = Int8Array.from({ length: 4 * 100 }, (_, k) => (k % 4 === 0 || k < 4 ? 1 : 0));
    const mixed = layersOf(4, [
      dense('a', 'code', 4, 4),
      threshold('ta', 'a', 4),
      { kind: 'dense', id: 'b', input: 'ta', nOut: 100, weights },
      threshold('tb', 'b', 100),
      { kind: 'votes', id: 'out', input: 'tb', nClasses: 2 },
    ]);
    const found = mapped(mixed, 8, spec);
    const { fanOut } = found.layers[0]!;
    expect(fanOut.cores.length).toBeGreaterThan(0);
    const { program: made } = emitProgram('net', mixed, found, spec, { seed: 1 });
    const delays = Array.from(made.cores.delay.subarray(0, 8)).filter((_, n) => made.cores.target[n]! >= 0);
    // Output 0 to the splitters, the three others past them.
    expect(delays.toSorted()).toEqual([...delays.filter((d) => d === 1), 2, 2, 2]);
    expect(delays).toContain(1);
  });
});

describe('the choice of a window', () => {
  const choose = (options: Partial<TrueNorthOptions>, network = two(300, 40)) => {
    const { result, diagnostics } = chooseMapping({ name: 'net', network, options: { spec: TRUENORTH, ...options } });
    return { windows: (result?.mapped.streaming === true ? [] : result?.tried) ?? [], diagnostics };
  };

  it('is that of the least cost among those tried, each with its cores, period and latency', () => {
    const costs = {
      cores: (w: { cores: number; period: number }) => w.cores + w.period * 1e-6,
      latency: (w: { cores: number; period: number; latency: number }) => w.latency + w.period + w.cores * 1e-6,
      coreTicks: (w: { cores: number; period: number }) => w.cores * w.period,
    };
    for (const objective of ['cores', 'latency', 'coreTicks'] as const) {
      const { windows } = choose({ objective });
      const of = costs[objective];
      const best = windows.reduce((a, b) => (of(b) < of(a) ? b : a));
      expect(windows.filter(({ chosen }) => chosen)).toEqual([best]);
      expect(windows.map(({ window }) => window)).toEqual(windows.map(({ window }) => window).sort((a, b) => a - b));
      for (const { window, period, latency } of windows) {
        expect(period).toBe(window + 1);
        // Window, a tick to the second layer, and its outputs.
        expect(latency).toBe(window + 2);
      }
    }
  });

  it('goes both ways from 48 ticks until two in a row cost more', () => {
    const { windows } = choose({ objective: 'latency' });
    // Longer ones only cost more: two of them are tried.
    expect(windows.map(({ window }) => window).filter((window) => window >= 48)).toEqual([48, 64, 96]);
    const cores = choose({ objective: 'cores' }).windows.map(({ window }) => window);
    expect(cores.filter((window) => window < 48).length).toBeLessThanOrEqual(5);
  });

  it('is the one the user names', () => {
    expect(choose({ window: 20 }).windows).toMatchObject([{ window: 20, period: 21, chosen: true }]);
    const problems = choose({ window: 2 }, two(4, 3, 3)).diagnostics;
    expect(problems).toEqual([]);
    expect(choose({ window: 2 }, two(300, 3, 3)).diagnostics.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'window-too-short net: layer "a"',
    ]);
  });

  it('needs none where one frame goes through in a tick', () => {
    expect(choose({}, two(4, 3)).windows).toEqual([]);
  });

  it('that does not fit the chip loses against any that does, and is reported with every share', () => {
    const network = two(300, 40);
    const least = Math.min(...choose({ objective: 'cores' }, network).windows.map(({ cores }) => cores));
    const on = (cells: number) =>
      choose({ spec: { ...TRUENORTH, gridWidth: cells, gridHeight: 1 }, objective: 'latency' }, network);
    expect(on(least).diagnostics.length + on(least + 1).diagnostics.length).toBeLessThan(2);
    const [problem] = on(2).diagnostics;
    expect(problem?.code).toBe('chip-too-small');
    expect(problem?.message).toMatch(
      /^the network needs (\d+) cores \(a \d+, b 1, timer 1\), chip "truenorth" has 2: \d+ too many$/,
    );
    const [, needs, tooMany] = /needs (\d+) .* has 2: (\d+) too/.exec(problem!.message)!;
    expect(Number(needs) - 2).toBe(Number(tooMany));
  });
});

describe('the check of a network finds', () => {
  const network = two(4, 3);
  const [first, second] = network.layers;
  const codes = (changed: Partial<ChipNetwork>): readonly string[] =>
    checkLayers({ ...network, ...changed }).map(({ message }) => message);
  const withFirst = (change: Partial<NonNullable<typeof first>['matrix']>): readonly string[] =>
    codes({ layers: [{ ...first!, matrix: { ...first!.matrix, ...change } }, second!] });

  it('nothing in what legalisation makes', () => {
    expect(codes({})).toEqual([]);
  });

  it('matrices that read elements that do not come, rows that end elsewhere, weights of no element', () => {
    expect(withFirst({ nIn: 5 })).toEqual(['its matrix reads 5 inputs, 4 come']);
    expect(withFirst({ rowEnd: Int32Array.of(4, 8, 13) })).toEqual(['its rows do not end with its weights']);
    expect(withFirst({ rowStart: Int32Array.of(0, 4) })).toEqual(['its rows do not end with its weights']);
    expect(withFirst({ column: first!.matrix.column.map((c) => (c === 3 ? 4 : c)) })).toEqual([
      'a weight reads no element',
    ]);
    expect(withFirst({ column: first!.matrix.column.map((c) => c - 1) })).toEqual(['a weight reads no element']);
    expect(withFirst({ group: Int32Array.of(0, 0) })).toEqual(['an output lacks its group or its constant']);
  });

  it('elements that are no outputs, thresholds that are missing, scores in the middle, outputs without a class', () => {
    const reading = (inputs: readonly number[]) =>
      codes({ layers: [first!, { ...second!, inputs: Int32Array.from(inputs) }] });
    // Wires 0..3 are of the host, 4..6 of the first layer, 7 and 8 of the second.
    expect(reading([4, 5, 6])).toEqual([]);
    expect(reading([0, 5, 6])).toEqual([]);
    expect(reading([4, 5, 7])).toEqual(['an input is no output of a layer before']);
    expect(codes({ layers: [{ ...first!, inputs: Int32Array.of(4, 5, 6, 4) }, second!] })).toEqual([
      'an input is no output of a layer before',
    ]);
    expect(codes({ layers: [first!, { ...second!, bundle: Int32Array.of(0) }] })).toEqual([
      'an output lacks its bundle',
    ]);
    expect(codes({ layers: [{ ...first!, theta: Int32Array.of(1, 1) }, second!] })).toEqual([
      'an output lacks its threshold',
    ]);
    expect(codes({ layers: [{ ...first!, rule: 'score', theta: Int32Array.of() }, second!] })).toEqual([
      'only the last layer may report scores',
    ]);
    expect(codes({ layers: [first!, { ...second!, rule: 'score' }] })).toEqual([]);
    expect(codes({ outputClass: Int32Array.of(0) })).toEqual(['2 outputs, 1 classes of outputs']);
  });
});
