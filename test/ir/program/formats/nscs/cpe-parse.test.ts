import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { TRUENORTH } from '../../../../../src/hw-models/truenorth/spec.js';
import {
  exportCpe,
  exportedDestinations,
  exportPinMaps,
} from '../../../../../src/ir/program/formats/nscs/cpe-export.js';
import { importCpe } from '../../../../../src/ir/program/formats/nscs/cpe-import.js';
import { finishDraft, parseCpe } from '../../../../../src/ir/program/formats/nscs/cpe-parse.js';
import { NO_TARGET, OUTPUT_PIN_BASE } from '../../../../../src/ir/program/truenorth.js';
import { emptyCores, programOf, setNeuron } from '../../../../../src/chips/truenorth/kit/program-builder.js';
import { bytesOf, coreText, modelText, rowsText, typeText } from './models.js';

const told = (act: () => unknown): readonly string[] => {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code, message }) => `${code}: ${message}`);
    throw error;
  }
};
const warningsOf = (text: string): readonly string[] =>
  finishDraft(parseCpe(bytesOf(text), 'net.json')).map(({ code, message }) => `${code}: ${message}`);
const refused = (text: string): readonly string[] => told(() => warningsOf(text));
const model = (header: string, ...parts: readonly string[]): string =>
  `{"model":${header},${[...parts, coreText({ id: 0 })].join(',')}}`;

