import type { Command } from 'commander';
import { compareModels } from '../../conformance/compare.js';
import type { Finding } from '../../conformance/findings.js';
import { agrees } from '../../conformance/compare.js';
import { findingOf } from '../../conformance/findings.js';
import { findingText } from '../../conformance/report/text.js';
import { decodeGolden } from '../../conformance/trace/golden.js';
import { CHIPS } from '../../chips/installed.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { printJson } from '../json-envelope.js';
import { withOwnChip } from '../own-chip-option.js';
import { findingJson } from './check.js';
import { openTraceFile } from './trace-files.js';

/** `lodestone conform diff A B`: two traces, where they part. */
export function addConformDiff(group: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  withOwnChip(group.command('diff'), context)
    .argument('<a>', 'trace, binary or text: what is right')
    .argument('<b>', 'trace, binary or text')
    .description('where two traces part, of the fields that both have; exit code 1 for a difference')
    .action(async (a: string, b: string, { json }: { readonly json: boolean }) => {
      const [one, other] = [await openTraceFile(a), await openTraceFile(b)];
      const comparison = await compareModels(one.model, other.model, { signal: context.signal });
      const name = `${b} against ${a}`;
      const [first] = comparison.differences;
      const golden =
        one.golden === undefined || first === undefined
          ? undefined
          : await decodeGolden(one.golden, a, context.chips ?? CHIPS);
      const plain = first === undefined ? undefined : { ...first, explanation: undefined, rule: undefined };
      const finding: Finding =
        golden === undefined
          ? { name, comparison, passed: agrees(comparison), first: plain, rules: [] }
          : findingOf(golden.kit, golden, { name, comparison });
      if (json) printJson(context, 'lodestone-conform-diff', { findings: [findingJson(finding)] });
      else context.out(findingText(finding));
      if (!finding.passed) setExit(EXIT.userError);
    });
}
