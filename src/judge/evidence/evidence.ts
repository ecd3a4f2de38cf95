/** The shape of evidence: pure summaries of a recording, made once, read by every diagnosis. */
import type { Sample, Phase } from '../../../probes/wire.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Agent, Path } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import type { Target } from '../../model/target.ts';

/** A usable sample with its index in the recording, so that a finding can point at it. */
export interface Attempt {
  readonly index: number;
  readonly sample: Sample;
}

/** One mode of a latency distribution, found on the log scale. */
export interface Mode {
  /** Geometric middle, milliseconds. */
  readonly ms: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  /** Share of the values looked at, 0 to 1. */
  readonly share: number;
  readonly attempts: readonly Attempt[];
}

export interface Proportion {
  readonly count: number;
  readonly of: number;
  readonly share: number;
  /** 95 % Wilson score interval. */
  readonly interval: readonly [number, number];
}

/**
 * What a path did, all its usable samples together.
 * - `open`: every attempt got an answer without a SYN retransmission (it may still be slow).
 * - `lossy`: some got an answer; others did not, or only after retransmissions.
 * - `silent`: nothing ever came back. `refused`: every attempt by RST. `rejected`: every attempt by an ICMP error
 *   (refused with IcmpMsg.InType3, or EHOSTUNREACH and kin). `dead`: none got an answer, for several of these reasons.
 * - `unmeasured`: no usable sample.
 */
export type PathState = 'open' | 'lossy' | 'silent' | 'refused' | 'rejected' | 'dead' | 'unmeasured';

/** SYN retransmissions of one connection, and how long its connect took (null: it never connected). */
export interface Rung {
  readonly retransmissions: number;
  readonly connectMs: number | null;
  readonly attempt: Attempt;
}

export interface PathEvidence {
  readonly path: Path;
  readonly from: Agent;
  /** The agent at the far end, where there is one. */
  readonly to: Agent | null;
  readonly state: PathState;
  readonly attempts: readonly Attempt[];
  /** Samples not used at all: the run ended before they could tell anything, or this machine could not even send. */
  readonly setAside: number;
  /**
   * `at` of the first attempt that the run's end cut before it could tell anything; null where none was. Of what began later only
   * the quick answers are known: counted together they would make a path look better than it is.
   */
  readonly cutFrom: number | null;
  readonly answered: readonly Attempt[];
  /** The answered attempts whose times are the path's: the prober itself did not stall, was not throttled and had a CPU. */
  readonly timed: readonly Attempt[];
  /** Attempts that ended without an answer, or waited long enough before the run was cut to be sure of it. */
  readonly unanswered: readonly Attempt[];
  readonly lost: Proportion;
  /** Modes of the total time of attempts that ended, fastest first. */
  readonly modes: readonly Mode[];
  /** Connections that needed SYN retransmissions. */
  readonly ladder: readonly Rung[];
  /** Addresses (without port) that the far end saw, in order of frequency. */
  readonly seenAs: readonly string[];
  /** Median milliseconds of one phase over the timed attempts; null where none has it. */
  median(phase: Phase | 'total'): number | null;
}

/** What NetworkPolicy says should happen on a path, for the identity that was probed. */
export interface Expectation {
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** Which side decides: null for allow and unknown. */
  readonly direction: 'ingress' | 'egress' | null;
  /** `namespace/name` of the policies that isolate and do not allow (deny), or that allow (allow). */
  readonly policies: readonly { readonly namespace: string; readonly name: string }[];
  readonly because: string;
  /** It leads to one of several endpoints, and policy denies some of them; absent: no. */
  readonly isPartlyDenied?: true;
}

/** Answers of a path that are not those of its siblings. */
export interface Difference {
  readonly path: PathEvidence;
  /** The attempts that were answered otherwise than siblings were. */
  readonly attempts: readonly Attempt[];
  /** All answers of the path differ; else only some. */
  readonly isAlways: boolean;
  /** e.g. `HTTP 404 where siblings answer 200`. */
  readonly says: string;
}

/** One attempt the user would have noticed: slow, failed, answered with a gateway error, or otherwise than its siblings. */
export interface Symptom {
  readonly path: PathEvidence;
  readonly attempt: Attempt;
  readonly kind: 'slow' | 'failed' | 'gateway-error' | 'different';
}

/** A probe pod was treated otherwise at first than ever after: attempts that are no evidence of anything else. */
export interface Birth {
  readonly agent: Agent;
  /** It did not get through what it got through later; false: it got through what it did not later. */
  readonly isHindered: boolean;
  /** From its first word to the last attempt that was treated so, milliseconds: it lasted at least so long. */
  readonly ms: number;
  /** Set aside: no path has them. */
  readonly attempts: readonly Attempt[];
}

export interface Evidence {
  readonly recording: Recording;
  readonly cluster: Cluster;
  readonly target: Target;
  readonly slowAfterMs: number;
  /** Where the target has two address families: those of the first. */
  readonly paths: readonly PathEvidence[];
  /** What the target and probe pods do by a second family; the siblings of these are in `paths`. */
  readonly otherFamily: readonly PathEvidence[];
  /** Ports on which nothing should listen: refused is what they are where all is well, so they are no path of anybody's. */
  readonly closedPorts: readonly PathEvidence[];
  readonly agents: ReadonlyMap<string, Agent>;
  /** Of the pods that this run made. */
  readonly births: readonly Birth[];
  /** By path id. */
  readonly expectations: ReadonlyMap<string, Expectation>;
  /** By path id: answers that are not those of the path's siblings. */
  readonly differences: ReadonlyMap<string, Difference>;
  /** On the paths that stand for the user (`path.userFacing`, decided by the plan). */
  readonly symptoms: readonly Symptom[];
}
