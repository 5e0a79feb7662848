import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { verifyProgram } from '../../../../../src/compiler/targets/truenorth/verify.js';
import { TRUENORTH } from '../../../../../src/hw-models/truenorth/spec.js';
import { exportCpe } from '../../../../../src/ir/program/formats/nscs/cpe-export.js';
import { type CpeImport, importCpe } from '../../../../../src/ir/program/formats/nscs/cpe-import.js';
import { parseRun, printRuns } from '../../../../../src/ir/program/formats/nscs/run-length.js';
import { NO_TARGET, OUTPUT_PIN_BASE } from '../../../../../src/ir/program/truenorth.js';
import { bytesOf, coreText, modelText, rowsText, TWO_CORES, typeText } from './models.js';

const read = (text: string): CpeImport => importCpe(bytesOf(text), 'net.json', TRUENORTH);

function codesOf(text: string): readonly string[] {
  try {
    return read(text).warnings.map(({ code, place }) => `${code} ${place}`);
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code, place }) => `${code} ${place}`);
    throw error;
  }
}

describe('a CPE model', () => {
  it('keeps every one of its repeated core keys, in the order of ids', () => {
    const { program, model } = read(TWO_CORES);
    expect([...model.coreIds]).toEqual([3, 7]);
    expect(program.cores.nCores).toBe(2);
    expect(model.rngSeeds[0]).toBe(4_294_967_295);
    expect(model.metadata[1]).toContain('coreletClass');
  });

  it('connects neurons to cores by id, to pins of the host, and to nothing', () => {
    const { program, model } = read(TWO_CORES);
    const { target, targetAxon, delay } = program.cores;
    // Core 7 is core 1 of the program: its neuron 0 drives axon 1 of core 3, which is core 0.
    expect([target[256], targetAxon[256], delay[256]]).toEqual([0, 1, 2]);
    expect([...model.pinNeuron]).toEqual([2, 257]);
    expect([target[2], target[257]]).toEqual([OUTPUT_PIN_BASE, OUTPUT_PIN_BASE - 1]);
    expect([target[0], target[258]]).toEqual([NO_TARGET, NO_TARGET]);
    expect([model.destCore[257], model.destAxon[257], model.destCore[258]]).toEqual([-33, 5, -2]);
  });

  it('reads synapses with the first bit for neuron 0, and axon types', () => {
    const { cores } = read(TWO_CORES).program;
    expect(cores.synapses[256 * 8]).toBe(0b11);
    expect(cores.synapses[8]).toBe(0b100);
    expect(cores.axonType[256 + 4]).toBe(1);
  });

  it('reads all parameters of a neuron', () => {
    const parameters = {
      ...{ sigma0: -1, s0: 200, s1: 3, s2: 255, sigma3: -1, s3: 1, b1: true, c_lambda: true, sigma_lambda: -1 },
      ...{
        lambda: 66,
        epsilon: true,
        alpha: 262_143,
        beta: 17,
        TM: 8,
        gamma: 2,
        kappa: false,
        sigma_VR: -1,
        VR: 3,
        V: -9,
      },
    };
    const { cores } = read(
      modelText([typeText(0x1e1, parameters)], [coreText({ id: 0, types: '481,"0x255"' })]),
    ).program;
    expect([...cores.weights.subarray(0, 4)]).toEqual([-200, -3, 255, -1]);
    expect(cores.stochastic[0]).toBe(0b10010);
    expect([cores.leak[0], cores.leakReversal[0], cores.threshold[0], cores.negativeThreshold[0]]).toEqual([
      -66, 1, 262_143, 17,
    ]);
    expect([cores.thresholdBits[0], cores.resetMode[0], cores.negativeMode[0]]).toEqual([8, 2, 0]);
    expect([cores.resetPotential[0], cores.initialPotential[0]]).toEqual([-7, -9]);
  });

  it('takes crossbars from prototypes, wherever they stand', () => {
    const prototypes = `"crossbarTypes":[{"name":"p","crossbar":${rowsText({ 9: ['S3', '01'] })}}],`;
    const core = coreText({ id: 0, crossbar: '{"name":"p"}' });
    const atTheEnd = modelText([], [`${core},\n${prototypes.replace(/,$/, '')}`]);
    for (const text of [modelText([], [core], prototypes), atTheEnd]) {
      const { cores } = read(text).program;
      expect([cores.synapses[9 * 8], cores.axonType[9]]).toEqual([0b1000_0000, 3]);
    }
  });

  it('reads neurons that are listed one by one, with types by name', () => {
    const neurons = '[{"type":"-77","dendrite":4,"destCore":-32,"destAxon":3,"delay":2}]';
    const text = modelText([typeText(1).replace('N00000001', '-77')], [coreText({ id: 0 })]);
    const { cores } = read(text.replace(/"neurons":\{[^}]*\}/, `"neurons":${neurons}`)).program;
    expect([cores.weights[16], cores.target[4], cores.delay[4]]).toEqual([1, OUTPUT_PIN_BASE, 2]);
    expect(cores.weights[0]).toBe(0);
  });

  it('puts neurons on the dendrites that are listed', () => {
    const { cores } = read(
      modelText([typeText(1, { s0: 7 })], [coreText({ id: 0, dendrites: '"255:-1:0"', types: '1,"0x255"' })]),
    ).program;
    expect([cores.weights[0], cores.weights[255 * 4]]).toEqual([0, 7]);
  });

  it('passes the chip verifier, with axons that several neurons drive', () => {
    const { program } = read(TWO_CORES);
    expect([...program.mergedAxons]).toEqual([1]);
    expect(verifyProgram(program)).toEqual([]);
  });

  it('may be an excerpt of a larger model: spikes to cores that are not there leave it', () => {
    const core = coreText({ id: 4041, types: '1,"0x255"', destCores: '874,"-1x255"', destAxons: '66,"0x255"' });
    const text = modelText([typeText(1)], [core]);
    expect(codesOf(text)[0]).toMatch(/^dest-core /);
    const excerpt = text.replace('"coreCount":1', '"coreCount":4042');
    expect(codesOf(excerpt).map((code) => code.split(' ')[0])).toEqual(['core-count', 'dest-core-absent']);
    const { program, model } = read(excerpt);
    expect([program.cores.target[0], model.destCore[0], model.destAxon[0]]).toEqual([NO_TARGET, 874, 66]);
    expect(read(exportCpe(program, model)).model).toEqual(model);
  });

  it('lies on the smallest square, row by row', () => {
    const { x, y } = read(
      modelText(
        [],
        [5, 1, 9, 2, 4].map((id) => coreText({ id })),
      ),
    ).program.cores;
    expect([[...x], [...y]]).toEqual([
      [0, 1, 2, 0, 1],
      [0, 0, 0, 1, 1],
    ]);
  });

  it('reads a list of types that is one short as its recording shows it, with a warning', () => {
    const types = [2, 3, 4].map((number) => typeText(number, { s0: number }));
    const text = modelText(types, [coreText({ id: 0, types: '"2x2","0x253"' })]);
    const { program, warnings } = read(text);
    expect([0, 1, 2, 3].map((neuron) => program.cores.weights[neuron * 4])).toEqual([2, 3, 4, 0]);
    expect(warnings.map(({ code }) => code)).toEqual(['run-repaired']);
    // A single value is no run that could have been meant otherwise, and two runs leave open which was.
    const short = (list: string): string | undefined =>
      codesOf(modelText(types, [coreText({ id: 0, types: list })]))[0];
    expect(short('"3x1","0x254"')).toMatch(/^list-length/);
    expect(short('"2x2","2x2","0x251"')).toMatch(/^list-length/);
    expect(short('"2x2","0x252"')).toMatch(/^list-length/);
    expect(codesOf(modelText(types.slice(0, 2), [coreText({ id: 0, types: '"2x2","0x253"' })]))[0]).toMatch(
      /^list-length/,
    );
  });
});

