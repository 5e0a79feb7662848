/** What every chip's program has, whichever chip it is for. */
import type { z } from 'zod';
import type { Diagnostic } from '../../common/diagnostics.js';
import type { SampleReader } from '../network/check-samples.js';
import type { CompleteReadout } from '../network/readout.js';
import type { InputCode, Shape } from '../network/types.js';

/** How a program of a network with time (NetworkGraph.time) takes a sample, a sequence of frames. */
export interface EventWindow {
  /** Largest coded count of an input element in a step: beyond it there are no axons. */
  readonly maxCount: number;
  /** Steps of a sample up to which every potential is that of the network. */
  readonly maxSteps: number;
  /** Steps of a sample, where the program is made ready for data; absent in files. */
  readonly steps?: number;
}

/** What is loaded into a chip. The fields below are read above the chips; all others are the business of the chip that `kind` names. */
export interface ChipProgram {
  /** Name of the kind of chip, as in `--chip`. */
  readonly kind: string;
  /** Name of the network. */
  readonly name: string;
  /** The chip; its other fields are known to its kind. */
  readonly spec: { readonly name: string };
  /** Shape of a sample, or, with `events`, of one of its frames. */
  readonly inputShape: Shape;
  readonly inputCode: InputCode;
  readonly outputs: CompleteReadout & { readonly nClasses: number };
  /** Absent for networks without time. */
  readonly events?: EventWindow;
}

/** What a program reads and decides between. */
export const programReader = ({
  inputShape,
  outputs,
  events,
}: Omit<ChipProgram, 'kind' | 'spec' | 'name' | 'inputCode'>): SampleReader => ({
  inputShape,
  nClasses: outputs.nClasses,
  ...(events === undefined ? {} : { takes: 'sequences' }),
});

/** How program files hold the programs of one kind of chip. */
export interface ProgramFormat<P extends ChipProgram = ChipProgram> {
  /** The kind of its programs. */
  readonly kind: P['kind'];
  /** Types and bounds of every field. */
  readonly schema: z.ZodType<P>;
  /** What a schema cannot say: lengths and indices that everything after relies on. The limits of the chip are its verifier's business. */
  check(program: P, place: string, remedy: string): readonly Diagnostic[];
}
