/** An attempt as the timer catalogue wants to see it. */
import type { Hello, Phase, Sample, Unmeasured } from '../../../probes/wire.ts';
import type { IngressController } from '../../model/cluster.ts';
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence, Attempt } from './evidence.ts';
import { proxyOf } from './proxy.ts';
import type { Delay } from './timer.ts';

/** The delay of one attempt: its longest phase, with the live settings of the vantage and of the proxy on the way. */
export function delayOf(evidence: Evidence, path: PathEvidence, { sample }: Attempt): Delay {
  const hello = hellosOf(evidence).get(path.from.id);
  const phase = longestPhase(sample);
  const isBlindTo = (what: Unmeasured) => hello?.unmeasured?.includes(what) === true;
  return {
    ms: sample.phases[phase] ?? sample.totalMs,
    phase,
    outcome: sample.outcome.kind,
    status: sample.http?.status ?? null,
    probe: path.path.probe.kind,
    synRetransmissions: isBlindTo('retransmissions')
      ? null
      : (path.ladder.find((rung) => rung.attempt.sample === sample)?.retransmissions ?? 0),
    dataRetransmissions: sample.dataRetransmissions,
    counters: isBlindTo('counters') ? null : sample.counters,
    sysctls: hello?.sysctls ?? {},
    controller: onTheWay(evidence, path),
    ...(hello === undefined ? {} : { resolver: hello.resolver }),
  };
}

/** The first hello of each agent. */
export const hellosOf = derived(({ recording }: Evidence): ReadonlyMap<string, Hello> => {
  const hellos = new Map<string, Hello>();
  for (const hello of recording.hellos) if (!hellos.has(hello.agent)) hellos.set(hello.agent, hello);
  return hellos;
});

/** The phase that took most of the time; `connect` where none was recorded. */
export function longestPhase(sample: Sample): Phase {
  let longest: Phase = 'connect';
  for (const phase of ['dns', 'connect', 'tls', 'send', 'first-byte', 'body'] as const) {
    if ((sample.phases[phase] ?? -1) > (sample.phases[longest] ?? -1)) longest = phase;
  }
  return longest;
}

/** Entries are proxies; what lies behind an external address is not known; everything else is reached directly. */
function onTheWay(evidence: Evidence, { path }: PathEvidence): IngressController | 'none' | null {
  if (path.to.kind === 'entry') return proxyOf(evidence);
  return path.to.kind === 'external' ? null : 'none';
}
