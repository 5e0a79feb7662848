import { trueNorth } from '../chip.js';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  DEFAULT_TIMING,
  ROUTER_SOURCE,
  TIMING_SOURCES,
  type TimingConstants,
  type TimingModel,
} from '../../../hw-models/truenorth/timing.js';
import type { TimingResult } from '../../../ir/trace/timing-result.js';
import { integer, significant } from '../../../common/format.js';
import { timeTraced, traced } from '../../../simulator/noc/program-timing.js';
import { meshTimelineJson } from '../../../simulator/timeline/mesh.js';
import type { CliContext } from '../../../cli/context.js';
import { compileAsked, withChipOptions } from '../../../cli/chip-options.js';
import { checkWritable, writeAtomic } from '../../../cli/io.js';
import { OutputOption } from '../../../cli/output-is-input.js';
import { printJson } from '../../../cli/json-envelope.js';
import { loadFor, samplesFor } from '../../../cli/load.js';
import { printWarnings } from '../../../cli/tell.js';
import { checkLimit, type DataOptions, type SeedOption, withData, withLimit, withSeed } from '../../../cli/options.js';

interface TimingCommandOptions extends DataOptions, SeedOption {
  readonly json: boolean;
  readonly model: TimingModel;
  readonly tickUs?: number;
  readonly trace?: string;
  readonly neuronNs: number;
  readonly eventNs: number;
  readonly meshCycleNs: number;
  readonly clockMhz: number;
  readonly edgeNs: number;
  readonly hopCycles: number;
  readonly bufferFlits: number;
  readonly injectCycles: number;
  readonly ejectCycles: number;
  readonly creditCycles: number;
}

/** Samples that are timed without --limit: each is thousands of packets on a mesh. */
const DEFAULT_SAMPLES = 10;

/** `lodestone timing FILE --data mnist`: how short a tick may be, and what limits it. */
export function addTiming(program: Command, context: CliContext): void {
  const { router } = DEFAULT_TIMING;
  const command = withSeed(
    program
      .command('timing')
      .argument('<file>', 'program file, or model file (compiled on the way)')
      .description('time inside ticks: cores, packets on the mesh, deadlines, the fastest legal tick rate'),
  );
  withLimit(
    withData(withChipOptions(command, { chips: [trueNorth] })),
    `${DEFAULT_SAMPLES}, or all where there are fewer`,
  )
    .addOption(
      new Option(
        '--model <name>',
        'the model to take (event: TrueNorth, event driven; clocked: the controller of RANC)',
      )
        .choices(['event', 'clocked'])
        .default('event'),
    )
    .option(
      '--tick-us <time>',
      'length of a tick whose deadlines are checked (default: that of the chip)',
      parsePositive,
    )
    .option('--neuron-ns <time>', 'event: longest time of a neuron', parsePositive, DEFAULT_TIMING.neuronNs)
    .option('--event-ns <time>', 'event: time of a synaptic operation', parsePositive, DEFAULT_TIMING.eventNs)
    .option('--mesh-cycle-ns <time>', 'event: one cycle of the mesh', parsePositive, DEFAULT_TIMING.meshCycleNs)
    .option('--clock-mhz <f>', 'clocked: clock of cores and mesh', parsePositive, DEFAULT_TIMING.clockMhz)
    .option('--edge-ns <time>', 'least time between two spikes over a chip edge', parsePositive, DEFAULT_TIMING.edgeNs)
    .option('--hop-cycles <n>', 'cycles of a hop', parseCycles, router.hopCycles)
    .option('--inject-cycles <n>', 'cycles from a core to its router', parseCycles, router.injectCycles)
    .option('--eject-cycles <n>', 'cycles from the last router into the core', parseCycles, router.ejectCycles)
    .option('--credit-cycles <n>', 'cycles until a place of a router is free again', parseCycles, router.creditCycles)
    .addOption(
      new OutputOption(
        '--trace <file>',
        'Chrome trace of the mesh to write (open in ui.perfetto.dev): every packet on every link',
      ),
    )
    .option('--buffer-flits <n>', 'places of a router input', parseCycles, router.bufferFlits)
    .action(async (path: string, options: TimingCommandOptions, called: Command) => {
      checkLimit(options.limit);
      const runnable = await loadFor(
        path,
        trueNorth,
        compileAsked({ command: called, path, chip: trueNorth, chips: [trueNorth], seed: options.seed }),
      );
      const { warnings, program: chipProgram } = runnable;
      if (!options.json) printWarnings(warnings, context);
      const constants = constantsOf(options);
      const samples = await samplesFor(runnable, options, called);
      if (options.trace !== undefined) await checkWritable(options.trace);
      const run = traced(chipProgram, samples, {
        limit: options.limit ?? DEFAULT_SAMPLES,
        seed: options.seed,
        model: options.model,
        constants,
        tickNs: options.tickUs === undefined ? 1e9 / chipProgram.spec.tickHz : options.tickUs * 1000,
        signal: context.signal,
      });
      const result = timeTraced(run);
      if (options.trace !== undefined) await writeAtomic(options.trace, meshTimelineJson(run));
      const quantities = quantitiesOf(constants, options.model);
      if (options.json)
        printJson(context, 'lodestone-timing', { target: 'truenorth', ...result, constants: quantities, warnings });
      else context.out(text(result, quantities));
    });
}

