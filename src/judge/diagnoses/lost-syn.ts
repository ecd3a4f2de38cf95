import { duration, list, percent } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { proxyOf } from '../evidence/proxy.ts';
import { sumLadders } from '../views/ladders.ts';
import { lossyPaths } from '../views/lossy-paths.ts';
import { commonPlace } from '../views/place.ts';
import { notDistinguishable, synsOf, TELLING_CHANCE } from '../views/distinguishable.ts';
import { hadNoCpu, noCpuContrast } from '../views/node-cpu.ts';
import { above, isConnect, measured } from '../views/node-trouble.ts';
import { ends, line } from '../words/words.ts';

/** One connect that got through late is chance, the second is a pattern. One that never got through is no sign of chance. */
const FEWEST_RUNGS = 2;
/** What an accept queue drops of what a run asks of a server that gets no CPU: in a run at a load of 10 to 30 on two CPUs 5 of 72 attempts were late so. */
const RARE_SHARE = 0.1;
/** Once there and back again. */
const FEWEST_TURNS = 2;

export default defineDiagnosis({
  id: 'lost-syn',
  class: 'retransmit-drop',
  layer: 'network',
  title: 'SYNs get lost, and connects wait for the retransmission timer',
  why: 'A SYN (or its answer) that is dropped is sent again only after 1 s, then by the schedule of the kernel: 1, 2, 3, 4, 5, 7 s since Linux 6.5 (tcp_syn_linear_timeouts), 1, 3, 7, 15 s before. A connect that loses k SYNs takes exactly the k-th of these times.',
  test: "Fresh connects a second apart; the kernel's own count of SYN retransmissions of each connection is read while it waits. Times on the schedule with the matching count prove the loss; the paths that are clean tell where.",
  remedy:
    'Find the drops where the affected paths meet: interface and qdisc drops, conntrack insert failures, a full accept queue at the server, an overloaded device between the nodes.',
  limits:
    'Connects that waited for a CPU meanwhile prove nothing: a machine without one repeats SYNs too. The client cannot tell a lost SYN from a lost SYN-ACK, nor random loss from a full accept queue; loss below about one in a hundred needs more samples than one diagnosis takes.',
  experiments: ['entries', 'external-hosts', 'endpoints', 'service-address', 'node-pairs', 'node-network'],
  isShare: true,
  isEffect: true,
  suspects: (evidence) => {
    const lossy = lossyPaths(evidence);
    return lossy.length === 0 ? [] : [lossy];
  },
  arm: (lossy, evidence) => ({
    paths: lossy,
    fails: isLosing(lossy, evidence),
  }),
  contrasts: (lossy, evidence) => {
    const ladder = sumLadders(evidence, lossy);
    const place = commonPlace(evidence, [...lossy, ...notDistinguishable(evidence, lossy)]);
    return [
      {
        label: 'Ladder',
        holds: ladder.fits ? true : null,
        says: `${lossy.flatMap((path) => path.ladder).length} connects needed ${ladder.says}`,
        attempts: lossy.flatMap((path) => path.ladder.map(({ attempt }) => attempt)),
        settles: 'Measure longer: the times seen do not yet fit one schedule.',
      },
      ...(hadNoCpu(lateConnects(lossy).map(({ attempt }) => attempt))
        ? [{ label: 'CPU', holds: null, says: '', attempts: [], settles: 'Ask again when there is a CPU to spare.' }]
        : []),
      ...(place.clean.length === 0
        ? []
        : [
            {
              label: 'Elsewhere',
              holds: true,
              says: `${list(place.clean.slice(0, 3).map(ends), 3)}: no retransmission`,
              attempts: place.clean.flatMap((path) => path.answered).slice(0, 10),
              settles: '',
            },
          ]),
    ];
  },
  suffer: (lossy, evidence) => {
    const endless = endlessAlike(lossy, evidence);
    return endless.length === 0 ? [] : [...endless, ...above(evidence, [...lossy, ...endless])];
  },
  shows: (lossy, evidence) => {
    const { isOnSchedule } = sumLadders(evidence, lossy);
    const outlasting = [...lossy, ...endlessAlike(lossy, evidence)].filter((path) => outlasts(path, evidence));
    const isProxyTired = outlasting.length === 0 ? () => false : throughProxy(evidence, outlasting);
    return (symptom) =>
      symptom.kind !== 'slow' || isOnSchedule(symptom.attempt.sample.totalMs) || isProxyTired(symptom);
  },
  blame: (lossy, evidence) => {
    const place = commonPlace(evidence, [...lossy, ...notDistinguishable(evidence, lossy)]);
    const { loss, schedule } = sumLadders(evidence, lossy);
    const waits = waitsOf(lossy);
    const struck = lossy.reduce((sum, { ladder }) => sum + ladder.length, 0);
    const tried = lossy.reduce((sum, { attempts }) => sum + attempts.length, 0);
    return {
      title: `SYNs are lost ${place.says}: ${struck} of ${tried} connects there took ${steps(waits)}`,
      object: place.object,
      where: place.where,
      timer: {
        name: `SYN retransmission (${schedule})`,
        ms: Math.round(Math.min(...waits, 1000) / 100) * 100,
      },
      lines: [
        line(
          'Loss',
          `${percent(loss.share)} of SYNs (95 % interval ${percent(loss.interval[0])} to ${percent(loss.interval[1])})`,
        ),
        ...(waits.length > 0
          ? []
          : [
              line(
                'Or',
                'no connect got through late, they came at once or never: so drops what treats a whole connection alike, a dead member of a bundle of links or paths, a limit of new connections, or NAT',
              ),
            ]),
      ],
      fix: {
        says: `Look for drops ${place.says}: interface and qdisc statistics, conntrack -S (insert_failed, drop), ListenDrops at the server, and rules that limit new connections (nft list ruleset: limit, synproxy).`,
        manifest: null,
      },
    };
  },
});

