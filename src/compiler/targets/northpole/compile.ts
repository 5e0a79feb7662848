/** The NorthPole target: integer network -> layers -> partitions and memory -> static schedule, verified. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../../common/diagnostics.js';
import { NORTHPOLE_SPECS } from '../../../hw-models/northpole/spec.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { PassObserver, PassReport } from '../../passes/pass.js';
import { PassLog } from '../../passes/pass-log.js';
import { fuseLayers, partitionLayers, schedule } from './passes.js';

export interface NorthPoleOptions {
  readonly spec: NorthPoleSpec;
  /** Frames that go through each layer together; 1 if absent. More frames hide more of what every layer costs once. */
  readonly batch?: number;
}

export interface NorthPoleCompilation {
  readonly program: NorthPoleProgram;
  readonly warnings: readonly Diagnostic[];
  /** The passes that ran, with their statistics. */
  readonly passes: readonly PassReport[];
}

/**
 * Compiles a verified integer network; `observe` sees what every pass made.
 * @throws UserError with every layer that does not fit and every limit of the chip that is exceeded.
 */
export function compileNorthPole(
  graph: NetworkGraph,
  { spec, batch = 1 }: NorthPoleOptions,
  observe?: PassObserver,
): NorthPoleCompilation {
  const warnings = throwIfErrors([
    ...NORTHPOLE_SPECS.check(spec, `chip "${spec.name}"`),
    ...checkBatch(graph.name, batch),
  ]);
  const log = new PassLog(observe);
  const network = log.run(fuseLayers, { graph, spec, batch });
  const { program } = log.run(partitionLayers, { network, spec, batch });
  const scheduled = log.run(schedule, program);
  return { program: scheduled, warnings: [...warnings, ...log.warnings], passes: log.reports };
}

function checkBatch(name: string, batch: number): readonly Diagnostic[] {
  if (Number.isInteger(batch) && batch >= 1) return [];
  return [errorAt('bad-batch', name, `a batch of ${batch} frames`, 'use a whole number from 1 on')];
}
