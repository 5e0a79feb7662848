import type { ChipEntry } from '../entry.js';

/** RANC before it is loaded. */
export const rancEntry: ChipEntry = {
  name: 'ranc',
  load: async () => (await import('./chip.js')).ranc,
  jsonSchemas: async () => (await import('./commands/json.js')).RANC_JSON,
  commands: [
    {
      name: 'ranc',
      synopsis: '',
      description: "run RANC's models, export networks to RANC",
      add: async (program, { context, setExit }) =>
        (await import('./commands/ranc.js')).addRanc(program, context, setExit),
    },
  ],
};