/** Of the connects to what runs on these nodes, few lost a SYN. */
function isRareAt(nodes: ReadonlySet<string>, evidence: Evidence): boolean {
  const there = evidence.paths.filter(
    ({ path: { to } }) => to.kind === 'service' || (to.kind === 'backend' && to.node !== null && nodes.has(to.node)),
  );
  const tried = there.reduce((sum, { attempts }) => sum + attempts.length, 0);
  return there.reduce((sum, { ladder }) => sum + ladder.length, 0) < RARE_SHARE * tried;
}

/** null: a server that has no CPU does not accept in time, and its queue drops SYNs too; its own node tells. */
function isLosing(lossy: Evidence['paths'], evidence: Evidence): boolean | null {
  const isPattern = lateConnects(lossy).length >= FEWEST_RUNGS;
  const servers = new Set(lossy.flatMap(({ path: { to } }) => ('node' in to && to.node !== null ? [to.node] : [])));
  const isServerAtFault = lossy.every(({ path: { to } }) => to.kind === 'backend' || to.kind === 'service');
  if (isPattern)
    return isServerAtFault && isRareAt(servers, evidence) && noCpuContrast(evidence, servers).length > 0 ? null : true;
  return lossy.some(isAlternating) ? null : false;
}

/** Connects that got through at once before, after and between others that never did: no change of state in between makes that. */
function isAlternating({ attempts, answered, unanswered }: PathEvidence): boolean {
  const lost = new Set(unanswered.filter(({ sample }) => sample.synRetransmissions >= FEWEST_RUNGS));
  const tried = attempts.filter((attempt) => lost.has(attempt) || answered.includes(attempt));
  const inOrder = tried.toSorted((a, b) => a.sample.at - b.sample.at).map((attempt) => lost.has(attempt));
  const turns = inOrder.filter((isLost, index) => index > 0 && isLost !== inOrder[index - 1]).length;
  return lost.size >= FEWEST_RUNGS && turns >= FEWEST_TURNS;
}

/** Paths to the same nodes on which no connect got through, where that much loss leaves some so. */
function endlessAlike(lossy: readonly PathEvidence[], evidence: Evidence): PathEvidence[] {
  const nodes = new Set(lossy.flatMap(({ path: { to } }) => ('node' in to && to.node !== null ? [to.node] : [])));
  const [, most] = sumLadders(evidence, lossy).loss.interval;
  return measured(evidence).filter(
    (path) =>
      path.state === 'silent' &&
      isConnect(path) &&
      'node' in path.path.to &&
      path.path.to.node !== null &&
      nodes.has(path.path.to.node) &&
      most ** synsOf(evidence, [path]).sent >= TELLING_CHANCE,
  );
}

/** A proxy gives up before such connects do. */
function outlasts({ ladder, unanswered }: PathEvidence, evidence: Evidence): boolean {
  const patienceMs = proxyOf(evidence)?.connectTimeoutMs ?? Infinity;
  return unanswered.length > 0 || ladder.some(({ connectMs }) => connectMs !== null && connectMs > patienceMs);
}

interface LateConnect {
  readonly connectMs: number;
  readonly attempt: Attempt;
}

/** Connects that got through after a retransmission. */
function lateConnects(lossy: Evidence['paths']): LateConnect[] {
  return lossy.flatMap(({ ladder }) =>
    ladder.flatMap(({ connectMs, attempt }) => (connectMs === null ? [] : [{ connectMs, attempt }])),
  );
}

function waitsOf(lossy: Evidence['paths']): number[] {
  return lateConnects(lossy).map(({ connectMs }) => connectMs);
}

function steps(waits: readonly number[]): string {
  const seconds = [...new Set(waits.map((ms) => Math.floor(ms / 1000)))].toSorted((a, b) => a - b);
  return waits.length === 0
    ? 'until they gave up'
    : list(
        seconds.slice(0, 4).map((each) => duration(each * 1000)),
        4,
      );
}
