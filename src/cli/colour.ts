/** Colours on terminals: errors and differences red, warnings yellow. */
import { styleText } from 'node:util';
import type { CliContext } from './context.js';

/** Whether a stream shows colours is known already, and a thread of its own could not find out. */
const paint = (colour: 'red' | 'yellow', text: string): string => styleText(colour, text, { validateStream: false });

/** Findings with their severities in colour, where the stream they go to shows any. */
export const colouredFindings = (text: string, { colours }: Pick<CliContext, 'colours'>): string =>
  colours?.err === true
    ? text
        .replaceAll(/^error(?=\[)/gm, () => paint('red', 'error'))
        .replaceAll(/^warning(?=\[)/gm, () => paint('yellow', 'warning'))
    : text;

/** A result that is not as it should be. */
export const alarming = (text: string, isAlarming: boolean, { colours }: Pick<CliContext, 'colours'>): string =>
  isAlarming && colours?.out === true ? paint('red', text) : text;
