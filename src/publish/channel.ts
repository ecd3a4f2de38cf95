/** One way of telling a sweep's result to others, and what it may use. */
import type { ClusterClient } from '../api/cluster-client.ts';
import type { Limitation } from '../model/cluster.ts';
import type { SweepReport } from '../model/sweep.ts';
import { cleanLine } from '../render/clean.ts';

/** What publishing needs of the world. */
export interface PublishDependencies {
  /** null: no cluster to write Events to. */
  readonly client: ClusterClient | null;
  /** Aborted: what is not told yet stays untold. */
  readonly signal: AbortSignal;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** 0 to 1, to spread repeated tries. */
  readonly random: () => number;
}

export interface Channel {
  /** What a limitation calls it: `Pushgateway http://push:9091`. Never holds a secret. */
  readonly name: string;
  /** Tells; what could not be told is a limitation. Ends soon after the signal of `dependencies`. */
  tell(report: SweepReport, dependencies: PublishDependencies): Promise<readonly Limitation[]>;
}

/** Longer words of a server or a library are cut: a limitation is one line. */
const LONGEST_REASON = 200;

/** Why something did not work, in a few words: with the system's code or HTTP's where there is one. Not for errors that quote a secret address. */
export function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code, message } = Object(first) as { code?: unknown; message?: unknown };
  const words = typeof message === 'string' && message !== '' ? message : String(first);
  const isTold = (typeof code !== 'string' && typeof code !== 'number') || words.includes(String(code));
  const text = cleanLine(isTold ? words : `${words} (${code})`).trim();
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)}…` : text;
}

/** The part of an address that is no secret: scheme, host and port; not the user, path or query. null: not an http address. */
export function shownAddress(address: string): string | null {
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null;
}
