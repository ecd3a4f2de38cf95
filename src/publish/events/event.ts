/** A Kubernetes Event about a target whose state changed. Pure. */
import type { ApiObject } from '../../api/cluster-client.ts';
import type { TargetReport } from '../../model/sweep.ts';
import { cleanLine } from '../../render/clean.ts';
import { topFinding } from '../news.ts';

/** Bytes, not characters: the API server measures Go strings (kubernetes, pkg/apis/core/validation/events.go). */
const LONGEST_NOTE_BYTES = 1024;
const LONGEST_INSTANCE_BYTES = 128;
const REPORTER = 'kprobe';

export interface EventFacts {
  readonly target: TargetReport;
  readonly object: NonNullable<TargetReport['object']>;
  /** Of the object; empty where it is not known. `kubectl describe` finds Events by it. */
  readonly uid: string;
  readonly apiVersion: string;
  /** The same for the same change, so that a repeated try does not tell it twice. */
  readonly name: string;
  readonly series: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

export function eventOf({ target, object, uid, apiVersion, name, series, atMs }: EventFacts): ApiObject {
  const isGone = target.change === 'gone';
  const regarding = { apiVersion, kind: object.kind, namespace: object.namespace, name: object.name };
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace: object.namespace },
    // MicroTime is read with exactly six decimals (k8s.io/apimachinery, RFC3339Micro).
    eventTime: new Date(atMs).toISOString().replace('Z', '000Z'),
    type: isGone ? 'Normal' : 'Warning',
    reason: isGone ? 'TargetRecovered' : 'TargetFaulty',
    action: 'Sweep',
    note: withinBytes(noteOf(target), LONGEST_NOTE_BYTES),
    reportingController: REPORTER,
    reportingInstance: withinBytes(cleanLine(series), LONGEST_INSTANCE_BYTES) || REPORTER,
    regarding: uid === '' ? regarding : { ...regarding, uid },
  };
}

function noteOf(target: TargetReport): string {
  const finding = topFinding(target);
  const says = target.changeSays ?? target.says;
  // What explains most is often the very sentence that says how it is.
  const cause = finding === null || says.includes(finding.title) ? '' : `: ${finding.title}`;
  const certainty = finding === null ? '' : ` (${finding.certainty})`;
  return cleanLine(`${target.key}: ${says}${cause}${certainty}`);
}

function withinBytes(text: string, most: number): string {
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= most) return text;
  const kept = new Uint8Array(most - 3);
  const { read } = encoder.encodeInto(text, kept);
  return `${text.slice(0, read)}…`;
}
