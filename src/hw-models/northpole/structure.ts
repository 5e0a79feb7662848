import { assert } from '../../common/assert.js';
import { isSpecOf } from '../../common/parameters/spec-schema.js';
import { standardValues } from '../../common/parameters/value-tree.js';
import type { SpecOf } from '../../common/parameters/parameter.js';
import { NORTHPOLE_STRUCTURE_PARAMETERS, type NorthPoleSpec } from '../../ir/program/northpole-parameters.js';

/** A chip without what it costs: its costs follow from this (core-costs.ts). */
export type NorthPoleStructure = Omit<NorthPoleSpec, 'name' | 'energy'>;

function publishedStructure(): SpecOf<typeof NORTHPOLE_STRUCTURE_PARAMETERS> {
  const spec: unknown = { name: 'northpole', ...standardValues(NORTHPOLE_STRUCTURE_PARAMETERS) };
  assert(isSpecOf(NORTHPOLE_STRUCTURE_PARAMETERS, spec), 'standard values in their ranges');
  return spec;
}

/** The published chip on its PCIe card: 16 x 16 cores, 192 MiB, 400 MHz (Modha et al., Science 382:329, 2023). */
export const PUBLISHED_STRUCTURE: NorthPoleStructure = publishedStructure();
