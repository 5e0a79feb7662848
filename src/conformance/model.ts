/** What is compared: a model with a program in it, wherever it runs, or a recording of one. */
import type { ChipKit, KitCase, StepperField, StepperOptions } from '../chips/kit.js';
import type { ChipProgram } from '../ir/program/chip-program.js';

/** A model that goes step by step. A stepper of a chip is one. */
export interface RunningModel {
  readonly fields: readonly StepperField[];
  /** Computes one tick or cycle; false, and nothing computed, after the last step. */
  step(): boolean | Promise<boolean>;
  /** The values of a field after the last step. @throws RangeError for a field that is not there */
  peek(field: string): Int32Array;
}

/** A model that programs can be loaded into. */
export interface ModelUnderTest<P extends ChipProgram = ChipProgram> {
  /** As messages name it. */
  readonly name: string;
  /** What it can run. */
  readonly takes: 'everything' | 'deterministic' | 'plain';
  /** Before its first step. @throws UserError for a program that it refuses */
  open(of: KitCase<P>): RunningModel | Promise<RunningModel>;
  /** Ends what it started; once, at the end. */
  close(): Promise<void>;
}

/** One of the models of a kit, by its name; the specification without one. */
export function modelOfKit<P extends ChipProgram>(
  kit: ChipKit<P>,
  name: string = kit.models[0],
  options: StepperOptions = {},
): ModelUnderTest<P> {
  return {
    name,
    takes: kit.variants?.find((one) => one.name === name)?.takes ?? 'everything',
    open: ({ program, stimulus }) => kit.open(program, stimulus, name, options),
    close: () => Promise.resolve(),
  };
}

/** The names of all models of a kit, the specification first. */
export const modelNames = ({ models, variants = [] }: Pick<ChipKit, 'models' | 'variants'>): readonly string[] => [
  ...models,
  ...variants.map(({ name }) => name),
];

/** A chip on several threads, where its kit has that; undefined where it has not. */
export function threadedModel(kit: ChipKit, workers: number): ModelUnderTest | undefined {
  const { openThreads } = kit;
  if (openThreads === undefined) return undefined;
  let open: Awaited<ReturnType<typeof openThreads>> | undefined;
  const close = async (): Promise<void> => {
    await open?.close();
    open = undefined;
  };
  return {
    name: `workers:${workers}`,
    takes: 'everything',
    open: async ({ program, stimulus }) => {
      await close();
      const threads = await openThreads(program, stimulus, workers);
      open = threads;
      return {
        fields: threads.fields,
        step: async () => (await threads.run(1)) === 1,
        peek: (field) => threads.peek(field),
      };
    },
    close,
  };
}
