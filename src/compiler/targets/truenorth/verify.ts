/** The chip verifier: every limit of the spec, on the finished program. All violations, summed up per layer and rule. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { stochasticLeakBit } from '../../../ir/program/core-arrays.js';
import { NEGATIVE, NO_TARGET, OUTPUT_PIN_BASE, RESET, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { leakRange, potentialRange, weightRange } from '../../../ir/program/truenorth-parameters.js';

interface Violation {
  readonly code: string;
  readonly layer: string;
  readonly first: string;
  readonly worst: number;
  readonly limit: string;
  readonly what: string;
  readonly remedy: string;
  readonly count: number;
}

/** Checks a program against its own spec; array lengths must be right already (the file schema checks them). */
export function verifyProgram(program: TrueNorthProgram): readonly Diagnostic[] {
  const { spec, cores, outputs, inputs } = program;
  const nA = spec.axonsPerCore;
  const nN = spec.neuronsPerCore;
  const words = Math.ceil(nN / 32);
  const violations = new Map<string, Violation>();
  const layerName = (core: number): string => program.layers[program.coreLayer[core] ?? -1]?.name ?? 'timer';
  const report = (
    code: string,
    core: number,
    where: string,
    amount: number,
    limit: string,
    what: string,
    remedy: string,
  ): void => {
    const key = `${code}/${layerName(core)}`;
    const known = violations.get(key);
    violations.set(key, {
      code,
      layer: layerName(core),
      first: known?.first ?? where,
      worst: known === undefined || Math.abs(amount) > Math.abs(known.worst) ? amount : known.worst,
      limit,
      what,
      remedy,
      count: (known?.count ?? 0) + 1,
    });
  };

  const weights = weightRange(spec);
  const leaks = leakRange(spec);
  const potentials = potentialRange(spec);
  const leakBit = stochasticLeakBit(spec);
  const neuronModes = [
    {
      code: 'reset-mode',
      field: 'resetMode',
      modes: new Set<number>(spec.resetModes.map((m) => RESET[m])),
      what: 'reset mode',
    },
    {
      code: 'negative-mode',
      field: 'negativeMode',
      modes: new Set<number>(spec.negativeModes.map((m) => NEGATIVE[m])),
      what: 'negative mode',
    },
    {
      code: 'leak-reversal',
      field: 'leakReversal',
      modes: new Set(spec.leakReversal ? [0, 1] : [0]),
      what: 'leak reversal',
    },
  ] as const;
  const listOf = (modes: ReadonlySet<number>): string => [...modes].join(', ');
  const useOf = (modes: ReadonlySet<number>): string => `use ${listOf(modes)}`;
  const faulty = new Set(spec.faultyCores.map(([x, y]) => y * 65536 + x));
  const taken = new Set<number>();
  const drivers = new Uint8Array(cores.nCores * nA);
  const drive = (core: number, axon: number): void => {
    if (core >= 0 && core < cores.nCores && axon < nA)
      drivers[core * nA + axon] = Math.min(2, drivers[core * nA + axon]! + 1);
  };
  for (let c = 0; c < cores.nCores; c++) {
    const x = cores.x[c]!;
    const y = cores.y[c]!;
    const where = `core ${c}`;
    const cell = y * 65536 + x;
    if (x < 0 || y < 0 || x >= spec.gridWidth || y >= spec.gridHeight) {
      report(
        'core-off-grid',
        c,
        where,
        x < 0 || x >= spec.gridWidth ? x : y,
        `${spec.gridWidth} x ${spec.gridHeight}`,
        'position',
        'use a larger grid',
      );
    }
    if (faulty.has(cell))
      report('core-faulty', c, where, 1, '0', 'placement on a faulty core', 'place the network again');
    if (taken.has(cell)) report('core-overlap', c, where, 1, '0', 'two cores on one place', 'place the network again');
    taken.add(cell);
    for (let a = 0; a < nA; a++) {
      const type = cores.axonType[c * nA + a]!;
      if (type >= spec.axonTypes)
        report(
          'axon-type',
          c,
          `${where} axon ${a}`,
          type,
          `0..${spec.axonTypes - 1}`,
          'axon type',
          'use an existing type',
        );
    }
    for (let j = 0; j < nN; j++) {
      const n = c * nN + j;
      const at = `${where} neuron ${j}`;
      const limit = (code: string, value: number, low: number, high: number, what: string, remedy: string): void => {
        if (value < low || value > high) report(code, c, at, value, `${low}..${high}`, what, remedy);
      };
      for (let t = 0; t < spec.axonTypes; t++) {
        limit('weight-range', cores.weights[n * spec.axonTypes + t]!, ...weights, 'weight', 'use smaller weights');
      }
      limit('leak-range', cores.leak[n]!, ...leaks, 'leak', 'use a smaller bias or fan-in');
      limit('threshold-range', cores.threshold[n]!, 0, spec.thresholdMax, 'threshold', 'use a smaller fan-in');
      limit(
        'threshold-range',
        cores.negativeThreshold[n]!,
        0,
        spec.thresholdMax,
        'negative threshold',
        'use a smaller fan-in',
      );
      for (const { code, field, modes, what } of neuronModes) {
        if (!modes.has(cores[field][n]!)) report(code, c, at, cores[field][n]!, listOf(modes), what, useOf(modes));
      }
      if (cores.stochastic[n]! >= 2 * leakBit) {
        report(
          'stochastic-flags',
          c,
          at,
          cores.stochastic[n]!,
          `0..${2 * leakBit - 1}`,
          'stochastic flags',
          'use bits of types and leak',
        );
      }
      const drawn = cores.stochastic[n]!;
      const draws = (what: string): void => {
        report(
          'stochastic-mode',
          c,
          at,
          1,
          'the modes',
          `a ${what} by chance`,
          'use the deterministic modes, or another chip',
        );
      };
      if (!spec.stochasticWeights && drawn % leakBit !== 0) draws('weight');
      if (!spec.stochasticLeak && (drawn & leakBit) !== 0) draws('leak');
      const { thresholdDrawBits } = spec;
      const bitsRemedy = thresholdDrawBits === 0 ? 'use thresholds without draws' : `use 0..${thresholdDrawBits}`;
      limit('threshold-bits', cores.thresholdBits[n]!, 0, thresholdDrawBits, 'random threshold bits', bitsRemedy);
      limit('delay-range', cores.delay[n]!, 1, spec.maxDelay, 'delay', 'insert relay neurons');
      limit('reset-potential', cores.resetPotential[n]!, ...potentials, 'reset potential', 'use a smaller value');
      limit('initial-potential', cores.initialPotential[n]!, ...potentials, 'initial potential', 'use a smaller value');
      const target = cores.target[n]!;
      if (target >= 0) {
        limit('target-axon', cores.targetAxon[n]!, 0, nA - 1, 'target axon', 'use an existing axon');
        if (target >= cores.nCores)
          report('target-core', c, at, target, `0..${cores.nCores - 1}`, 'target core', 'use an existing core');
        else {
          const hop = Math.max(Math.abs(cores.x[target]! - x), Math.abs(cores.y[target]! - y));
          limit('hop-range', hop, 0, spec.maxHop, 'hops to the target', 'place the cores closer, or insert relays');
          drive(target, cores.targetAxon[n]!);
        }
      } else if (target !== NO_TARGET && OUTPUT_PIN_BASE - target >= outputs.pinClass.length) {
        report(
          'output-pin',
          c,
          at,
          OUTPUT_PIN_BASE - target,
          `0..${outputs.pinClass.length - 1}`,
          'output pin',
          'declare the pin',
        );
      }
    }
    checkPotentials(program, c, words, report);
  }
  const merged = new Set(program.mergedAxons);
  for (let e = 0; e < inputs.nElements; e++) {
    for (let k = inputs.rowStart[e]!; k < inputs.rowStart[e + 1]!; k++) {
      const core = inputs.core[k]!;
      const axon = inputs.axon[k]!;
      const wrong = (value: number, n: number, what: string): void => {
        report('input-axon', 0, `input ${e}`, value, `0..${n - 1}`, what, 'compile the network again');
      };
      if (core < 0 || core >= cores.nCores) wrong(core, cores.nCores, 'core of an input');
      else if (axon >= nA) wrong(axon, nA, 'axon of an input');
      drive(core, axon);
    }
  }
  drivers.forEach((n, index) => {
    if (n < 2 || merged.has(index)) return;
    const core = Math.floor(index / nA);
    report(
      'axon-shared',
      core,
      `core ${core} axon ${index % nA}`,
      n,
      '1',
      'undeclared drivers of one axon (their spikes would merge)',
      'give each driver an axon of its own',
    );
  });
  return [...violations.values()].map((v) =>
    errorAt(
      v.code,
      `${program.name}: layer "${v.layer}", ${v.first}${v.count > 1 ? ` and ${v.count - 1} more` : ''}`,
      `${v.what} ${v.worst} exceeds ${v.limit} of chip "${spec.name}"`,
      v.remedy,
    ),
  );
}

