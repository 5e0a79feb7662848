/** The result of a study from what became of its points. */
import { present } from '../common/assert.js';
import { inferShapes, sizeOf } from '../ir/network/shapes.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { StudyFailure, StudyNetwork, StudyResult } from '../ir/trace/study.js';
import { costsOf } from './costs.js';
import type { Outcome } from '../experiments/points/journal.js';
import { describePoint, type StudyPoint } from './point.js';
import type { Measured } from './running/measure-all.js';
import { type Structures, structureKey } from './running/structures.js';
import type { StudySpec } from './spec.js';
import { countWeights } from './structure.js';
import type { ReadyNetwork } from './training/train-networks.js';

/** A study that has run. */
export interface Finished {
  readonly spec: StudySpec;
  readonly networks: readonly ReadyNetwork[];
  readonly points: readonly StudyPoint[];
  /** One per point. */
  readonly outcomes: readonly Outcome<Measured>[];
  readonly structures: Structures;
  readonly command: string;
}

/** Rows and failures in the order of the points. */
export function assemble({ spec, networks, points, outcomes, structures, command }: Finished): StudyResult {
  const rows = outcomes.flatMap((outcome) => ('rows' in outcome ? outcome.rows : []));
  const failures = outcomes.flatMap((outcome, index): readonly StudyFailure[] => {
    const point = present(points[index], 'point');
    return 'rows' in outcome ? [] : [{ part: point.part, point: describePoint(point), message: outcome.failure }];
  });
  const epochs = new Map(
    networks.flatMap((one) =>
      one.kind === 'ready' && one.facts !== undefined ? [[one.plan.name, one.facts.epochs]] : [],
    ),
  );
  return {
    kind: 'lodestone-study',
    version: 1,
    name: spec.name,
    seed: spec.seed,
    chips: spec.chips,
    images: spec.images,
    networks: networks.flatMap(networkLine),
    rows,
    costs: costsOf(spec, {
      structureOf: (network, chip) => structures.get(structureKey(network, chip)),
      golden: rows.filter(({ part }) => part === 'golden'),
      epochsOf: (network) => epochs.get(network),
    }),
    failures,
    specification: spec.text,
    command,
  };
}

function networkLine(ready: ReadyNetwork): readonly StudyNetwork[] {
  // One that is not there is told by the failures of its points.
  if (ready.kind === 'failed') return [];
  const { plan, network, facts } = ready;
  const { name, family, dataset, variant } = plan;
  return [
    {
      name,
      family,
      dataset,
      variant,
      nClasses: classesOf(network),
      nWeights: countWeights(network),
      ...(facts === undefined ? {} : { validationAccuracy: facts.validationAccuracy, epochs: facts.epochs }),
    },
  ];
}

/** Class scores of the output. */
function classesOf(network: NetworkGraph): number {
  const output = present(network.nodes.at(-1), 'output');
  return sizeOf(present(inferShapes(network).get(output.id), 'shape'));
}