describe('the parts of a CPE model', () => {
  it('are read with seed, metadata and header as they stand', () => {
    const header = '{"coreCount": 1, /* a comment */ "buildKey64":"x"}';
    const draft = parseCpe(bytesOf(model(header)), 'net.json');
    expect(draft.header).toBe(header);
    expect(draft.cores.map(({ id, rngSeed, metadata }) => [id, rngSeed, metadata])).toEqual([
      [0, 4_294_967_295, '{"coreletClass":"test","coreNumber":0}'],
    ]);
    expect(draft.isExcerpt).toBe(false);
    expect(finishDraft(draft)).toEqual([]);
  });

  it.each([
    ['{"coreCount":1,"crossbarSize":256,"neuronclass":"NeuronGeneral","crossbarclass":"CrossbarBinary"}', []],
    [
      '{"neuronClass":"NeuronGeneral","crossbarClass":"CrossbarBinary","networking":1,"useCrossbarPrototypes":true}',
      [],
    ],
    ['{"crossbarSize":255}', ['crossbar-size: crossbarSize is 255']],
    ['{"neuronclass":"Izhikevich"}', ['unsupported-class: neuronclass is "Izhikevich"']],
    ['{"crossbarClass":"CrossbarFloat"}', ['unsupported-class: crossbarClass is "CrossbarFloat"']],
  ])('have a header %s: %j', (header, expected) => {
    expect(refused(model(header))).toEqual(expected);
  });

  it('warn of unknown keys with the nearest known one, and of another number of cores', () => {
    expect(warningsOf(model('{"coreCont":1}'))).toEqual([
      'unknown-key: unknown key "coreCont" (did you mean "coreCount"?)',
    ]);
    expect(warningsOf(model('{"coreCount":3}'))).toEqual(['core-count: coreCount is 3, the file has 1 cores']);
    expect(warningsOf(model('{"coreCount":0}'))).toEqual(['core-count: coreCount is 0, the file has 1 cores']);
    expect(warningsOf(model('{}', '"zzzzzzzzzz":[{"a":1}]'))).toEqual(['unknown-key: unknown key "zzzzzzzzzz"']);
    expect(warningsOf(model('{}', '"neuronType":[]'))).toEqual([
      'unknown-key: unknown key "neuronType" (did you mean "neuronTypes"?)',
    ]);
    const excerpt = (coreCount: number) => parseCpe(bytesOf(model(`{"coreCount":${coreCount}}`)), 'x').isExcerpt;
    expect([excerpt(0), excerpt(1), excerpt(2)]).toEqual([false, false, true]);
  });

  it('are told where they are missing, wrong or behind the end', () => {
    expect(refused(`{${coreText({ id: 0 })}}`)).toEqual(['missing-key: there is no "model" object']);
    expect(refused('{"model":{}}')).toEqual(['missing-key: there is no "core"']);
    expect(refused('{"model":{"coreCount":0}}')).toEqual([]);
    expect(refused(`${model('{}')} 1`)).toEqual(['json-syntax: text after the end of the model']);
    expect(refused('[]')).toEqual(['not-a-cpe-model: this is not a JSON object']);
  });

  it('of a core are an id, neurons and a crossbar; numbers within 31 and 32 bits', () => {
    const core = (text: string) => refused(`{"model":{},"core":${text}}`);
    expect(core('{}').slice(0, 3)).toEqual(
      ['id', 'neurons', 'crossbar'].map((key) => `missing-key: a core without "${key}"`),
    );
    const number = (key: string, value: number) =>
      refused(model('{}').replace(new RegExp(`"${key}":\\d+`), `"${key}":${value}`));
    expect([number('id', 2 ** 31 - 1), number('rngSeed', 2 ** 32 - 1), number('id', 0), number('rngSeed', 0)]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    expect(number('rngSeed', 2 ** 32)).toEqual(['bad-value: rngSeed is 4294967296']);
    expect(number('rngSeed', -1)).toEqual(['bad-value: rngSeed is -1']);
    expect(number('rngSeed', 0.5)).toEqual(['bad-value: rngSeed is 0.5']);
    expect(number('id', 2 ** 31)[0]).toBe('bad-value: id is 2147483648');
    expect(number('timeScaleExponent', 1)).toEqual(['time-scale: timeScaleExponent is 1']);
  });

  it('of prototypes are names and rows, each name once', () => {
    const prototypes = (list: string) => refused(model('{}', `"crossbarTypes":[${list}]`));
    const p = (name: string) => `{"name":"${name}","crossbar":${rowsText()}}`;
    expect(prototypes(`${p('a')},${p('b')}`)).toEqual([]);
    expect(prototypes(`${p('a')},${p('a')}`)).toEqual(['duplicate-name: crossbar "a" is there twice']);
    for (const wrong of [`{"crossbar":${rowsText()}}`, '{"name":"a"}', '{"name":"a","crossbar":{"name":"b"}}']) {
      expect(prototypes(wrong)).toEqual(['missing-key: a crossbar prototype without name or rows']);
    }
  });

  it('are numbers where numbers are meant: every text, fraction and negative count is told, and what comes behind it', () => {
    const header = '{"coreCount":"1","crossbarSize":true,"neuronClass":5,"crossbarClass":null}';
    const type = typeText(1)
      .replace(/"s0":-?\d+/, '"s0":"7"')
      .replace(/"alpha":-?\d+/, '"alpha":[]');
    const core = coreText({ id: 0 }).replace(/"rngSeed":\d+/, '"rngSeed":"x"');
    expect(refused(`{"model":${header},"neuronTypes":[${type}],${core}}`)).toEqual([
      'bad-value: coreCount is no number',
      'bad-value: crossbarSize is no number',
      'unsupported-class: neuronClass is 5',
      'unsupported-class: crossbarClass is null',
      'bad-value: s0 is no number',
      'bad-value: alpha is no number',
      'bad-value: rngSeed is no number',
    ]);
    for (const count of [-1, 0.5, 2 ** 31]) {
      expect(refused(model(`{"coreCount":${count}}`))).toEqual([`bad-value: coreCount is ${count}`]);
    }
  });

  it('are there once, but for cores', () => {
    const twice = (text: string, key: string): string => text.replace(new RegExp(`("${key}":[^,}]*)`), '$1,$1');
    expect(refused(twice(model('{"coreCount":1}'), 'coreCount'))).toEqual([
      'duplicate-key: "coreCount" is there twice',
    ]);
    expect(refused(twice(model('{}'), 'rngSeed'))).toEqual(['duplicate-key: "rngSeed" is there twice']);
    expect(refused(model('{}', '"neuronTypes":[]', '"neuronTypes":[]'))).toEqual([
      'duplicate-key: "neuronTypes" is there twice',
    ]);
    expect(refused(model('{}', `"neuronTypes":[${twice(typeText(1), 'alpha')}]`))).toEqual([
      'duplicate-key: "alpha" of a neuron type is there twice',
    ]);
    const named = `"crossbarTypes":[{"name":"a","name":"b","crossbar":${rowsText()}}]`;
    expect(refused(model('{}', named))).toEqual(['duplicate-key: "name" is there twice']);
  });

  it('of neuron types are a name, the class and all parameters', () => {
    const types = (text: string) => refused(model('{}', `"neuronTypes":[${text}]`));
    const whole = typeText(1);
    expect(types(whole)).toEqual([]);
    expect(types(whole.replace('"name":"N00000001",', ''))).toEqual(['missing-key: a neuron type without "name"']);
    expect(types(whole.replace('NeuronGeneral', 'X'))).toEqual(['unsupported-class: neuron class "X"']);
    expect(types(typeText(1, { V: null, s0: null }))).toEqual(['missing-key: neuron type "N00000001" lacks s0, V']);
    expect(types(typeText(1, { kappa: 2 }))).toEqual(['neuron-parameter: kappa is 2']);
    expect(types(typeText(1, { kappa: 1, b0: false }))).toEqual([]);
    expect(types(`${whole},${whole}`)).toEqual([]);
    expect(told(() => importCpe(bytesOf(model('{}', `"neuronTypes":[${whole},${whole}]`)), 'n', TRUENORTH))).toEqual([
      'duplicate-name: neuron type "N00000001" is there twice',
    ]);
  });
});

describe('destinations of a CPE model', () => {
  const of = (core: Parameters<typeof coreText>[0], more = '') =>
    importCpe(bytesOf(modelText([typeText(1)], [coreText(core), coreText({ id: 9 })], more)), 'a/net.json', TRUENORTH);
  const neuron = (destCore: number, destAxon = 5, delay = 3) =>
    of({
      id: 4,
      types: '1,"0x255"',
      destCores: `${destCore},"-1x255"`,
      destAxons: `${destAxon},"0x255"`,
      destDelays: `${delay},"1x255"`,
    });

  it('are cores, pins of the host from -32 down, or nothing at -1 and -2', () => {
    const { program, model: kept } = neuron(9);
    expect([program.cores.target[0], program.cores.targetAxon[0], program.cores.delay[0]]).toEqual([1, 5, 3]);
    expect([kept.destCore[0], kept.destAxon[0], program.name, [...kept.coreIds]]).toEqual([9, 5, 'net', [4, 9]]);
    for (const host of [-32, -33, -1000]) {
      const { cores, outputs } = neuron(host).program;
      expect([cores.target[0], outputs.pinClass.length, cores.delay[0]]).toEqual([OUTPUT_PIN_BASE, 1, 3]);
    }
    for (const none of [-1, -2]) expect(neuron(none, -1).program.cores.target[0]).toBe(NO_TARGET);
  });

  it.each([
    [-3, 5, 3, 'dest-core: core 4 neuron 0 has destCore -3'],
    [-31, 5, 3, 'dest-core: core 4 neuron 0 has destCore -31'],
    [8, 5, 3, 'dest-core: core 4 neuron 0 has destCore 8, which is not there'],
    [9, -1, 3, 'dest-axon: core 4 neuron 0 has destAxon -1'],
    [9, 5, 0, 'dest-delay: core 4 neuron 0 has destDelay 0'],
    [9, 5, 16, 'dest-delay: core 4 neuron 0 has destDelay 16'],
  ])('are refused at %d, %d with a delay of %d', (destCore, destAxon, delay, message) => {
    expect(told(() => neuron(destCore, destAxon, delay))).toEqual([message]);
  });

  it('have delays of 1 to 15 and axons of 0 to 255', () => {
    expect([neuron(9, 0, 1), neuron(9, 255, 15)].map(({ program: { cores } }) => [cores.targetAxon[0], cores.delay[0]])).toEqual([[0, 1], [255, 15]]); // prettier-ignore
  });

  it('have an unknown type or crossbar told, by number and by name', () => {
    expect(told(() => of({ id: 4, types: '2,"0x255"' }))).toEqual(['unknown-neuron-type: core 4 neuron 0 has type 2']);
    const named = coreText({ id: 4 }).replace(/"neurons":\{[^}]*\}/, '"neurons":[{"type":"q"}]');
    expect(told(() => importCpe(bytesOf(modelText([typeText(1)], [named])), 'n', TRUENORTH))).toEqual([
      'unknown-neuron-type: core 4 neuron 0 has type "q"',
    ]);
    expect(told(() => of({ id: 4, crossbar: '{"name":"q"}' }))).toEqual([
      'unknown-crossbar: core 4 has crossbar "q", which is not there',
    ]);
    expect(told(() => of({ id: 9 }))).toEqual(['duplicate-core: core 9 is there twice']);
  });

  it('that an excerpt does not have leave it, counted, with the first place', () => {
    const core = (id: number) => coreText({ id, types: '1,1,"0x254"', destCores: '50,51,"-1x254"' });
    const text = modelText([typeText(1)], [core(4), core(2)]).replace('"coreCount":2', '"coreCount":9');
    const { warnings, program } = importCpe(bytesOf(text), 'n', TRUENORTH);
    expect(warnings.map(({ code, message }) => `${code}: ${message}`)[1]).toBe(
      'dest-core-absent: 4 neurons send to cores that are not there, first core 2 neuron 0 (destCore 50): their spikes leave the model',
    );
    expect([program.cores.target[0], program.cores.target[257]]).toEqual([NO_TARGET, NO_TARGET]);
  });

  it('lie on the grid of the chip, on the smallest square where that is too small', () => {
    const five = modelText(
      [],
      [1, 2, 3, 4, 5].map((id) => coreText({ id })),
    );
    const grid = (gridWidth: number, gridHeight: number) => {
      const { program } = importCpe(bytesOf(five), 'n', { ...TRUENORTH, gridWidth, gridHeight });
      return [
        program.spec.gridWidth,
        program.spec.gridHeight,
        [...program.cores.x].join(''),
        [...program.cores.y].join(''),
      ];
    };
    expect(grid(5, 1)).toEqual([5, 1, '01201', '00011']);
    expect(grid(2, 3)).toEqual([2, 3, '01010', '00112']);
    expect(grid(2, 2)).toEqual([3, 3, '01201', '00011']);
    expect(importCpe(bytesOf(five), 'n', { ...TRUENORTH, gridWidth: 2, gridHeight: 2 }).program.spec.name).toBe(
      'truenorth-3x3',
    );
  });
});

