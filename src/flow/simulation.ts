/**
 * A program that is simulated step by step: opened, looked into, written to, stopped and gone on with. What a checkpoint holds does not depend on the
 * model, the engine or the number of threads: any of them goes on from it, bit for bit.
 */
import type {
  Chip,
  ChipKit,
  ChipStepper,
  StepperField,
  Stimulus,
  StimulusSample,
  ThreadedStepper,
} from '../chips/chip.js';
import { fail, throwIfErrors } from '../common/diagnostics.js';
import { encodeContainer } from '../common/container.js';
import { sha256 } from '../common/sha256.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import type { Waveform } from '../ir/trace/waveform.js';
import type { ProbeRequest } from '../chips/chip.js';
import type { Checkpoint } from './checkpoint.js';

/** What enters, and what computes. */
export interface SimulationRequest {
  /** A sample of a data set; or `stimulus`; or `from`, whose own it goes on with. */
  readonly sample?: StimulusSample | undefined;
  readonly stimulus?: Stimulus | undefined;
  /** Goes on from here. */
  readonly from?: Checkpoint | undefined;
  /** One of the models of the chip; its first one, the specification, without it. All give the same bits. */
  readonly model?: string | undefined;
  /** Whether there is a field of the neurons that fired. */
  readonly spikes?: boolean | undefined;
  /** More than one: the chip's model of several threads, where it has one. */
  readonly workers?: number | undefined;
}

/** A program between two steps. One call at a time. */
export interface Simulation {
  /** The step that comes next; 0 at first. */
  readonly now: number;
  /** Steps of the stimulus. */
  readonly steps: number;
  /** The model that runs. */
  readonly model: string;
  /** What can be seen, and written. */
  readonly fields: readonly StepperField[];
  /** Computes up to so many steps, 1 without it; how many there were before the end of the stimulus. */
  step(count?: number): Promise<number>;
  /** The values of a field, a copy. @throws RangeError for a field that is not there */
  peek(field: string): Int32Array;
  /** Writes one value of a writable field. @throws RangeError for what is not there or cannot be written */
  poke(field: string, index: number, value: number): void;
  /** Everything that decides what comes next. */
  snapshot(): Checkpoint;
  /** Goes on from a checkpoint of this program and stimulus. @throws UserError for another one's */
  restore(checkpoint: Checkpoint): Promise<void>;
  /** Records a core over steps that have not been computed yet. @throws UserError for what is not there */
  probe(request: ProbeRequest): Promise<Waveform>;
  /** Ends the threads, if there are any. */
  close(): Promise<void>;
}

/** A program with its chip. */
interface Opened {
  readonly chip: Chip;
  readonly program: ChipProgram;
}

