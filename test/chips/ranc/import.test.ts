/** RANC's own files as programs: the folder of an export opens, runs and is compared with what was recorded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ranc } from '../../../src/chips/ranc/chip.js';
import { RANC_FILES } from '../../../src/chips/ranc/import.js';
import { type RancProgram, rancSpecOf } from '../../../src/chips/ranc/program.js';
import { evaluateNetwork } from '../../../src/evaluation/interpreter/evaluate.js';
import { compileNetwork, runCompiled } from '../../../src/flow.js';
import { RANC_CHIP } from '../../../src/hw-models/ranc/chip-spec.js';
import { encodeRaster } from '../../../src/ir/network/input-code.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { printRancConfig, printRancInput } from '../../../src/ir/program/formats/ranc/print.js';
import { type RancDecoding, rancDecoding, rancPackets } from '../../../src/ir/program/formats/ranc/samples.js';
import { NO_NOISE } from '../../../src/index.js';
import { randomNetwork, randomPixels } from '../../support/random-network.js';

interface Files {
  readonly 'input.json': string;
  readonly 'config.json'?: string;
  readonly 'decoding.json'?: string;
}

/** What `lodestone ranc export` writes for random images. */
async function exported(graph: NetworkGraph, samples: number): Promise<Required<Files>> {
  const { program, integer } = compileNetwork(graph, { chip: ranc });
  const nPixels = sizeOf(program.inputShape);
  const { nClasses } = program.outputs;
  const images = randomPixels(7, samples * nPixels);
  const data = { name: 'random', shape: program.inputShape, images, labels: new Uint8Array(samples), nClasses };
  const packets = rancPackets(program, program, samples, (sample) =>
    encodeRaster(program.inputCode, images.subarray(sample * nPixels, (sample + 1) * nPixels), { sample, seed: 1 }),
  );
  const oracle = await evaluateNetwork(integer, data, { seed: 1 });
  const { cores, outputBus } = program;
  return {
    'input.json': printRancInput({ spec: rancSpecOf(program), cores, outputBus, packets }),
    'config.json': printRancConfig(rancSpecOf(program)),
    'decoding.json': JSON.stringify(rancDecoding(program, data, oracle.scores)),
  };
}

function open(files: Files) {
  const fileOf = (place: keyof Files) => {
    const text = files[place];
    return text === undefined ? undefined : { place, bytes: new TextEncoder().encode(text) };
  };
  const input = fileOf('input.json')!;
  expect(RANC_FILES.recognises(input.bytes)).toBe(true);
  return RANC_FILES.read(input, (name) =>
    name === 'config.json' || name === 'decoding.json' ? fileOf(name) : undefined,
  );
}

const run = async (files: Files, engine: string) => {
  const { program, recorded } = open(files);
  expect(ranc.verify(program)).toEqual([]);
  const options = { workers: 1, seed: 1, noise: NO_NOISE, engine };
  const {
    samples,
    mismatches,
    correct,
    engine: ran,
    metrics,
    loads,
    outcomes,
  } = await runCompiled({ chip: ranc, program, recorded }, recorded.data, options);
  return { samples, mismatches, correct, engine: ran, metrics, loads, outcomes };
};

describe('an export that is opened again', () => {
  it.each(['threshold', 'thermometer', 'rate'] as const)(
    'gives the recorded class scores on both models, with inputs of code %s',
    async (code) => {
      const network = fc.nat(1_000_000).map((seed) => randomNetwork(seed, { codes: [code], maxSide: 3 }));
      const check = async (graph: NetworkGraph): Promise<void> => {
        const files = await exported(graph, 45);
        const fast = await run(files, 'fast');
        expect(fast).toMatchObject({ samples: 45, mismatches: 0, engine: 'fast' });
        expect(await run(files, 'reference')).toEqual({ ...fast, engine: 'reference' });
      };
      await fc.assert(fc.asyncProperty(network, check), { numRuns: 4 });
    },
  );

  it('differs where the recorded scores are others', async () => {
    const files = await exported(randomNetwork(3, { codes: ['threshold'], maxSide: 3 }), 5);
    const decoding: RancDecoding = JSON.parse(files['decoding.json']);
    const expectedScores = decoding.expectedScores.map((row, s) => (s === 2 ? row.map((x) => x + 1) : row));
    const other = { ...files, 'decoding.json': JSON.stringify({ ...decoding, expectedScores }) };
    expect(await run(other, 'auto')).toMatchObject({ mismatches: 1 });
  });

  it('runs on no other data than those it came with', async () => {
    const { program, recorded } = open(await exported(randomNetwork(3, { codes: ['threshold'], maxSide: 3 }), 5));
    const options = { workers: 1, seed: 1, noise: NO_NOISE };
    const other = { ...recorded.data };
    await expect(runCompiled({ chip: ranc, program, recorded }, other, options)).rejects.toThrow(/recorded-samples/);
    await expect(runCompiled({ chip: ranc, program }, other, options)).rejects.toThrow(/recorded-samples/);
  });
});

