import { refuseSpiking } from '../../ir/network/spiking.js';
import type { Command } from 'commander';
/** `lodestone sweep MODEL --on network`: distortions of the weights of the float network, no chip. */
import { errorAt, fail, throwIfErrors, UserError } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import type { Quantity, Unknown } from '../../common/quantity.js';
import { checkLevel, type Distortion } from '../../compiler/passes/distort-weights.js';
import { type DistortionPoint, sweepDistortions } from '../../experiments/distortion-sweep.js';
import { effectiveBits, meanBits } from '../../experiments/effective-bits.js';
import type { NetworkGraph } from '../../ir/network/types.js';
import { percent } from '../../common/format.js';
import type { CliContext } from '../context.js';
import { loadAskedSamples, loadModel } from '../load.js';
import { decimal } from '../options.js';
import { printJson } from '../json-envelope.js';
import { startProgress } from '../progress.js';
import { printWarnings } from '../tell.js';
import { textTable } from '../table.js';

/** A kind of distortion: how a number becomes one, and what the number is called; without `level` it has none. */
interface Kind {
  readonly level?: string;
  readonly at: (level: number) => Distortion;
}

const KINDS: Readonly<Record<string, Kind>> = {
  additive: { level: 'sigma', at: (sigma) => ({ kind: 'additive', sigma }) },
  multiplicative: { level: 'sigma', at: (sigma) => ({ kind: 'multiplicative', sigma }) },
  uniformLog: { level: 'gamma', at: (gamma) => ({ kind: 'uniformLog', gamma }) },
  power: { level: 'beta', at: (beta) => ({ kind: 'power', beta }) },
  round: { level: 'bits', at: (bits) => ({ kind: 'round', bits }) },
  sign: { at: () => ({ kind: 'sign' }) },
  stochastic: { at: () => ({ kind: 'stochastic' }) },
};

/** Names of the distortions of a network. */
export const DISTORTION_NAMES: readonly string[] = Object.keys(KINDS);

/** What the command line says. */
export interface NetworkSweepOptions {
  readonly distortion: string;
  readonly levels?: string;
  readonly data: string;
  readonly chips: number;
  readonly limit?: number;
  readonly seed: number;
  readonly workers: number;
  readonly json: boolean;
}

/**
 * The distortions `--distortion` and `--levels` name, in the order of the levels.
 * @throws UserError for an unknown name, levels that are missing or not wanted, and every level out of range.
 */
export function parseDistortions(name: string, levels: string | undefined): readonly Distortion[] {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) {
    const suggestion = nearest(name, DISTORTION_NAMES);
    const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
    const message = `networks have no distortion "${name}"${hint}`;
    fail('unknown-distortion', `--distortion ${name}`, message, `use ${DISTORTION_NAMES.join(', ')}`);
  }
  if (kind.level === undefined) {
    if (levels !== undefined) {
      fail('unwanted-levels', `--levels ${levels}`, `the distortion ${name} has no level`, 'leave the option out');
    }
    return [kind.at(0)];
  }
  if (levels === undefined) {
    fail('missing-levels', '--levels', `the distortion ${name} needs values of ${kind.level}`, 'pass --levels LIST');
  }
  const parts = levels.split(',').map((part) => part.trim());
  const bad = parts.filter((part) => !Number.isFinite(decimal(part)));
  if (bad.length > 0) {
    throw new UserError(
      bad.map((part) =>
        errorAt('bad-level', `--levels ${levels}`, `"${part}" is not a number`, 'separate numbers by commas'),
      ),
    );
  }
  const distortions = parts.map((part) => kind.at(Number(part)));
  throwIfErrors(distortions.flatMap(checkLevel));
  return distortions;
}

/** Runs the sweep and prints it. */
export async function sweepNetwork(
  path: string,
  options: NetworkSweepOptions,
  context: CliContext,
  called: Command,
): Promise<void> {
  const distortions = parseDistortions(options.distortion, options.levels);
  const { graph: model, warnings } = await loadModel(path, called);
  refuseSpiking(model, 'sweep');
  if (!options.json) printWarnings(warnings, context);
  const data = await loadAskedSamples(options, model);
  const progress = startProgress('sweeping', context, options.json);
  let points: readonly DistortionPoint[];
  try {
    points = await sweepDistortions(model, data, {
      distortions,
      chips: options.chips,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      seed: options.seed,
      workers: options.workers,
      signal: context.signal,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.stop();
  }
  const rows = points.map((point) => ({ ...point, effectiveBits: bitsOf(model, point.distortion) }));
  if (options.json) {
    const content = { name: model.name, data: data.name, points: rows, seed: options.seed };
    printJson(context, 'lodestone-sweep', content, { workers: options.workers });
    return;
  }
  const withBits = rows.some((row) => row.effectiveBits !== undefined);
  const level = KINDS[options.distortion]?.level ?? 'level';
  const header = [`${options.distortion} ${level}`, 'chips', 'mean', '95 % low', '95 % high', 'sd over chips'];
  const table = rows.map(({ effectiveBits: bits, ...point }) => [
    levelOf(point.distortion),
    String(point.chips),
    percent(point.accuracyMean),
    percent(point.interval[0]),
    percent(point.interval[1]),
    percent(point.accuracyStd),
    ...(bits === undefined ? [] : [bitsText(bits.gaussianChannel), bitsText(bits.mutualInformation)]),
  ]);
  context.out(
    textTable(withBits ? [...header, 'bits (Gaussian channel)', 'bits (mutual information)'] : header, table),
  );
}

/** Effective bits per weight, where they are defined: under additive noise. */
const bitsOf = (model: NetworkGraph, distortion: Distortion): ReturnType<typeof meanBits> | undefined =>
  distortion.kind === 'additive' ? meanBits(effectiveBits(model, distortion.sigma)) : undefined;

const bitsText = (bits: Quantity | Unknown): string => ('unknown' in bits ? '-' : bits.value.toFixed(3));

function levelOf(distortion: Distortion): string {
  switch (distortion.kind) {
    case 'additive':
    case 'multiplicative':
      return String(distortion.sigma);
    case 'uniformLog':
      return String(distortion.gamma);
    case 'power':
      return String(distortion.beta);
    case 'round':
      return String(distortion.bits);
    case 'sign':
    case 'stochastic':
      return '-';
  }
}
