/** What a pass of the compiler is: a named step that says what it does, how exact it is, what it reads and what it counts. */
import type { Diagnostic } from '../../common/diagnostics.js';
import type { NetworkGraph } from '../../ir/network/types.js';

/** Whether the result computes the same as what went in. */
export type Exactness =
  /** The same outputs, bit for bit; `why`. */
  | { readonly kind: 'exact'; readonly why: string }
  /** Outputs may differ, by no more than `bound` says. */
  | { readonly kind: 'approximate'; readonly bound: string };

/** What a pass says about itself. */
export interface PassInfo {
  /** Kebab-case, unique among all passes. */
  readonly name: string;
  /** What it does, one line. */
  readonly summary: string;
  readonly exactness: Exactness;
  /** Options of the compilation that it reads: name to meaning. */
  readonly options: Readonly<Record<string, string>>;
  /** Numbers it reports for every run: name to meaning. */
  readonly statistics: Readonly<Record<string, string>>;
}

/** What verification says about the result of a pass. */
export interface Verdict {
  /** Structure that is wrong whatever the network was: a bug of the pass. */
  readonly broken: readonly Diagnostic[];
  /** Numbers of the network that leave what its new form can hold: the user's error. */
  readonly limits: readonly Diagnostic[];
}

/** What a run of a pass gives. */
export interface PassOutcome<To> {
  /** Absent only where `diagnostics` has an error. */
  readonly result?: To;
  /** Everything that cannot be lowered, or is worth a warning. */
  readonly diagnostics: readonly Diagnostic[];
  /** One number per name of {@link PassInfo.statistics}. */
  readonly statistics: Readonly<Record<string, number>>;
}

/** A step of the compiler from one form of the network to the next. */
export interface Pass<From, To> extends PassInfo {
  /** Runs it. */
  run(from: From): PassOutcome<To>;
  /** Checks what it made. */
  verify(result: To, from: From): Verdict;
  /** The result as text, for people and goldens; that of a network reads back with `parseNetwork`. */
  print(result: To): string;
}

/** A step from network to network. */
export type NetworkPass = Pass<NetworkGraph, NetworkGraph>;

/** One run of one pass, as results keep it. */
export interface PassReport {
  readonly pass: string;
  readonly statistics: Readonly<Record<string, number>>;
}

/** What an observer sees after a pass has run, before its result is verified. */
export interface PassEvent extends PassReport {
  /** The network, where the result of the pass is one. */
  readonly network?: NetworkGraph;
  /** The result as text. */
  text(): string;
}

/** Called after every pass. */
export type PassObserver = (event: PassEvent) => void;