describe('a parameter of a neuron type', () => {
  const problemsOf = (parameters: Readonly<Record<string, number>>): readonly string[] =>
    codesOf(modelText([typeText(0, parameters)], [coreText({ id: 0 })])).filter((code) =>
      code.startsWith('neuron-parameter'),
    );
  const ENDS: Readonly<Record<string, readonly [number, number]>> = {
    ...{ s0: [0, 255], s1: [0, 255], s2: [0, 255], s3: [0, 255], lambda: [0, 255], alpha: [0, 262_143] },
    ...{ beta: [0, 262_143], TM: [0, 17], gamma: [0, 2], VR: [0, 18], V: [-524_288, 524_287], kappa: [0, 1] },
    ...{ sigma0: [-1, 1], sigma1: [-1, 1], sigma2: [-1, 1], sigma3: [-1, 1], sigma_lambda: [-1, 1], sigma_VR: [-1, 1] },
  };

  it.each(Object.entries(ENDS))('%s lies within %j, ends included', (key, [low, high]) => {
    expect([low, high].map((value) => problemsOf({ [key]: value }))).toEqual([[], []]);
    expect([low - 1, high + 1].map((value) => problemsOf({ [key]: value }).length)).toEqual([1, 1]);
  });

  it('that is a sign is not 0', () => {
    expect(problemsOf({ sigma1: 0 })).toHaveLength(1);
  });
});

