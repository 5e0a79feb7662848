import type { ChipEntry } from '../entry.js';

/** NorthPole-style chips before they are loaded. */
export const northPoleEntry: ChipEntry = {
  name: 'northpole',
  load: async () => (await import('./chip.js')).northPole,
  jsonSchemas: async () => (await import('./commands/json.js')).NORTHPOLE_JSON,
  commands: [
    {
      name: 'timeline',
      synopsis: '[options] <file>',
      description:
        'every unit, port and network of a few cores along time, as a Chrome trace (open in ui.perfetto.dev)',
      add: async (program, { context }) => (await import('./commands/timeline.js')).addTimeline(program, context),
    },
    {
      name: 'sums',
      synopsis: '[options] <model>',
      description: 'let a transformer add on a NorthPole-style chip, token by token, compared with the integer network',
      add: async (program, { context, setExit }) =>
        (await import('./commands/sums.js')).addSums(program, context, setExit),
    },
  ],
};
