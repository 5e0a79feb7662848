/** What the operations of one thread share. */
import type { NorthPoleImage } from './image.js';
import type { CurrentUse, LookUp } from './use-faults.js';

type KernelFunction = (...args: number[]) => void;

/** What the kernel exports. */
type KernelName =
  | 'addRows'
  | 'average'
  | 'copyChannels'
  | 'depthwise'
  | 'doublingHighProduct'
  | 'gather'
  | 'load16'
  | 'load32'
  | 'lookup'
  | 'multiply'
  | 'multiplyBits'
  | 'packBits'
  | 'pool16'
  | 'pool32'
  | 'requantise'
  | 'rowSums'
  | 'store16'
  | 'store32'
  | 'threshold';

/** The kernel of one thread, where its state begins, and what it computes for. */
export interface Context {
  readonly image: NorthPoleImage;
  readonly state: number;
  readonly lookUp: LookUp;
  readonly use: CurrentUse;
  readonly kernel: Readonly<Record<KernelName, KernelFunction>>;
}

/** Address of a tensor of the state. */
export const tensorAt = ({ image, state }: Pick<Context, 'image' | 'state'>, tensor: number): number =>
  state + image.plan.tensors[tensor]!.offset;