describe('a wrong CPE model', () => {
  it('is told with every violation and its line', () => {
    const text = modelText(
      [typeText(1, { alpha: -1 }), typeText(2, { alpha: null }), typeText(3, { gamma: 3 })],
      [
        coreText({ id: 0, types: '9,"0x255"', destCores: '5,"-1x255"' }),
        coreText({ id: 0, destAxons: '256,"0x255"' }),
        coreText({ id: 2, crossbar: '{"name":"none"}', destDelays: '16,"1x255"', destCores: '-40,"-1x255"' }),
      ],
    );
    const lines = text.split('\n');
    const line = (part: string): number => lines.findIndex((row) => row.includes(part)) + 1;
    const found = codesOf(text);
    expect(found).toContain(`neuron-parameter net.json:${line('"alpha":-1')}`);
    expect(found).toContain(`neuron-parameter net.json:${line('"gamma":3')}`);
    expect(found.filter((code) => code.startsWith('missing-key'))).toHaveLength(1);
    expect(found).toContain(`list-value net.json:${line('[256,')}`);
    for (const code of ['unknown-neuron-type', 'dest-core', 'duplicate-core', 'unknown-crossbar', 'dest-delay']) {
      expect(
        found.some((entry) => entry.startsWith(code)),
        code,
      ).toBe(true);
    }
  });

  it.each([
    ['a list that would fill the memory', coreText({ id: 0, types: '"1x4000000000"' }), 'list-length'],
    ['a range that would fill the memory', coreText({ id: 0, destCores: '"0:2000000000"' }), 'list-length'],
    ['a run of letters', coreText({ id: 0, types: '"abc"' }), 'list-value'],
    ['a range that never ends', coreText({ id: 0, types: '"1:0:5"' }), 'list-value'],
    ['two neurons on one dendrite', coreText({ id: 0, dendrites: '0,"0:254"' }), 'duplicate-dendrite'],
    [
      'a core of another time scale',
      coreText({ id: 0 }).replace('"timeScaleExponent":0', '"timeScaleExponent":1'),
      'time-scale',
    ],
    ['synapses that are no hex bytes', coreText({ id: 0, crossbar: rowsText({ 3: ['S0', 'G0'] }) }), 'synapses'],
    ['an unknown axon type', coreText({ id: 0, crossbar: rowsText({ 3: ['S4', '00'] }) }), 'axon-type'],
    ['missing rows', coreText({ id: 0, crossbar: '{"rows":[]}' }), 'crossbar-rows'],
    ['a core without neurons', '"core":{"id":0,"crossbar":{"name":"p"}}', 'missing-key'],
  ])('refuses %s', (_, core, code) => {
    expect(codesOf(modelText([typeText(1)], [core])).some((entry) => entry.startsWith(code))).toBe(true);
  });

  it.each([
    '',
    '[]',
    '{',
    '{"model":',
    `{"a":${'['.repeat(100)}`,
    '{"core":{}}x',
    '{"a":"\\u12"}',
    '{"a":01}',
    '{/*',
    '{"a":tru}',
  ])('refuses the text %j without an internal error', (text) => {
    expect(() => read(text)).toThrow(UserError);
  });

  it('refuses every cut of a file', () => {
    const text = modelText([typeText(1)], [coreText({ id: 0 })]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.trimEnd().length - 1 }), (length) => {
        expect(() => read(text.slice(0, length))).toThrow(UserError);
      }),
      { numRuns: 60 },
    );
  });

  it('is read or refused, never an internal error, when bytes are changed', () => {
    const bytes = bytesOf(TWO_CORES);
    // Changes fall on the interesting parts, not on rows of zeros.
    const change = fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = bytes.slice();
        for (const [at, value] of changes) changed[at] = value;
        try {
          importCpe(changed, 'net.json', TRUENORTH);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('names the nearest known key of an unknown one', () => {
    const { warnings } = read(modelText([], [coreText({ id: 0, more: '"rngSed":1,' })]));
    expect(warnings[0]?.message).toContain('did you mean "rngSeed"?');
  });
});

describe('run-length lists', () => {
  it.each([
    ['1x252', { first: 1, step: 0, count: 252 }],
    ['0:251', { first: 0, step: 1, count: 252 }],
    ['231:4:255', { first: 231, step: 4, count: 7 }],
    ['22:-1:20', { first: 22, step: -1, count: 3 }],
    ['-1:7', { first: -1, step: 1, count: 9 }],
    ['-32x3', { first: -32, step: 0, count: 3 }],
    ['5', { first: 5, step: 0, count: 1 }],
  ])('%s', (text, run) => {
    expect(parseRun(text)).toEqual(run);
  });

  it.each(['5:3', '5:1:3', '3:-1:5', '1:0:4', '3:0:3', '1x', 'x2', '1:2:3:4', '1.5', '', ' 1', '12345678901'])(
    '"%s" is none',
    (text) => {
      expect(parseRun(text)).toBeUndefined();
    },
  );

  it.each([
    ['5:5', { first: 5, step: 1, count: 1 }],
    ['5:-1:5', { first: 5, step: -1, count: 1 }],
    ['0:4:9', { first: 0, step: 4, count: 3 }],
    ['-1x0', { first: -1, step: 0, count: 0 }],
    ['1234567890', { first: 1_234_567_890, step: 0, count: 1 }],
  ])('"%s" is one', (text, run) => {
    expect(parseRun(text)).toEqual(run);
  });

  it('print and parse back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 300 }), { maxLength: 300 }), (values) => {
        const parsed = printRuns(values).flatMap((part) => {
          const run = parseRun(part.replaceAll('"', ''))!;
          return Array.from({ length: run.count }, (_, i) => run.first + i * run.step);
        });
        expect(parsed).toEqual(values);
      }),
    );
  });
});