describe('files that are no program of samples', async () => {
  const files = await exported(randomNetwork(3, { codes: ['threshold'], maxSide: 3 }), 5);
  const input = JSON.parse(files['input.json']);

  it('are refused with what is missing and the command that runs them', () => {
    const { 'decoding.json': decoding, ...bare } = files;
    expect(() => open(bare)).toThrow(/no-input-code\] input\.json[^]*lodestone ranc run/);
    expect(() => open({ 'input.json': files['input.json'], 'decoding.json': decoding })).toThrow(/no config\.json/);
  });

  it('are refused where a packet is late, goes nowhere, or comes by chance', () => {
    const withPackets = (packets: unknown) => open({ ...files, 'input.json': JSON.stringify({ ...input, packets }) });
    const [x, y] = input.cores[0].coordinates;
    const packet = (offset: number, core = [x, y]) => [
      { destination_core: core, destination_axon: 0, destination_tick: offset },
    ];
    expect(() => withPackets([packet(1)])).toThrow(/packet-outside-samples\] input\.json: packets\.0: .*later/);
    expect(() => withPackets([packet(0, input.output_bus.coordinates)])).toThrow(/without a core/);
    const late = Array.from({ length: 400 }, (_, t) => (t === 399 ? packet(0) : []));
    expect(() => withPackets(late)).toThrow(/packet-outside-samples\] input\.json: packets: .*5 samples/);
  });

  it('are refused where the lines are not those of the bus', () => {
    const decoding: RancDecoding = JSON.parse(files['decoding.json']);
    const shorter = {
      ...decoding,
      lineClass: decoding.lineClass.slice(1),
      lineCoefficient: decoding.lineCoefficient.slice(1),
    };
    expect(() => open({ ...files, 'decoding.json': JSON.stringify(shorter) })).toThrow(/wrong-output/);
  });
});

describe('a model that no TrueNorth program equals', () => {
  /** Thresholds of RANC may have either sign; a TrueNorth-style neuron has none below 0. */
  const strange = async (): Promise<{ program: RancProgram; opened: ReturnType<typeof open> }> => {
    const opened = open(await exported(randomNetwork(3, { codes: ['threshold'], maxSide: 3 }), 5));
    const positiveThreshold = opened.program.cores.positiveThreshold.slice();
    positiveThreshold[0] = -1;
    return { opened, program: { ...opened.program, cores: { ...opened.program.cores, positiveThreshold } } };
  };

  it('runs on the reference model, whichever engine is asked for, and the result says so', async () => {
    const { program, opened } = await strange();
    const options = { workers: 1, seed: 1, noise: NO_NOISE, engine: 'fast' };
    const result = await runCompiled({ chip: ranc, program, recorded: opened.recorded }, opened.recorded.data, options);
    expect(result.engine).toBe('reference');
  });

  it('takes no faults, and says which neuron is in the way', async () => {
    const { program, opened } = await strange();
    const options = { workers: 1, seed: 1, noise: { ...NO_NOISE, ber: 0.1 } };
    await expect(
      runCompiled({ chip: ranc, program, recorded: opened.recorded }, opened.recorded.data, options),
    ).rejects.toThrow(/ranc-positive-threshold\].*core \(\d+, \d+\) neuron 0: positive threshold -1 is not in 0\.\./);
  });

  it('keeps its sizes, whatever they are', async () => {
    const { program } = open(await exported(randomNetwork(3, { codes: ['threshold'], maxSide: 3 }), 5));
    const large = { ...RANC_CHIP, axonsPerCore: 5000, nWeights: 20 };
    expect(ranc.verify({ ...program, spec: { ...program.spec, name: 'x' } })).toEqual([]);
    expect(() => compileNetwork(randomNetwork(3, { codes: ['threshold'] }), { chip: ranc, spec: large })).toThrow(
      /unsupported-chip.*axonsPerCore[^]*unsupported-chip.*nWeights/,
    );
  });
});
