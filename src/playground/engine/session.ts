/** What the page asks for, answered by the same functions as the command line. Nothing here knows pages: tests run it on Node. */
import type { Chip } from '../../chips/chip.js';
import { CHIPS } from '../../chips/installed.js';
import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt, fail, throwIfErrors, UserError } from '../../common/diagnostics.js';
import { sha256 } from '../../common/sha256.js';
import { openNetwork } from '../../compiler/frontends/open-network.js';
import { chipNamed } from '../../flow/chip-named.js';
import { decisions, evaluateReferences } from '../../flow/compare.js';
import { deployOn } from '../../flow/deploy.js';
import { originOf } from '../../flow/origin.js';
import type { Compilation } from '../../flow/runnable.js';
import { openSimulation } from '../../flow/simulation.js';
import { compileNetwork, runCompiled, writeProgram } from '../../flow.js';
import { FAULTS, isFaultName } from '../../ir/faults/catalogue.js';
import { faultProblems } from '../../ir/faults/check.js';
import { NO_NOISE, type NoiseSpec, noiseOf, unknownFault } from '../../ir/faults/levels.js';
import { inferShapes, sizeOf } from '../../ir/network/shapes.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { ProgramView, ViewTable } from '../../ir/trace/program-view.js';
import type { RunResult } from '../../ir/trace/run-result.js';
import { renderReport } from '../../report/render-report.js';
import { encodeResultFile } from '../../report/result-file.js';
import type { Answer, AskedFault, PageData, Request, SpikeTrace } from './messages.js';

/** Values of a trace, bytes: beyond it only the spikes of every core are kept. */
const MOST_FIRED = 1 << 23;
/** Values of a trace by core. */
const MOST_COUNTS = 1 << 24;
/** Largest file that is read. */
const MOST_BYTES = 1 << 28;

interface Model {
  readonly float: NetworkGraph;
  readonly bytes: Uint8Array;
}
interface Measured {
  readonly result: RunResult;
  readonly view: ProgramView;
  readonly command: string;
}

/** Answers requests, one open network at a time. */
export interface Session {
  /** `onProgress` hears of samples that are done. Never throws for what comes from outside. */
  ask(request: Request, onProgress?: (done: number, total: number) => void): Promise<Answer>;
}

/** A session of its own; `version` is that of the program, for files that it writes. */
export function openSession(version: string): Session {
  let model: Model | undefined;
  let compiled: Compilation | undefined;
  let measured: Measured | undefined;
  let measuring: AbortController | undefined;

  const compilation = (): Compilation =>
    compiled ?? fail('nothing-compiled', 'the page', 'no network is on a chip', 'choose a network and a chip');

  const answer = async (request: Request, onProgress: (done: number, total: number) => void): Promise<Answer> => {
    switch (request.kind) {
      case 'open': {
        const { bytes, place } = request;
        if (bytes.length > MOST_BYTES) {
          fail('file-too-large', place, `it has ${bytes.length} bytes`, `use a file of at most ${MOST_BYTES} bytes`);
        }
        const { graph, warnings } = await openNetwork({ bytes, place, beside: () => Promise.resolve(undefined) });
        measuring?.abort();
        [model, compiled, measured] = [{ float: graph, bytes }, undefined, undefined];
        const chips = CHIPS.map(({ name, title }) => ({ name, title }));
        return {
          kind: 'opened',
          name: graph.name,
          shape: inputShapeOf(graph),
          layers: layersOf(graph),
          warnings,
          chips,
        };
      }
      case 'compile': {
        const { float } = model ?? fail('no-network', 'the page', 'no network is open', 'choose or drop one');
        measuring?.abort();
        const { name, options } = chipNamed(request.chip);
        const draws = request.seed !== undefined && options.some(({ key }) => key === 'seed');
        const made = compileNetwork(float, { chip: name, ...(draws ? { seed: request.seed } : {}) });
        [compiled, measured] = [{ ...made, float }, undefined];
        return {
          kind: 'compiled',
          view: made.chip.view(made.program),
          warnings: made.warnings,
          faults: faultsOf(made.chip),
        };
      }
      case 'watch':
        return watch(compilation(), request.image, request.fault);
      case 'measure': {
        const runnable = compilation();
        measuring?.abort();
        const own = (measuring = new AbortController());
        const { data, limit, fault } = request;
        const options = {
          workers: 1,
          seed: fault.seed,
          noise: noiseFrom(fault),
          limit,
          signal: own.signal,
          onProgress,
        };
        const result = await runCompiled(runnable, data, options);
        measured = {
          result,
          view: runnable.chip.view(runnable.program),
          command: commandOf(runnable, data, limit, fault),
        };
        const { samples, accuracy, accuracyInterval: interval, accuracyInteger, mismatches, host } = result;
        const { seconds } = host;
        return { kind: 'measured', samples, accuracy, interval, accuracyInteger, mismatches, seconds };
      }
      case 'export':
        return exported(request.what);
    }
  };

  const exported = async (what: 'program' | 'result' | 'report'): Promise<Answer> => {
    const runnable = compilation();
    const name = runnable.program.name;
    if (what === 'program') return { kind: 'exported', bytes: writeProgram(runnable), name: `${name}.lsp` };
    const { result, view, command } =
      measured ?? fail('nothing-measured', 'the page', 'no data set was run', 'run one, then export');
    const { bytes } = present(model, 'the model of a program');
    const origins = [originOf(runnable, { kind: 'model', sha256: sha256(bytes) }, version)];
    const content = { results: [result], programs: [view], noise: [], origins, commands: [command] };
    const text =
      what === 'result'
        ? encodeResultFile(content)
        : await renderReport({ title: `${name} on ${runnable.chip.name}`, ...content });
    return {
      kind: 'exported',
      bytes: new TextEncoder().encode(text),
      name: `${name}.${what === 'result' ? 'json' : 'html'}`,
    };
  };

  return {
    ask: async (request, onProgress = () => undefined) => {
      try {
        return await answer(request, onProgress);
      } catch (error) {
        if (error instanceof UserError) return { kind: 'failed', diagnostics: error.diagnostics };
        if (error instanceof DOMException && error.name === 'AbortError') return { kind: 'replaced' };
        return { kind: 'failed', diagnostics: [ofOurs(error)] };
      }
    },
  };
}