/** @throws UserError for chips that cannot be simulated step by step, for samples that have no way in, and for models that are not there */
export async function openSimulation({ chip, program }: Opened, request: SimulationRequest): Promise<Simulation> {
  const kit = await kitOf(chip);
  const { from, sample, workers = 1 } = request;
  const stimulus = from?.stimulus ?? request.stimulus ?? sampled(chip, kit, program, sample);
  const input = from?.input ?? (sample === undefined ? 'a stimulus' : `sample ${sample.index} of ${sample.data.name}`);
  const model = request.model ?? kit.models[0];
  if (!kit.models.includes(model)) {
    fail('unknown-model', `model ${model}`, `${chip.title} have no such model`, `use ${kit.models.join(', ')}`);
  }
  const identity = { chip: chip.name, program: program.name, programSha256: digestOf(program) };
  if (from !== undefined) checkOwner(from, identity, stimulus);
  if (request.stimulus !== undefined || from !== undefined) throwIfErrors(kit.problems(program, stimulus));
  const stepper =
    (workers > 1 ? await kit.openThreads?.(program, stimulus, workers) : undefined) ??
    kit.open(program, stimulus, model, { spikes: request.spikes === true });
  const restore = async (checkpoint: Checkpoint): Promise<void> => {
    checkOwner(checkpoint, identity, stimulus);
    try {
      await stepper.restore?.(checkpoint);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      fail('bad-checkpoint', `checkpoint of "${checkpoint.program}"`, error.message, 'write it again with --save');
    }
  };
  const simulation: Simulation = {
    get now() {
      return stepper.now;
    },
    ...{ steps: stimulus.steps, model: isThreaded(stepper) ? `${workers} threads` : model },
    fields: stepper.fields,
    step: async (count = 1) => (isThreaded(stepper) ? stepper.run(count) : stepsOf(stepper, count)),
    peek: (field) => stepper.peek(field),
    poke: (field, index, value) => stepper.poke(field, index, value),
    snapshot: () => {
      const state = stepper.snapshot?.();
      if (state === undefined)
        return fail('no-state', `model ${model}`, 'its state cannot be taken out', 'take another model');
      return { ...identity, input, stimulus, ...state };
    },
    restore,
    probe: async (asked) => {
      if (isThreaded(stepper) || kit.probe === undefined) {
        return fail('no-probe', chip.title, 'nothing can be recorded of a core here', 'use one thread');
      }
      const at = stepper.now;
      const steps = { from: Math.max(at, asked.from), to: Math.min(asked.to, stimulus.steps) };
      if (steps.from >= steps.to || asked.from < at) {
        const message = `steps ${asked.from} to ${asked.to - 1} are asked for, and there are ${at} to ${stimulus.steps - 1}`;
        fail('no-steps', `core ${asked.core.join(',')}`, message, 'ask for some of these');
      }
      const signals = kit.probe(program, stepper, stimulus, { ...asked, ...steps });
      const { time } = chip.measure(program);
      return {
        ...{ kind: 'waveform', name: program.name, target: chip.name, chip: program.spec.name, input },
        ...{ core: asked.core, time: { unit: time.unit, unitSeconds: time.unitSeconds, ...steps }, model, signals },
      };
    },
    close: async () => {
      if (isThreaded(stepper)) await stepper.close();
    },
  };
  if (from !== undefined) await restore(from);
  return simulation;
}

const isThreaded = (stepper: ChipStepper | ThreadedStepper): stepper is ThreadedStepper => 'run' in stepper;

function stepsOf(stepper: ChipStepper, count: number): number {
  let done = 0;
  while (done < count && stepper.step()) done++;
  return done;
}

async function kitOf(chip: Chip): Promise<ChipKit> {
  const kit = await chip.kit?.();
  if (kit !== undefined) return kit;
  return fail(
    'no-models',
    chip.title,
    'they have no models that go step by step',
    'give the chip a kit, or run it as a whole',
  );
}

function sampled(chip: Chip, kit: ChipKit, program: ChipProgram, sample: StimulusSample | undefined): Stimulus {
  if (sample === undefined || kit.sampleStimulus === undefined) {
    return fail(
      'no-stimulus',
      `program "${program.name}"`,
      `samples have no way into the models of ${chip.title}`,
      'pass a stimulus',
    );
  }
  return kit.sampleStimulus(program, sample);
}

/** Of everything that a program is. */
const digestOf = (program: ChipProgram): string => sha256(encodeContainer('program', { program }));

type Identity = Pick<Checkpoint, 'chip' | 'program' | 'programSha256'>;

function checkOwner(checkpoint: Checkpoint, own: Identity, stimulus: Stimulus): void {
  const place = `checkpoint of "${checkpoint.program}"`;
  if (checkpoint.programSha256 !== own.programSha256) {
    const message = `it is of program "${checkpoint.program}" (${checkpoint.chip}, SHA-256 ${checkpoint.programSha256.slice(0, 8)}...), not of this one`;
    fail('checkpoint-of-another-program', place, message, 'pass the program that it was taken of');
  }
  const same = (['events', 'values'] as const).every((name) => {
    const [a, b] = [checkpoint.stimulus[name], stimulus[name]];
    return a.length === b.length && a.every((value, i) => value === b[i]);
  });
  if (same && checkpoint.stimulus.steps === stimulus.steps) return;
  fail(
    'checkpoint-of-another-stimulus',
    place,
    'what entered was another sample',
    'open the simulation from the checkpoint',
  );
}
