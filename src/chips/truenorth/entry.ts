import type { ChipEntry } from '../entry.js';

/** TrueNorth-style chips before they are loaded. */
export const trueNorthEntry: ChipEntry = {
  name: 'truenorth',
  load: async () => (await import('./chip.js')).trueNorth,
  jsonSchemas: async () => (await import('./commands/json.js')).TRUENORTH_JSON,
  commands: [
    {
      name: 'timing',
      synopsis: '[options] <file>',
      description: 'time inside ticks: cores, packets on the mesh, deadlines, the fastest legal tick rate',
      add: async (program, { context }) => (await import('./commands/timing.js')).addTiming(program, context),
    },
    {
      name: 'truenorth',
      synopsis: '',
      description: 'models and spike files of the TrueNorth tools (CPE, NSCS)',
      add: async (program, { context, setExit }) =>
        (await import('./commands/files.js')).addTrueNorth(program, context, setExit),
    },
  ],
};