type Report = (
  code: string,
  core: number,
  where: string,
  amount: number,
  limit: string,
  what: string,
  remedy: string,
) => void;

/** Proves that no potential leaves its register within a tick: thresholds + all weights of a column + leak. */
function checkPotentials(program: TrueNorthProgram, c: number, words: number, report: Report): void {
  const { spec, cores } = program;
  const nA = spec.axonsPerCore;
  const nN = spec.neuronsPerCore;
  const nT = spec.axonTypes;
  const counts = new Int32Array(nN * nT);
  for (let a = 0; a < nA; a++) {
    // A type that is not there is a finding of its own.
    const type = Math.min(cores.axonType[c * nA + a]!, nT - 1);
    for (let w = 0; w < words; w++) {
      let bits = cores.synapses[(c * nA + a) * words + w]!;
      while (bits !== 0) {
        const j = 32 * w + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        if (j < nN) counts[j * nT + type]!++;
      }
    }
  }
  for (let j = 0; j < nN; j++) {
    const n = c * nN + j;
    let reach =
      Math.abs(cores.leak[n]!) +
      Math.max(cores.threshold[n]!, cores.negativeThreshold[n]!, Math.abs(cores.initialPotential[n]!));
    for (let t = 0; t < nT; t++) reach += counts[j * nT + t]! * Math.abs(cores.weights[n * nT + t]!);
    if (reach > spec.potentialMax) {
      report(
        'potential-range',
        c,
        `core ${c} neuron ${j}`,
        reach,
        `${spec.potentialMax}`,
        'reach of the potential',
        'use smaller weights or a smaller fan-in',
      );
    }
  }
}