describe('the remedy of a wrong number', () => {
  const remedyOf = (text: string): string | undefined => {
    try {
      importCpe(bytesOf(text), 'net.json', TRUENORTH);
      return undefined;
    } catch (error) {
      return error instanceof UserError ? error.diagnostics[0]?.remedy : undefined;
    }
  };
  const one = (more: Partial<Parameters<typeof coreText>[0]>): string =>
    modelText([typeText(1)], [coreText({ id: 0, types: '1,"0x255"', destCores: '0,"-1x255"', ...more })]);

  it('is the range that the number may have', () => {
    expect(remedyOf(one({ destAxons: '-1,"0x255"' }))).toBe('use 0..255');
    expect(remedyOf(one({ destDelays: '0,"1x255"' }))).toBe('use 1..15');
    expect(remedyOf(one({}).replace('"id":0', '"id":-1'))).toBe('use a whole number from 0 to 2147483647');
    expect(remedyOf(one({}).replace('4294967295', '-1'))).toBe('use a whole number from 0 to 4294967295');
    expect(remedyOf(one({}).replace('"crossbarSize":256', '"crossbarSize":8'))).toBe(
      'only models of 256 x 256 cores are read',
    );
    expect(remedyOf(one({ types: '"1x257"' }))).toBe('a core has 256 neurons');
    expect(remedyOf(modelText([typeText(1, { V: 524_288 })], [coreText({ id: 0 })]))).toBe(
      'use a whole number from -524288 to 524287',
    );
    expect(remedyOf(modelText([typeText(1, { sigma0: 2 })], [coreText({ id: 0 })]))).toBe('use -1 or 1');
    expect(remedyOf(one({ crossbar: '{"rows":[]}' }))).toBe('a crossbar has 256 rows');
    const listed = coreText({ id: 0 }).replace(/"neurons":\{[^}]*\}/, '"neurons":[{"type":0,"delay":256}]');
    expect(remedyOf(modelText([], [listed]))).toBe('use 0..255');
  });
});

