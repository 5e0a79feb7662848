/** The commands: what `lodestone --help` lists without loading any of them, and where each one is. */
import type { Command } from 'commander';
import type { CliContext, ExitCode } from './context.js';

/** What a command gets besides the program it is added to. */
export interface CommandSetting {
  readonly context: CliContext;
  /** The whole command line as a shell reads it back. */
  readonly commandLine: string;
  /** Ends the program with another code than 0. */
  readonly setExit: (code: ExitCode) => void;
}

/** One command. Loading it costs what it imports, so only the command that is called is loaded. */
export interface CatalogueEntry {
  readonly name: string;
  /** Name, whether there are options, and arguments, as its own usage shows them. */
  readonly synopsis: string;
  /** The command's own description; a test holds both together. */
  readonly description: string;
  /** Loads the command and adds it to the program. */
  readonly add: (program: Command, setting: CommandSetting) => Promise<void>;
}

/** All commands in the order of the help. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'train',
    synopsis: '[options] <recipe>',
    description: 'train a network; the seed is the one of the recipe unless --seed is given; uses one thread',
    add: async (program, { context }) => (await import('./commands/train.js')).addTrain(program, context),
  },
  {
    name: 'quantize',
    synopsis: '[options] <model>',
    description: 'give a network with real weights integer weights and activations, without training it',
    add: async (program, { context }) => (await import('./commands/quantize.js')).addQuantize(program, context),
  },
  {
    name: 'inspect',
    synopsis: '[options] <model>',
    description: 'show the layers, shapes and parameter counts of a model',
    add: async (program, { context }) => (await import('./commands/inspect.js')).addInspect(program, context),
  },
  {
    name: 'compile',
    synopsis: '[options] <model>',
    description: 'map a model onto a chip; prints what was chosen for each layer and what it costs',
    add: async (program, { context }) => (await import('./commands/compile.js')).addCompile(program, context),
  },
  {
    name: 'run',
    synopsis: '[options] <file>',
    description: 'run a program over the test split of a data set, every sample compared with the integer network',
    add: async (program, { context, commandLine, setExit }) =>
      (await import('./commands/run.js')).addRun(program, context, commandLine, setExit),
  },
  {
    name: 'sweep',
    synopsis: '[options] <file>',
    description: 'accuracy against the level of one kind of noise, over several simulated chips',
    add: async (program, { context, commandLine }) =>
      (await import('./commands/sweep.js')).addSweep(program, context, commandLine),
  },
  {
    name: 'timing',
    synopsis: '[options] <file>',
    description: 'time inside ticks: cores, packets on the mesh, deadlines, the fastest legal tick rate',
    add: async (program, { context }) => (await import('./commands/timing.js')).addTiming(program, context),
  },
  {
    name: 'timeline',
    synopsis: '[options] <file>',
    description: 'every unit, port and network of a few cores along time, as a Chrome trace (open in ui.perfetto.dev)',
    add: async (program, { context }) => (await import('./commands/timeline.js')).addTimeline(program, context),
  },
  {
    name: 'chip',
    synopsis: '[options] [chip]',
    description: 'every parameter of a chip: published, calibrated, derived, assumed, or yours',
    add: async (program, { context }) => (await import('./commands/chip.js')).addChip(program, context),
  },
  {
    name: 'sums',
    synopsis: '[options] <model>',
    description: 'let a transformer add on a NorthPole-style chip, token by token, compared with the integer network',
    add: async (program, { context, setExit }) =>
      (await import('./commands/sums.js')).addSums(program, context, setExit),
  },
  {
    name: 'report',
    synopsis: '[options] <result...>',
    description: 'one self-contained HTML page from result files',
    add: async (program, { context }) => (await import('./commands/report.js')).addReport(program, context),
  },
  {
    name: 'data',
    synopsis: '',
    description: 'data sets: which there are, where they lie, how to get them',
    add: async (program, { context }) => (await import('./commands/data.js')).addData(program, context),
  },
  {
    name: 'validate',
    synopsis: '[options]',
    description: 'compare with every published number; exit code 1 if a claim is not met',
    add: async (program, { context, setExit }) =>
      (await import('./commands/validate.js')).addValidate(program, context, setExit),
  },
  {
    name: 'ranc',
    synopsis: '',
    description: "run RANC's models, export networks to RANC",
    add: async (program, { context, setExit }) =>
      (await import('./commands/ranc.js')).addRanc(program, context, setExit),
  },
  {
    name: 'truenorth',
    synopsis: '',
    description: 'models and spike files of the TrueNorth tools (CPE, NSCS)',
    add: async (program, { context, setExit }) =>
      (await import('./commands/truenorth.js')).addTrueNorth(program, context, setExit),
  },
  {
    name: 'study',
    synopsis: '',
    description: 'measure many networks under many faults, from a specification',
    add: async (program, { context, setExit }) =>
      (await import('./commands/study.js')).addStudy(program, context, setExit),
  },
];
