/** How long the ticks of a program have to be. Times are in ns from the beginning of a tick unless said otherwise. */

/** A packet on its way, from the beginning of its tick to its arrival. */
export interface PacketTiming {
  readonly tick: number;
  readonly core: number;
  readonly neuron: number;
  readonly targetCore: number;
  readonly delay: number;
  /** Until the core sent it. */
  readonly sendNs: number;
  /** From there through an empty mesh. */
  readonly distanceNs: number;
  /** Waiting for other packets and for chip edges. */
  readonly waitNs: number;
  /** Sum of the three. */
  readonly arrivalNs: number;
}

/** What a tick cannot be shorter for: the slowest core, or one packet: the time of its core, its way, other packets. */
export type TickLimit = 'core' | 'core of a packet' | 'distance' | 'contention';

/** Spikes over a chip edge in the busiest tick. */
export interface EdgeUse {
  readonly edge: string;
  readonly spikesPerTick: number;
  readonly tick: number;
  /** What the port passes in a tick of the asked length; absent when edges cost nothing. */
  readonly budget: number | null;
}

/** What `lodestone timing` prints. */
export interface TimingResult {
  readonly kind: 'timing-result';
  readonly name: string;
  readonly chip: string;
  readonly data: string;
  readonly samples: number;
  readonly model: 'event' | 'clocked';
  readonly ticks: number;
  readonly ticksPerSample: number;
  readonly packets: number;
  /** Synaptic operations of the busiest core and tick. */
  readonly maxCoreEvents: number;
  /** The slowest core of all ticks, and the mean over ticks of the slowest core. */
  readonly coreNs: { readonly max: number; readonly mean: number; readonly cycles: number | null };
  /** From release to arrival, in cycles of the mesh. */
  readonly meshCycles: {
    readonly mean: number;
    readonly max: number;
    readonly zeroLoadMean: number;
    readonly cycleNs: number;
  };
  /** With ticks of the asked length. */
  readonly deadline: {
    readonly tickNs: number;
    readonly met: boolean;
    readonly missedPackets: number;
    /** Ticks in which a core was not done. */
    readonly lateTicks: number;
    /** Least time between an arrival and its deadline; null without packets. */
    readonly slackNs: number | null;
  };
  /** The shortest tick that meets every deadline. */
  readonly fastest: {
    readonly tickNs: number;
    readonly ticksPerSecond: number;
    readonly samplesPerSecond: number;
    readonly limitedBy: TickLimit;
    /** The packet that decides, when one does. */
    readonly packet: PacketTiming | null;
    /** Packets of neighbouring ticks meet on the mesh; the tick was found by trying. */
    readonly overlapping: boolean;
  };
  /** Chip edges that carry spikes, the busiest first. */
  readonly edges: readonly EdgeUse[];
}
