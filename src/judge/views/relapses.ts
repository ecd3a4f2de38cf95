/** Pods that lost their readiness meanwhile, and what was hindered until they had it again. */
import { localServiceAt } from '../../model/local-entry.ts';
import { isSameName, named } from '../../model/named.ts';
import type { Relapse } from '../../model/recording.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { controllerOf } from '../evidence/proxy.ts';

/** Who is no longer Ready, and what was lost for it. */
export interface Cut {
  /** `proxy`: a node passes what comes to its port to its own proxy alone. `service`: all endpoints of the Service were left out. */
  readonly by: 'proxy' | 'service';
  readonly relapses: readonly [Relapse, ...Relapse[]];
  readonly met: readonly Met[];
}

/** What was hindered on one path. */
export interface Met {
  readonly path: PathEvidence;
  readonly attempts: readonly Attempt[];
}

/** The API tells whole seconds, nodes are told of a change up to some seconds later, and clocks differ a little. Milliseconds. */
const SLACK_MS = 3000;

export const cutsOf = derived((evidence: Evidence): readonly Cut[] => [...byProxy(evidence), ...byService(evidence)]);

/** Entries by the ports of nodes that may only ask their own proxy. */
function byProxy(evidence: Evidence): Cut[] {
  const { cluster } = evidence;
  const proxies = controllerOf(evidence)?.pods ?? [];
  const cut = relapsesOf(evidence).flatMap((relapse) => {
    const node = named(cluster.pods, relapse.pod)?.node ?? null;
    if (node === null || !proxies.some((each) => isSameName(each, relapse.pod))) return [];
    const led = evidence.paths.filter(
      ({ path: { to } }) => to.kind === 'entry' && to.node === node && localServiceAt(cluster, to) !== null,
    );
    const met = metOn(evidence, led, [relapse]);
    return met.length === 0 ? [] : [{ relapse, met }];
  });
  const [first, ...more] = cut.map(({ relapse }) => relapse);
  return first === undefined ? [] : [{ by: 'proxy', relapses: [first, ...more], met: cut.flatMap(({ met }) => met) }];
}

/** Every endpoint of the Service that was Ready has lost it once: then there was nobody to send to. */
function byService(evidence: Evidence): Cut[] {
  const ready = evidence.target.service?.backends.filter((backend) => backend.ready) ?? [];
  const lost = ready.map(({ pod }) =>
    relapsesOf(evidence).find((relapse) => pod !== null && isSameName(pod, relapse.pod)),
  );
  const [first, ...more] = lost.filter((each) => each !== undefined);
  if (first === undefined || more.length + 1 < ready.length) return [];
  const led = evidence.paths.filter(({ path: { to } }) => to.kind === 'service' || to.kind === 'entry');
  const met = metOn(evidence, led, [first, ...more]);
  return met.length === 0 ? [] : [{ by: 'service', relapses: [first, ...more], met }];
}

/** What began before they were Ready again, on paths where nothing that began later was hindered, and that no policy denies. */
function metOn(evidence: Evidence, led: readonly PathEvidence[], relapses: readonly Relapse[]): Met[] {
  const until = Math.max(...relapses.map(({ readyAt }) => (readyAt === null ? Infinity : readyAt + SLACK_MS)));
  return led.flatMap((path): Met[] => {
    const attempts = hinderedOn(path);
    const isIts = attempts.length > 0 && attempts.every(({ sample }) => sample.at <= until);
    return isIts && expectationOf(evidence, path).verdict !== 'deny' ? [{ path, attempts }] : [];
  });
}

/** Nothing came, an error did, or the SYN had to be sent again. */
function hinderedOn({ unanswered, answered, ladder }: PathEvidence): Attempt[] {
  const late = new Set(ladder.map(({ attempt }) => attempt));
  return [...unanswered, ...answered.filter((attempt) => late.has(attempt) || isErrorAnswer(attempt.sample))];
}

function relapsesOf({ recording }: Evidence): readonly Relapse[] {
  return recording.relapses ?? [];
}
