/** What a timer of the catalogue is, and the delay that it is held against. */
import type { Outcome, Phase, ProbeKind } from '../../../probes/wire.ts';
import type { IngressController } from '../../model/cluster.ts';
import type { Backing } from '../../model/timings.ts';

/** A delay with all that was seen around it. What is left out or null is not known, and speaks neither for nor against. */
export interface Delay {
  readonly ms: number;
  /** The phase that took the time; null: only the whole is known. */
  readonly phase: Phase | null;
  /** `failed`: somehow; null: not told. */
  readonly outcome: Outcome['kind'] | 'failed' | null;
  readonly status?: number | null;
  readonly probe?: ProbeKind | null;
  /** null: not counted. */
  readonly synRetransmissions: number | null;
  readonly dataRetransmissions?: number;
  /** Counters that moved in the prober's namespace; null: not read. */
  readonly counters: Readonly<Record<string, number>> | null;
  /** Live sysctls of the prober's namespace. */
  readonly sysctls: Readonly<Record<string, string | null>>;
  /** The proxy on the way; `none` where it is certain that there is none. */
  readonly controller: IngressController | 'none' | null;
  readonly resolver?: { readonly servers: readonly string[]; readonly options: readonly string[] };
  /** The library that asked, where somebody else's program did. */
  readonly client?: Client | null;
}

/** Client libraries that are told apart: `libc` stands for programs in C that leave names to it. */
export type Client = 'curl' | 'go' | 'libc' | 'rust';

/** A condition that must hold besides value, phase and outcome. */
export interface Need {
  /** What is wrong when it does not hold, as the end of "it is not this timer because …". */
  readonly otherwise: string;
  /** null: cannot be told from what was seen. `step` counts the values of the series from 1. */
  holds(delay: Delay, step: number): boolean | null;
}

export interface Timer {
  readonly id: string;
  /** As in a verdict: `nginx proxy-connect-timeout`. */
  readonly name: string;
  /** Whose it is: the kernel's are late by percents, those of programs sharp. */
  readonly of: 'kernel' | 'resolver' | 'proxy' | 'client' | 'application';
  /** Nominal milliseconds at which it shows, first step first, under these live settings. */
  series(delay: Delay): readonly number[];
  /** Lowest and highest milliseconds, where it shows anywhere between: it was running before the attempt began, or is drawn by lot. */
  between?(delay: Delay): readonly [number, number];
  readonly phases: readonly Phase[];
  /** Whether the attempt got its answer after the timer, or failed at it (a gateway error is a failure). */
  readonly ends: 'answered' | 'failed' | 'either';
  readonly needs: readonly Need[];
  /** The further test that tells it from others of this value. */
  readonly distinguishedBy: string;
  /** Where the values come from. */
  readonly source: string;
  /** `measured`: a test of this project sees it on the real thing. */
  readonly backing: Backing;
}
