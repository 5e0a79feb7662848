/** The commands: what `lodestone --help` lists without loading any of them, and where each one is. */
import { REGISTRY } from '../chips/registry.js';
import type { CommandEntry } from './command-entry.js';

/** What every chip has. */
const SHARED: readonly CommandEntry[] = [
  {
    name: 'train',
    synopsis: '[options] <recipe>',
    description: 'train a network from a recipe',
    add: async (program, { context }) => (await import('./commands/train.js')).addTrain(program, context),
  },
  {
    name: 'quantize',
    synopsis: '[options] <model>',
    description: 'give a network with real weights integer weights and activations, without training it',
    add: async (program, { context }) => (await import('./commands/quantize.js')).addQuantize(program, context),
  },
  {
    name: 'import',
    synopsis: '[options] <file>',
    description: 'read a network that another tool trained, and say what became of each of its operators',
    add: async (program, { context }) => (await import('./commands/import.js')).addImport(program, context),
  },
  {
    name: 'export',
    synopsis: '[options] <model>',
    description: 'write a network for other tools, so that import gives it back',
    add: async (program, { context }) => (await import('./commands/export.js')).addExport(program, context),
  },
  {
    name: 'inspect',
    synopsis: '[options] <model>',
    description: 'show the layers of a model: shapes, bits, multiply-accumulates, zero weights, footprint in bits',
    add: async (program, { context }) => (await import('./commands/inspect.js')).addInspect(program, context),
  },
  {
    name: 'check',
    synopsis: '[options] <model>',
    description: 'whether a network fits a chip: every problem at once, what is split and what that costs',
    add: async (program, { context, setExit }) =>
      (await import('./commands/check.js')).addCheck(program, context, setExit),
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
    name: 'compare',
    synopsis: '[options] <model>',
    description:
      'layer by layer the file, the float network, the integer network and the chip: errors, and where they part first',
    add: async (program, { context, setExit }) =>
      (await import('./commands/compare.js')).addCompare(program, context, setExit),
  },
  {
    name: 'conform',
    synopsis: '',
    description: 'hold a model of a chip, yours or ours, to its specification',
    add: async (program, { context, setExit }) =>
      (await import('./commands/conform.js')).addConform(program, context, setExit),
  },
  {
    name: 'probe',
    synopsis: '[options] <file>',
    description: 'spikes, potentials and units of one core, step by step, for waveform viewers and the report',
    add: async (program, { context, commandLine }) =>
      (await import('./commands/probe.js')).addProbe(program, context, commandLine),
  },
  {
    name: 'chip',
    synopsis: '[options] [chip]',
    description: 'every parameter of a chip: published, calibrated, derived, assumed, or yours',
    add: async (program, { context }) => (await import('./commands/chip.js')).addChip(program, context),
  },
  {
    name: 'report',
    synopsis: '[options] <result...>',
    description: 'one self-contained HTML page from result files',
    add: async (program, { context }) => (await import('./commands/report.js')).addReport(program, context),
  },
  {
    name: 'diff',
    synopsis: '[options] <a> <b>',
    description:
      'compare two results, B against A, or the places of the cores of two programs; exit code 1 if a gate fails',
    add: async (program, { context, setExit }) =>
      (await import('./commands/diff.js')).addDiff(program, context, setExit),
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
    name: 'study',
    synopsis: '',
    description: 'measure many networks under many faults, from a specification',
    add: async (program, { context, setExit }) =>
      (await import('./commands/study.js')).addStudy(program, context, setExit),
  },
  {
    name: 'new',
    synopsis: '',
    description: 'write what something of your own starts from',
    add: async (program, { context }) => (await import('./commands/new.js')).addNew(program, context),
  },
  {
    name: 'explore',
    synopsis: '[options] <experiment>',
    description:
      'measure many designs of chips for networks, and find the best ones; with --queue on the machines of lodestone worker',
    add: async (program, { context, setExit }) =>
      (await import('./commands/explore.js')).addExplore(program, context, setExit),
  },
  {
    name: 'worker',
    synopsis: '[options]',
    description: 'measure points of explorations that were put on a queue, on this machine',
    add: async (program, { context }) => (await import('./commands/worker.js')).addWorker(program, context),
  },
  {
    name: 'reproduce',
    synopsis: '[options] <folder> <point>',
    description: 'run a point of an exploration again, and compare it bit for bit; exit code 1 if it differs',
    add: async (program, { context, setExit }) =>
      (await import('./commands/reproduce.js')).addReproduce(program, context, setExit),
  },
  {
    name: 'completion',
    synopsis: '<shell>',
    description: 'print a script that completes commands, options and values in a shell',
    add: async (program, setting) => (await import('./commands/completion.js')).addCompletion(program, setting),
  },
];

/** All commands in the order of the help: those of every chip, then what each kind of chip contributes. */
export const CATALOGUE: readonly CommandEntry[] = [...SHARED, ...REGISTRY.flatMap(({ commands }) => commands)];