/** The same from a shell. */
function commandOf(
  { program, chip }: Compilation,
  data: PageData,
  limit: number,
  { fault, level, seed }: AskedFault,
): string {
  const noise = level > 0 ? ` --noise ${fault}=${level}` : '';
  return `lodestone run ${program.name}.lsn --chip ${chip.name} --data ${data.name} --limit ${limit}${seed === 1 ? '' : ` --seed ${seed}`}${noise}`;
}

const ofOurs = (error: unknown): Diagnostic =>
  errorAt(
    'internal',
    'the page',
    error instanceof Error ? error.message : String(error),
    'report it with the file, if you may',
  );

function noiseFrom({ fault, level }: AskedFault): NoiseSpec {
  if (level === 0) return NO_NOISE;
  if (!isFaultName(fault)) throw new UserError([unknownFault(fault, 'noise')]);
  return noiseOf(fault, level);
}

const inputShapeOf = (graph: NetworkGraph): readonly number[] =>
  present(
    graph.nodes.find((node) => node.kind === 'input'),
    'input of a network',
  ).shape;

function faultsOf(chip: Chip) {
  const { faults } = chip.faults();
  return FAULTS.filter(({ name }) => faults[name] === true).map(({ name, level, limit }) => ({
    name,
    text: level,
    limit,
  }));
}

function layersOf(graph: NetworkGraph): ViewTable {
  const shapes = inferShapes(graph);
  return {
    columns: [
      { title: 'layer', align: 'text' },
      { title: 'kind', align: 'text' },
      { title: 'output', align: 'number' },
    ],
    rows: graph.nodes.map((node): readonly string[] => [node.id, node.kind, (shapes.get(node.id) ?? []).join(' x ')]),
    note: '',
  };
}

/** One sample on the chip with its faults. */
async function watch(runnable: Compilation, image: Uint8Array, fault: AskedFault): Promise<Answer> {
  const { chip } = runnable;
  const { seed } = fault;
  const noise = noiseFrom(fault);
  throwIfErrors(faultProblems({ noise }, chip.faults(runnable.program.spec)));
  const faults = { noise, chipSeed: seed };
  const program = deployOn(runnable, faults);
  const { nClasses } = program.outputs;
  const shape = program.inputShape;
  if (image.length !== sizeOf(shape)) {
    fail('wrong-image', 'the input', `it has ${image.length} values`, `give ${sizeOf(shape)}`);
  }
  const data = { name: 'input', shape, images: image, labels: new Uint8Array(1), nClasses };
  const options = { workers: 1, seed, noise, float: false, limit: 1 };
  const { oracle } = await evaluateReferences(runnable, data, options, () => undefined);
  const runner = chip.open(program, { workers: 1 });
  try {
    const { scores } = await runner.run(data, { ...faults, seed, limit: 1 });
    const expected = Int32Array.from({ length: nClasses }, (_, k) => present(oracle.scores[k], 'score'));
    const [expectedClass = 0] = decisions(runnable.program, expected, 1);
    const [decidedClass = 0] = decisions(program, scores, 1);
    const trace = await traceOf(chip, deployOn(runnable, { ...faults, noise: seenNoise(noise) }), {
      data,
      index: 0,
      seed,
    });
    const found = { expected, scores, expectedClass, decidedClass };
    return { kind: 'watched', ...found, ...(trace && { trace }) };
  } finally {
    await runner.close();
  }
}

/** Flips in both directions at one rate, said as two: then the chip holds the flipped bits, where its runner would flip them on the way. The same bits. */
const seenNoise = (noise: NoiseSpec): NoiseSpec => ({
  ...noise,
  ber: 0,
  ber_0to1: noise.ber_0to1 + noise.ber,
  ber_1to0: noise.ber_1to0 + noise.ber,
});

/** The spikes of every step, where the chip has neurons that send some. */
async function traceOf(
  chip: Chip,
  program: Compilation['program'],
  sample: { readonly data: PageData; readonly index: number; readonly seed: number },
): Promise<SpikeTrace | undefined> {
  const nCores = chip.structure(program).nCores;
  const simulation = await openSimulation({ chip, program }, { sample, spikes: true });
  try {
    const { steps } = simulation;
    const field = simulation.fields.find(({ name }) => name === 'spikes');
    if (field === undefined || steps * nCores > MOST_COUNTS) return undefined;
    const neuronsPerCore = field.length / nCores;
    if (!Number.isInteger(neuronsPerCore)) return undefined;
    const counts = new Uint16Array(steps * nCores);
    const fired = steps * field.length > MOST_FIRED ? undefined : new Uint8Array(steps * field.length);
    for (let step = 0; step < steps; step++) {
      await simulation.step();
      const spikes = simulation.peek('spikes');
      fired?.set(spikes, step * field.length);
      spikes.forEach((spike, i) => {
        if (spike !== 0) counts[step * nCores + Math.floor(i / neuronsPerCore)]!++;
      });
    }
    return { steps, nCores, neuronsPerCore, counts, ...(fired && { fired }) };
  } finally {
    await simulation.close();
  }
}
