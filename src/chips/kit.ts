/** What a conformance kit needs of a chip: the rules of its specification, random legal programs, and models that go step by step. */
import type { Diagnostic } from '../common/diagnostics.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import type { WaveSignal } from '../ir/trace/waveform.js';

/** The kit of a kind of chip. */
export interface ChipKit<P extends ChipProgram = ChipProgram, S extends { readonly name: string } = P['spec']> {
  readonly rules: readonly ChipRule[];
  /** Models that go step by step; the first one is the specification. */
  readonly models: readonly [string, ...string[]];
  /** Further ones, for comparisons: other engines and arrangements of the work. They may lack fields and states, and refuse programs. */
  readonly variants?: readonly KitVariant[] | undefined;
  /** A legal program, a function of the seed, the spec and the wishes; edge values are drawn often. */
  randomProgram(seed: number, spec?: S, wishes?: ProgramWishes): P;
  /** What enters a program in so many steps, a function of both and the seed; chips whose programs say how long they run take no number. */
  randomStimulus(program: P, seed: number, steps?: number): Stimulus;
  /** What enters for one sample of a data set, from a chip at rest to the last output of the sample; absent where samples have no way in. */
  sampleStimulus?(program: P, sample: StimulusSample): Stimulus;
  /**
   * Opens a program on one of the models, before its first step.
   * @throws RangeError for a model that is not there; UserError for a program that it cannot run
   */
  open(program: P, stimulus: Stimulus, model?: string, options?: StepperOptions): ChipStepper;
  /** The same on several threads, where there is such a model. */
  openThreads?(program: P, stimulus: Stimulus, workers: number): Promise<ThreadedStepper>;
  /** Signals of one core along time; absent where nothing of a core can be seen. @throws UserError for cores, neurons and signals that are not there */
  probe?(program: P, stepper: ChipStepper, stimulus: Stimulus, request: ProbeRequest): readonly WaveSignal[];
  /** What keeps the models from running a program with a stimulus, both from outside: legal bytes need not be a legal case. */
  problems(program: P, stimulus: Stimulus): readonly Diagnostic[];
  /** Cores that are computed in every step. */
  cores(program: P): number;
  /** What the specification did at one place in one step; absent where a chip does not say. */
  explain?(program: P, stimulus: Stimulus, at: FieldPlace): StepExplanation;
  /** Wrong models, each wrong in one rule: tests have to tell all of them from the specification. */
  readonly mutants?: readonly ChipMutant<P>[];
  /** Smaller cases of the same kind, the largest steps first; absent where programs have no parts that can be left out. */
  reductions?(program: P, stimulus: Stimulus): Iterable<KitCase<P>>;
  /** How a program is said to a model in another process; absent where there is none. */
  readonly foreign?: ForeignForm<P> | undefined;
}

/** What to record of a core. */
export interface ProbeRequest {
  readonly core: readonly [x: number, y: number];
  /** First and last neuron; all of them without it. */
  readonly neurons?: readonly [first: number, last: number] | undefined;
  /** Groups of signals, as the chip calls them; those that it shows by itself without it. */
  readonly signals?: readonly string[] | undefined;
  /** The steps from..to - 1. */
  readonly from: number;
  readonly to: number;
}

/** A further model of a kit. */
export interface KitVariant {
  readonly name: string;
  /** The programs that it takes, by what {@link ProgramWishes} can ask for. */
  readonly takes: 'everything' | 'plain';
}

/** Hears of a rule of the kit, by its id. */
export type NoteRule = (rule: string) => void;

/** How a model is opened. */
export interface StepperOptions {
  /** Whether there is a field `spikes`, [nCores, nNeurons] 1 where a neuron sent a spike in the last step; where the chip has neurons. It takes time. */
  readonly spikes?: boolean | undefined;
  /** Whether there are fields of what happens inside, and counters, where the model has them. */
  readonly inside?: boolean | undefined;
  /** Hears of every rule that decided something; only the specification says. */
  readonly note?: NoteRule | undefined;
}

/** A sample of a data set on its way into a chip. */
export interface StimulusSample {
  readonly data: LabelledImages;
  readonly index: number;
  /** Draws of Bernoulli inputs. */
  readonly seed: number;
}

