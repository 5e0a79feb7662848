/** Runs passes one after the other: verifies after each, collects warnings and statistics, shows every result to the observer. */
import { present } from '../../common/assert.js';
import { type Diagnostic, throwIfErrors } from '../../common/diagnostics.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import type { Pass, PassObserver, PassReport } from './pass.js';

/** The passes of one compilation, as they run. */
export class PassLog {
  readonly warnings: Diagnostic[] = [];
  readonly reports: PassReport[] = [];
  private readonly observe: PassObserver | undefined;

  constructor(observe?: PassObserver) {
    this.observe = observe;
  }

  /**
   * Runs and verifies a pass.
   * @throws UserError with everything that cannot be lowered, or that the numbers of the network make too large.
   */
  run<From, To>(pass: Pass<From, To>, from: From, networkOf: (result: To) => NetworkGraph | undefined = nothing): To {
    const outcome = pass.run(from);
    this.warnings.push(...throwIfErrors(outcome.diagnostics));
    const result = present(outcome.result, `result of pass ${pass.name}`);
    const report = { pass: pass.name, statistics: outcome.statistics };
    this.reports.push(report);
    const network = networkOf(result);
    this.observe?.({ ...report, ...(network === undefined ? {} : { network }), text: () => pass.print(result) });
    const { broken, limits } = pass.verify(result, from);
    if (broken.length > 0) {
      const findings = broken.map(({ place, message }) => `${place}: ${message}`).join('; ');
      throw new Error(`internal error: pass ${pass.name} broke the network: ${findings}`);
    }
    throwIfErrors(limits);
    return result;
  }
}

const nothing = (): undefined => undefined;
