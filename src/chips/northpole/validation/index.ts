import { present } from '../../../common/assert.js';
import { NORTHPOLE, NORTHPOLE_32X256 } from '../../../hw-models/northpole/spec.js';
import type { NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { ChipValidation, ValidationHost } from '../../chip.js';
import { type MeasuredResnet50, measureResnet50 } from './resnet50-measure.js';
import { RESNET50_PRECISIONS, type Resnet50Precision } from './resnet50-precision.js';
import { type CompiledResnet50, FREE_CONSTANTS, northPoleRows } from './rows.js';

/** ResNet-50, power and language models of NorthPole-style chips next to print. */
export const northPoleValidation: ChipValidation = {
  constants: FREE_CONSTANTS,
  rows: async (host) => northPoleRows(compileResnet50(host)),
};

/** Compiles ResNet-50 three times. */
function compileResnet50(host: ValidationHost): CompiledResnet50 {
  const { mixed, int4 } = RESNET50_PRECISIONS;
  const measure = (spec: NorthPoleSpec, precision: Resnet50Precision, count = false): MeasuredResnet50 => {
    host.say(`compiling ResNet-50 (${precision.name}) for ${spec.name}`);
    return measureResnet50(spec, precision, { count });
  };
  const counted = measure(NORTHPOLE, mixed, true);
  return {
    mixed: { ...counted, counters: present(counted.counters, 'counters') },
    int4: measure(NORTHPOLE, int4),
    otherShape: measure(NORTHPOLE_32X256, mixed),
  };
}