/** What a random program should be like. */
export interface ProgramWishes {
  /** Only what every model of the kit can do: nothing drawn by chance, and no mode that one of them lacks. */
  readonly plain?: boolean | undefined;
  /** Nothing drawn by chance. */
  readonly deterministic?: boolean | undefined;
  /** 0 (the least) to 1: how large it is; 1 without it. */
  readonly size?: number | undefined;
  /** Most cores, where the chip's random programs have cores of their own; 4 without it. */
  readonly cores?: number | undefined;
}

/** A program with what enters it. */
export interface KitCase<P extends ChipProgram = ChipProgram> {
  readonly program: P;
  readonly stimulus: Stimulus;
}

/** One value of a model. */
export interface FieldPlace {
  readonly step: number;
  readonly field: string;
  readonly index: number;
}

/** What a step did at one place. */
export interface StepExplanation {
  /** `core 3 (1, 2), neuron 17`. */
  readonly place: string;
  /** What the step read there, by name, in the order of its use. */
  readonly inputs: readonly (readonly [name: string, value: string])[];
  /** The rules that decided something there, in the order in which they were applied; the last one decided the value. */
  readonly rules: readonly string[];
}

/** A wrong model. */
export interface ChipMutant<P extends ChipProgram = ChipProgram> {
  /** Kebab-case, unique in the chip. */
  readonly id: string;
  /** The rule that it breaks. */
  readonly rule: string;
  /** What it does instead. */
  readonly text: string;
  /** Opens a program, before its first step. */
  open(program: P, stimulus: Stimulus): ChipStepper;
}

/** How a program is said to a model in another process. */
export interface ForeignForm<P extends ChipProgram = ChipProgram> {
  /** One page: what the lines mean. */
  readonly page: string;
  /** The program, in lines of words and decimal integers. */
  lines(program: P): Iterable<string>;
}

/** One rule of the specification of a chip. */
export interface ChipRule {
  /** Kebab-case, unique in the chip. */
  readonly id: string;
  readonly text: string;
  readonly source: string;
}

/** What enters a chip. */
export interface Stimulus {
  /** Ticks or cycles that are run. */
  readonly steps: number;
  /** [nEvents, 3] step, core and line of each event of the host, steps ascending; empty for chips without events. */
  readonly events: Int32Array;
  /** What is loaded before the first step; empty for chips that load nothing. */
  readonly values: Int32Array;
}

/**
 * How much of a model a field belongs to: what leaves the chip, what it keeps and passes on inside, what is counted.
 */
export const FIELD_LEVELS = ['outputs', 'state', 'counters'] as const;
/** One of them. */
export type FieldLevel = (typeof FIELD_LEVELS)[number];

/** Something of a model that can be seen. */
export interface StepperField {
  readonly name: string;
  readonly length: number;
  readonly writable: boolean;
  readonly what: string;
  /** `state` without it. */
  readonly level?: FieldLevel | undefined;
  /** [length] 0: this model does not know the value, which is not compared; it knows all without it. */
  readonly known?: Uint8Array | undefined;
}

/** A model with a program in it. */
export interface ChipStepper {
  /** The step that comes next; 0 at first. */
  readonly now: number;
  readonly fields: readonly StepperField[];
  /** Computes one tick or cycle; false, and nothing computed, after the last step of the stimulus. */
  step(): boolean;
  /** The values of a field, a copy. @throws RangeError for a field that is not there */
  peek(field: string): Int32Array;
  /** Writes one value of a writable field. @throws RangeError for what is not there or cannot be written */
  poke(field: string, index: number, value: number): void;
  /** Everything that decides what comes next, a copy; any model of the program goes on from it. Absent where a model cannot. */
  snapshot?(): StepperState;
  /** Goes on from a state of this program and stimulus. @throws RangeError for one of another program */
  restore?(state: StepperState): void;
}

/** The state of a model between two steps. */
export interface StepperState {
  readonly now: number;
  /** By name; none for a model that goes on by computing its steps again. */
  readonly values: Readonly<Record<string, Int32Array>>;
}

/** A model on several threads: the same bits as the others. */
export interface ThreadedStepper extends Omit<ChipStepper, 'step' | 'snapshot' | 'restore'> {
  /** Computes up to so many steps; how many there were before the end of the stimulus. */
  run(steps: number): Promise<number>;
  /** As that of {@link ChipStepper}. */
  snapshot(): StepperState;
  /** Likewise. */
  restore(state: StepperState): Promise<void>;
  /** Ends the threads. */
  close(): Promise<void>;
}