function constantsOf(options: TimingCommandOptions): TimingConstants {
  const { neuronNs, eventNs, meshCycleNs, clockMhz, edgeNs } = options;
  const { hopCycles, bufferFlits, injectCycles, ejectCycles, creditCycles } = options;
  const router = { hopCycles, bufferFlits, injectCycles, ejectCycles, creditCycles };
  return { neuronNs, eventNs, meshCycleNs, clockMhz, edgeNs, router };
}

/** The delays and buffers of a router, in the order of a packet's way. */
const ROUTER_CONSTANTS = ['injectCycles', 'bufferFlits', 'hopCycles', 'creditCycles', 'ejectCycles'] as const;

interface NamedQuantity {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly status: string;
  readonly source: string;
}

/** The constants a model reads, with their sources; one that was given on the command line says so. */
function quantitiesOf(constants: TimingConstants, model: TimingModel): readonly NamedQuantity[] {
  const names = model === 'event' ? (['neuronNs', 'eventNs', 'meshCycleNs'] as const) : (['clockMhz'] as const);
  const given = { status: 'assumed', source: 'given on the command line' } as const;
  const times = [...names, 'edgeNs' as const].map((name) => {
    const known = TIMING_SOURCES[name];
    const value = constants[name];
    return { ...known, name, value, ...(value === known.value ? {} : given) };
  });
  const router = ROUTER_CONSTANTS.map((name) => {
    const value = constants.router[name];
    const unit = name === 'bufferFlits' ? 'packets' : 'mesh cycles';
    return { name, value, unit, ...(value === DEFAULT_TIMING.router[name] ? ROUTER_SOURCE : given) };
  });
  return [...times, ...router];
}

function text(result: TimingResult, constants: readonly NamedQuantity[]): string {
  const { coreNs, meshCycles, deadline, fastest, edges } = result;
  const us = (ns: number): string => `${significant(ns / 1000, 4)} us`;
  const packet = fastest.packet;
  const lines: readonly (readonly [string, string])[] = [
    ['network', `${result.name} on ${result.chip}, ${result.data}, ${integer(result.samples)} samples`],
    ['model', result.model === 'event' ? 'event driven, upper bound' : 'clocked'],
    ['ticks', `${integer(result.ticks)}, ${integer(result.packets)} packets`],
    [
      'slowest core',
      `${us(coreNs.max)} at most, ${us(coreNs.mean)} mean over ticks` +
        (coreNs.cycles === null
          ? `, up to ${integer(result.maxCoreEvents)} synaptic operations`
          : `, ${integer(coreNs.cycles)} cycles`),
    ],
    [
      'mesh',
      `${significant(meshCycles.mean, 4)} cycles mean (${significant(meshCycles.zeroLoadMean, 4)} if empty), ` +
        `${integer(meshCycles.max)} at most, ${significant(meshCycles.cycleNs, 4)} ns each`,
    ],
    [
      `tick of ${us(deadline.tickNs)}`,
      deadline.met
        ? `legal, slack ${deadline.slackNs === null ? 'unknown: no packets' : us(deadline.slackNs)}`
        : `NOT legal: ${integer(deadline.missedPackets)} packets late, ${integer(deadline.lateTicks)} ticks with a core that is not done`,
    ],
    [
      'fastest tick',
      `${us(fastest.tickNs)}: ${integer(Math.floor(fastest.ticksPerSecond))} ticks/s, ` +
        `${significant(fastest.samplesPerSecond, 4)} samples/s${fastest.overlapping ? ', packets of two ticks meet' : ''}`,
    ],
    [
      'limited by',
      packet === null
        ? 'the slowest core'
        : `${fastest.limitedBy}: tick ${packet.tick}, core ${packet.core} neuron ${packet.neuron} to core ${packet.targetCore}: sent at ` +
          `${us(packet.sendNs)}, distance ${us(packet.distanceNs)}, waiting ${us(packet.waitNs)}, delay ${packet.delay}`,
    ],
    ...edges
      .slice(0, 5)
      .map((edge): readonly [string, string] => [
        'chip edge',
        `${edge.edge}: ${integer(edge.spikesPerTick)} spikes in tick ${edge.tick}` +
          (edge.budget === null
            ? ''
            : ` of ${integer(Math.floor(edge.budget))}${edge.spikesPerTick > edge.budget ? ', OVER' : ''}`),
      ]),
    ...constants.map(({ name, value, unit, status, source }): readonly [string, string] => [
      name,
      `${significant(value, 4)} ${unit}, ${status}: ${source}`,
    ]),
  ];
  return `${lines.map(([name, value]) => `${name.padEnd(20)} ${value}`).join('\n')}\n`;
}

function parsePositive(textValue: string): number {
  const value = /^\d+(\.\d+)?$/.test(textValue) ? Number(textValue) : Number.NaN;
  if (!(value > 0 && value <= 1e9)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function parseCycles(textValue: string): number {
  const value = /^\d+$/.test(textValue) ? Number(textValue) : Number.NaN;
  if (!(value >= 1 && value <= 32)) throw new InvalidArgumentError('It must be a whole number from 1 to 32.');
  return value;
}
