/** What the API server wrote down of kprobe's requests: one JSON line each (audit.k8s.io/v1 Event). */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Requests {
  readonly all: number;
  /** The most of any ten seconds together, and of any single second. */
  readonly busiestTenSeconds: number;
  readonly busiestSecond: number;
  /** Answered with 429. */
  readonly refused: number;
  /** `create pods`, `get pods/log`, and how many of them, most first. */
  readonly kinds: readonly (readonly [string, number])[];
}

/** Only those received since then, Unix milliseconds. */
export async function requestsSince(auditLog: string, sinceMs: number): Promise<Requests> {
  const times: number[] = [];
  const kinds = new Map<string, number>();
  let refused = 0;
  for await (const line of createInterface({ input: createReadStream(auditLog) })) {
    const event = JSON.parse(line) as AuditEvent;
    const at = Date.parse(event.requestReceivedTimestamp);
    if (at < sinceMs) continue;
    times.push(at);
    if (event.responseStatus?.code === 429) refused += 1;
    const { resource = event.requestURI, subresource } = event.objectRef ?? {};
    const kind = `${event.verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return {
    all: times.length,
    busiestTenSeconds: busiest(times, 10_000),
    busiestSecond: busiest(times, 1000),
    refused,
    kinds: [...kinds].toSorted(([, a], [, b]) => b - a),
  };
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** The most of them that lie within so many milliseconds. */
export function busiest(times: readonly number[], withinMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  sorted.forEach((at, last) => {
    while (at - (sorted[first] ?? 0) >= withinMs) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}