describe('what a program needs and a model file does not say', () => {
  it('is a frame of one tick, one class that counts every pin, no inputs of its own, and one layer of all cores', () => {
    const pins = coreText({ id: 5, types: '1,1,"0x254"', destCores: '-32,-32,"-1x254"', destAxons: '1,2,"0x254"' });
    const { program } = importCpe(
      bytesOf(modelText([typeText(1)], [pins, coreText({ id: 6 })])),
      'net.json',
      TRUENORTH,
    );
    expect(program).toMatchObject({
      ...{
        kind: 'truenorth',
        name: 'net',
        inputShape: [1],
        inputCode: { kind: 'threshold', level: 1 },
        coreRole: ['layer', 'layer'],
      },
      inputs: {
        nElements: 1,
        rowStart: Int32Array.of(0, 0),
        core: new Int32Array(0),
        axon: new Uint16Array(0),
        maxCount: 1,
      },
      timing: { period: 1, inputStart: 0, inputTicks: 1, outputStart: 0, outputTicks: 1 },
      outputs: {
        ...{
          nClasses: 1,
          pinClass: Int32Array.of(0, 0),
          pinCoefficient: Int32Array.of(1, 1),
          constant: Int32Array.of(0),
        },
        ...{ scale: Float64Array.of(1), offset: Float64Array.of(0) },
      },
      layers: [
        {
          name: 'model',
          fanIn: 256,
          nIn: 0,
          nOut: 2,
          cores: 2,
          partialCores: 0,
          splitterCores: 0,
          copies: 0,
          window: 1,
          ticks: 1,
          axonUse: 0,
          neuronUse: 0,
        },
      ],
      ...{ coreLayer: Int32Array.of(0, 0), mergedAxons: new Int32Array(0) },
    });
  });
});

