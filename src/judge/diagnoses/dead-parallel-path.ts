import { count, duration, list, percent } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import { flowLoss } from '../views/flow-loss.ts';
import type { FlowLoss } from '../views/flow-loss.ts';
import { above } from '../views/node-trouble.ts';
import { commonPlace } from '../views/place.ts';
import { median } from '../evidence/median.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { ends } from '../words/words.ts';

export default defineDiagnosis<FlowLoss>({
  id: 'dead-parallel-path',
  class: 'retransmit-drop',
  layer: 'network',
  title: 'One of several parallel ways drops everything it is given',
  why: 'Routers, bonds and bundles of links choose the way of a connection by a hash of its addresses and ports. Where one of the ways is dead and still chosen, a share of all connections is dead from its first packet: sending the SYN again takes the same way and never helps, another source port does at once.',
  test: 'Many connections go between the same two ends, each from a port of its own, and the kernel counts how often each SYN was sent again. Each gets through at once or never, one after the other in any order; with packets lost at random a second or third SYN would get through.',
  remedy:
    'Count errors and drops of each member: the links of bonds (cat /proc/net/bonding/*), the next hops of ECMP routes (ip route show, ip nexthop), the switch ports behind them; take the dead one out.',
  limits:
    'A rule or a device that keeps a share of connections out for good, by their ports or by their number, looks the same. Where the hash knows addresses only, a pair of pods always works or never does, and it is not found. Whether one port is always dead is not tried.',
  experiments: ['endpoints', 'node-pairs', 'identities', 'external-hosts'],
  isShare: true,
  suspects: (evidence) => {
    const loss = flowLoss(evidence);
    return loss === null ? [] : [loss];
  },
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: ({ never, atOnce, syns, mixed }, evidence) => {
    const { clean } = commonPlace(evidence, [...mixed]);
    return [
      {
        label: 'Same flow',
        holds: true,
        says: `${count(never.length, 'connection')} sent ${syns} SYNs or more each from one port, and not one came through`,
        attempts: never.slice(0, 10),
        settles: '',
      },
      {
        label: 'Other flows',
        holds: true,
        says: `${count(atOnce.length, 'connection')} between the same ends, before and after them: the first SYN came through, in ${duration(median(atOnce.map(({ sample }) => sample.phases.connect ?? 0)) ?? 0)}; hardly any by a later one`,
        attempts: atOnce.slice(0, 10),
        settles: '',
      },
      {
        label: 'Same port',
        holds: null,
        says: '',
        attempts: [],
        settles:
          'Connect again and again from one port (curl --local-port, nc -p), then from others: a port is dead every time, or never.',
      },
      ...(clean.length === 0
        ? []
        : [
            {
              label: 'Elsewhere',
              holds: true,
              says: `${list(clean.slice(0, 3).map(ends), 3)}: all got through`,
              attempts: clean.flatMap(({ answered }) => answered).slice(0, 10),
              settles: '',
            },
          ]),
    ];
  },
  suffer: ({ paths }, evidence) => above(evidence, paths),
  shows: ({ paths }, evidence) => throughProxy(evidence, paths),
  blame: ({ mixed, never, atOnce }, evidence) => {
    const place = commonPlace(evidence, [...mixed]);
    const share = never.length / (never.length + atOnce.length);
    return {
      title: `${percent(share)} of connections ${place.says} are dead from the start, and all others work at once: one of several ways is broken`,
      object: place.object,
      where: place.where,
      timer: proxyTimer(evidence) ?? { name: 'SYN retransmission', ms: 1000 },
      why: whyThatLong(evidence),
      fix: {
        says: `Look for parallel ways ${place.says}: members of bonds (/proc/net/bonding), next hops of routes (ip route, ip nexthop), links of switches; the one that counts errors, or receives nothing, is to be taken out.`,
        manifest: null,
      },
    };
  },
});
