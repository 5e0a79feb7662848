/** The schema of experiment files for editors: completion and checks of every field, and of the parameters of every chip. */
import { z } from 'zod';
import type { Chip } from '../chips/chip.js';
import { FAULT_NAMES } from '../ir/faults/catalogue.js';
import { experimentSchema, settingSchema } from './experiment-schema.js';
import { METRIC_NAMES, METRICS } from './metrics.js';

type Node = Readonly<Record<string, unknown>>;

/** The JSON schema (draft 2020-12) of experiment files for these chips. Names of objectives are offered; what constraints and expressions say is checked when the file is read. */
export function experimentJsonSchema(chips: readonly Chip[]): Node {
  const whole = objectOf(z.toJSONSchema(experimentSchema, { io: 'input', unrepresentable: 'any' }));
  const properties = objectOf(whole['properties']);
  const list = objectOf(properties['chips']);
  const item = objectOf(list['items']);
  const objective = { anyOf: [{ enum: METRIC_NAMES }, { type: 'string', pattern: '^(minimise|maximise) ' }] };
  const objectives = {
    ...objectOf(properties['objectives']),
    items: objective,
    description: METRIC_NAMES.map((name) => `${name}: ${METRICS[name].what}`).join('\n'),
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Experiment file of lodestone explore',
    ...withoutDialect(whole),
    properties: { ...properties, objectives, chips: { ...list, items: { ...item, allOf: chips.map(ofChip) } } },
    $defs: {
      setting: withoutDialect(objectOf(z.toJSONSchema(settingSchema, { io: 'input', unrepresentable: 'any' }))),
    },
  };
}

/** What an entry of a chip may say. */
function ofChip({ name, specs, options, faults }: Chip): Node {
  const support = faults();
  const setting = (description: string): Node => ({ description, $ref: '#/$defs/setting' });
  const group = (fields: readonly (readonly [string, Node])[]): Node => ({
    ...{ type: 'object', additionalProperties: false, properties: Object.fromEntries(fields) },
  });
  const parameters = specs.parameters.map(({ path, parameter }) => {
    const { what, unit, range } = parameter;
    return [path, setting(`${what} [${unit === '' ? '' : `${unit}, `}${range}]`)] as const;
  });
  return {
    if: { properties: { chip: { const: name } }, required: ['chip'] },
    then: {
      properties: {
        parameters: group(parameters),
        compile: group(options.map(({ key, help }) => [key, setting(help)] as const)),
        faults: group(
          FAULT_NAMES.filter((fault) => support.faults[fault] === true).map((fault) => [fault, setting('')] as const),
        ),
      },
    },
  };
}

const objectOf = (value: unknown): Node => Object.fromEntries(Object.entries(Object(value)));

const withoutDialect = (schema: Node): Node =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema'));