describe('a program that is exported without a file behind it', () => {
  const cores = emptyCores(2);
  setNeuron(cores, 0, 0, { threshold: 1, negativeThreshold: 0, to: { pin: 0 }, delay: 2 });
  setNeuron(cores, 1, 255, { threshold: 1, negativeThreshold: 0, to: { pin: 257 } });
  setNeuron(cores, 1, 7, { threshold: 1, negativeThreshold: 0, to: { pin: 0 } });
  setNeuron(cores, 0, 9, { threshold: 1, negativeThreshold: 0, to: { core: 1, axon: 44 } });
  const program = programOf(cores, { pinClass: Array.from({ length: 258 }, () => 0), inputs: [[1, 8], [0, 255]] }); // prettier-ignore

  it('has cores by number, and pins numbered through, 256 to a core of the host', () => {
    const { coreIds, destCore, destAxon } = exportedDestinations(program);
    const at = (i: number) => [destCore[i], destAxon[i]];
    expect([[...coreIds], at(0), at(256 + 255), at(256 + 7), at(9), at(1)]).toEqual([[0, 1], [-32, 0], [-33, 1], [-32, 0], [1, 44], [-1, 0]]); // prettier-ignore
  });

  it('has pin maps: entry by entry in, neurons by pin out', () => {
    const { inputs, outputs } = exportPinMaps(program);
    expect([inputs.kind, [...inputs.core], [...inputs.index], inputs.shape]).toEqual([
      'input',
      [1, 0],
      [8, 255],
      [2, 1, 1],
    ]);
    expect([outputs.kind, [...outputs.core], [...outputs.index]]).toEqual(['output', [0, 1, 1], [0, 7, 255]]);
    expect([inputs.id, outputs.id]).toEqual([0, 1]);
  });

  it('is the same program when it is read again, each kind of neuron a type of its own', () => {
    const text = exportCpe(program);
    const again = importCpe(bytesOf(text), 'n', TRUENORTH).program;
    for (const key of ['threshold', 'negativeThreshold', 'weights', 'delay', 'resetMode', 'negativeMode'] as const) {
      expect(again.cores[key], key).toEqual(cores[key]);
    }
    expect(text.split('"class":"NeuronGeneral"').length - 1).toBe(2);
    expect(text).toContain('"coreCount":2');
    expect(text).toContain('"rngSeed":4294967295');
  });

  it('is refused for more than a type can hold, twenty findings at most', () => {
    const bad = emptyCores(1);
    bad.delay.fill(16);
    expect(told(() => exportCpe(programOf(bad)))).toHaveLength(20);
    const draws = emptyCores(1);
    const spec = { ...TRUENORTH, drawBits: 4 };
    expect(told(() => exportCpe(programOf(draws, { spec })))).toEqual([]);
    draws.stochastic[3] = 1;
    expect(told(() => exportCpe(programOf(draws, { spec })))).toEqual([
      `chip-rules: draws have 4 bits, those of the files' chip 8`,
    ]);
  });
});
