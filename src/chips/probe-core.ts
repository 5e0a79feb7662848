/** Signals of one core of a chip of spiking cores: spikes, potentials, active axons. */
import { fail } from '../common/diagnostics.js';
import { WaveRecorder, type WaveSignal } from '../ir/trace/waveform.js';
import type { ChipStepper, ProbeRequest, Stimulus } from './chip.js';

/** What is read of a program here. */
export interface ProbedCores {
  readonly spec: { readonly neuronsPerCore: number; readonly axonsPerCore: number };
  readonly cores: { readonly nCores: number; readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };
}

/** The groups of signals there are; without a choice the first two. */
export const CORE_SIGNALS = ['spikes', 'potentials', 'axons'] as const;

/** Records a core while the stepper goes through the steps of the request. @throws UserError for what is not there */
export function probeCore(
  { spec, cores }: ProbedCores,
  stepper: ChipStepper,
  stimulus: Stimulus,
  { core: [x, y], neurons, signals = CORE_SIGNALS.slice(0, 2), from, to }: ProbeRequest,
): readonly WaveSignal[] {
  const { neuronsPerCore: nN } = spec;
  const places = Array.from({ length: cores.nCores }, (_, c) => `${cores.x[c]},${cores.y[c]}`);
  const index = places.indexOf(`${x},${y}`);
  if (index < 0) {
    const some = `${places.slice(0, 8).join(' ')}${places.length > 8 ? ' ...' : ''}`;
    fail(
      'unknown-core',
      `core ${x},${y}`,
      `the program has no core there`,
      `name one of its ${places.length}: ${some}`,
    );
  }
  const [first, last] = neurons ?? [0, nN - 1];
  if (!(first <= last && last < nN)) {
    fail('unknown-neuron', `neurons ${first}-${last}`, `a core has neurons 0 to ${nN - 1}`, 'name some of them');
  }
  const unknown = signals.filter((name) => !CORE_SIGNALS.some((known) => known === name));
  if (unknown.length > 0) {
    fail(
      'unknown-signal',
      `signals ${unknown.join(',')}`,
      'a core has no such signals',
      `use ${CORE_SIGNALS.join(', ')}`,
    );
  }
  const recorders = new Map<string, WaveRecorder>();
  const record = (group: string, name: number, at: number, value: number): void => {
    const key = `${group} ${name}`;
    const recorder = recorders.get(key) ?? new WaveRecorder();
    recorders.set(key, recorder);
    recorder.record(at, value);
  };
  const has = (name: (typeof CORE_SIGNALS)[number]): boolean => signals.includes(name);
  while (stepper.now < from && stepper.step());
  while (stepper.now < to) {
    const at = stepper.now;
    const active = has('axons') ? activeAxons(stepper, stimulus, index) : undefined;
    if (!stepper.step()) break;
    const potentials = has('potentials') ? stepper.peek('potentials') : undefined;
    const fired = has('spikes') ? stepper.peek('spikes') : undefined;
    for (let neuron = first; neuron <= last; neuron++) {
      const n = index * nN + neuron;
      if (fired !== undefined) record('spikes', neuron, at, fired[n] ?? 0);
      if (potentials !== undefined) record('potentials', neuron, at, potentials[n] ?? 0);
    }
    if (active === undefined) continue;
    for (let axon = 0; axon < spec.axonsPerCore; axon++) record('axons', axon, at, active.has(axon) ? 1 : 0);
  }
  return CORE_SIGNALS.flatMap((group) =>
    [...recorders].flatMap(([key, recorder]): readonly WaveSignal[] => {
      const [own = '', number = ''] = key.split(' ');
      if (own !== group) return [];
      const name = `${group === 'axons' ? 'axon' : 'neuron'}${number}`;
      return [recorder.signal({ group, name, kind: group === 'potentials' ? 'value' : 'event' })];
    }),
  );
}

/** The axons of a core that act in the step that comes next: spikes on their way, and events of the host. */
function activeAxons(stepper: ChipStepper, { events }: Stimulus, core: number): ReadonlySet<number> {
  const now = stepper.now;
  const active = new Set<number>();
  for (const rows of [stepper.snapshot?.().values['spikes'] ?? new Int32Array(0), events]) {
    for (let k = 0; k < rows.length; k += 3) {
      const [tick, to, axon = -1] = rows.subarray(k, k + 3);
      if (tick === now && to === core) active.add(axon);
    }
  }
  return active;
}
