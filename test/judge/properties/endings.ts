/** How an attempt can end otherwise than well. */
import type { Phase, Sample } from '../../../probes/wire.ts';
import type { Path } from '../../../src/model/plan.ts';
import { cut, refused, silent, unreachable } from '../make.ts';

export type Ending =
  | { readonly kind: 'slow' | 'hung'; readonly ms: number }
  | { readonly kind: 'retransmitted'; readonly times: number }
  | { readonly kind: 'cut'; readonly waitedMs: number }
  | { readonly kind: 'http-status'; readonly status: number }
  | { readonly kind: 'rcode'; readonly rcode: string }
  | { readonly kind: 'silent' | 'refused' | 'rejected' | 'unreachable' | 'unanswered-aaaa' };

/** Since Linux 6.5 the first four SYN retransmissions are one second apart. */
const LINEAR_STEP_MS = 1000;
const LINEAR_STEPS = 4;
/** glibc gives a server 5 s. */
const RESOLVER_TIMEOUT_MS = 5000;

/** The sample that was well, with another ending: path, attempt and time of start stay. null: no such probe ends so. */
export function endOtherwise(ending: Ending, path: Path, well: Sample): Sample | null {
  const ended = endedSample(ending, path.probe, well);
  const { path: id, attempt, at, local } = well;
  return ended === null ? null : { ...ended, path: id, attempt, at, local };
}

function endedSample(ending: Ending, probe: Path['probe'], well: Sample): Sample | null {
  const isStream = probe.kind === 'tcp' || probe.kind === 'http';
  const isDns = probe.kind === 'dns' || probe.kind === 'resolver';
  const first: Phase = isStream ? 'connect' : isDns ? 'dns' : 'first-byte';
  switch (ending.kind) {
    case 'slow':
      return later(well, isDns ? 'dns' : probe.kind === 'tcp' && !probe.echo ? 'connect' : 'first-byte', ending.ms);
    case 'retransmitted':
      return isStream
        ? { ...later(well, 'connect', ending.times * LINEAR_STEP_MS), synRetransmissions: ending.times }
        : null;
    case 'silent':
      return silent({ phase: first, ...(isDns ? { waitedMs: RESOLVER_TIMEOUT_MS } : {}) });
    case 'refused':
      return isStream ? refused() : null;
    case 'rejected':
      return isStream ? refused({ counters: { 'IcmpMsg.InType3': 1 } }) : null;
    case 'unreachable':
      return isStream ? unreachable() : null;
    case 'cut': {
      const sent = Math.min(LINEAR_STEPS, Math.floor(ending.waitedMs / LINEAR_STEP_MS));
      return cut({ phase: first, waitedMs: ending.waitedMs, synRetransmissions: isStream ? sent : 0 });
    }
    case 'hung':
      return isStream ? hung(probe.kind === 'http' ? 'body' : 'first-byte', well, ending.ms) : null;
    case 'http-status':
      return well.http === null ? null : { ...well, http: { ...well.http, status: ending.status } };
    case 'rcode':
      return well.dns === null ? null : { ...well, dns: withRcode(well.dns, ending.rcode) };
    case 'unanswered-aaaa':
      return probe.kind === 'dns' && probe.type === 'A+AAAA' && well.dns !== null
        ? { ...silent({ phase: 'dns', waitedMs: RESOLVER_TIMEOUT_MS }), dns: withoutAaaa(well.dns) }
        : null;
    default:
      return ending satisfies never;
  }
}

function later(well: Sample, phase: Phase, ms: number): Sample {
  const phases = { ...well.phases, [phase]: (well.phases[phase] ?? 0) + ms };
  return { ...well, phases, totalMs: well.totalMs + ms };
}

/** It connects, and then the answer, or the rest of it, never comes. */
function hung(
  phase: Phase,
  { phases: { connect = 0.4, 'first-byte': firstByte = 2 } }: Sample,
  waitedMs: number,
): Sample {
  const phases = { connect, ...(phase === 'body' ? { 'first-byte': firstByte } : {}), [phase]: waitedMs };
  return { ...silent({ phase, waitedMs, phases }), totalMs: waitedMs };
}

type Answer = NonNullable<Sample['dns']>;

function withRcode(dns: Answer, rcode: string): Answer {
  const answers: readonly string[] = [];
  return { ...dns, rcode, answers, questions: dns.questions.map((question) => ({ ...question, rcode, answers })) };
}

function withoutAaaa(dns: Answer): Answer {
  return { ...dns, questions: [...dns.questions, { type: 'AAAA', rcode: null, answers: [], ms: null }] };
}
