/** Spikes of one kind in ascending order of ticks; `index` is core * neuronsPerCore + neuron, or core * axonsPerCore + axon. */
export interface TimedSpikes {
  readonly tick: Int32Array;
  readonly index: Int32Array;
}