describe('an exported CPE model', () => {
  it('is the model that was read', () => {
    const first = read(TWO_CORES);
    const text = exportCpe(first.program, first.model);
    const second = read(text);
    expect(second.program).toEqual(first.program);
    expect(second.model).toEqual(first.model);
    expect(exportCpe(second.program, second.model)).toBe(text);
  });

  it('has every neuron of random parameters', () => {
    const flag = fc.integer({ min: 0, max: 1 });
    const sign = fc.constantFrom(-1, 1);
    const magnitude = fc.integer({ min: 0, max: 255 });
    const type = fc.record({
      ...{ sigma0: sign, sigma1: sign, sigma2: sign, sigma3: sign, s0: magnitude, s1: magnitude, s2: magnitude },
      ...{
        s3: magnitude,
        b0: flag,
        b1: flag,
        b2: flag,
        b3: flag,
        sigma_lambda: sign,
        lambda: magnitude,
        c_lambda: flag,
      },
      ...{ epsilon: flag, alpha: fc.integer({ min: 0, max: 262_143 }), beta: fc.integer({ min: 0, max: 262_143 }) },
      ...{ TM: fc.integer({ min: 0, max: 17 }), gamma: fc.integer({ min: 0, max: 2 }), kappa: flag, sigma_VR: sign },
      ...{ VR: fc.integer({ min: 0, max: 18 }), V: fc.integer({ min: -393_216, max: 393_216 }) },
    });
    fc.assert(
      fc.property(fc.array(type, { minLength: 1, maxLength: 5 }), (types) => {
        const list = types.map((parameters, i) => typeText(i + 1, parameters));
        const numbers = types.map((_, i) => i + 1).join(',');
        const first = read(modelText(list, [coreText({ id: 0, types: `${numbers},"0x${256 - types.length}"` })]));
        // Without the file's own types too: they are found again.
        for (const origin of [first.model, undefined]) {
          expect(read(exportCpe(first.program, origin)).program).toEqual(first.program);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is refused for what the format cannot say', () => {
    const { program } = read(TWO_CORES);
    program.cores.resetPotential[3] = 5;
    expect(() => exportCpe(program)).toThrow(/core 0 neuron 3.*not \+-\(2\^VR - 1\)/);
  });

  it.each([
    [{ positiveComparison: 'above' }, 'positiveComparison is above, of the files'],
    [{ negativeComparison: 'atMost' }, 'negativeComparison is atMost'],
    [{ linearReset: 'threshold' }, 'linearReset is threshold'],
    [{ axonTypes: 5 }, 'cores of'],
  ] as const)('is refused for a chip with %j', (changes, message) => {
    const { program } = read(TWO_CORES);
    expect(() => exportCpe({ ...program, spec: { ...program.spec, ...changes } })).toThrow(message);
  });

  it('is refused for values of wider chips, all at once', () => {
    const { program } = read(TWO_CORES);
    program.cores.weights[0] = -300;
    program.cores.threshold[1] = 300_000;
    program.cores.delay[2] = 16;
    expect(() => exportCpe(program)).toThrow(/s0 is 300, beyond 0\.\.255[^]*alpha is 300000[^]*the delay is 16 ticks/);
  });
});
