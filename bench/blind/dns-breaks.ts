/** What goes wrong with the cluster's DNS servers. */
import { BY_NAME, type Break } from './break.ts';
import type { World } from './world.ts';

const servers = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const dnsService = { namespace: 'kube-system', name: 'kube-dns' };
const fullName = ({ app, namespace }: World): string => `${app}.${namespace}.svc.cluster.local`;

export const dnsBreaks: readonly Break[] = [
  {
    name: 'dead DNS servers',
    part: 'dns',
    forms: BY_NAME,
    accepts: ['dead-dns-endpoint'],
    because: 'some of several servers answer nobody',
    draw: (dice, { dnsReplicas }) =>
      dnsReplicas < 2 ? null : { faults: [{ kind: 'blackhole', to: servers, replicas: dice.int(1, dnsReplicas - 1) }] },
  },
  {
    name: 'no DNS server',
    part: 'dns',
    forms: BY_NAME,
    accepts: ['unreachable-dns'],
    because: 'no server answers',
    draw: () => ({ faults: [{ kind: 'blackhole', to: servers }] }),
  },
  {
    name: 'lost DNS answers',
    part: 'dns',
    forms: BY_NAME,
    accepts: ['lost-dns-answers'],
    because: 'a share of the answers of one server or of all is lost at random',
    draw: (dice, { dnsReplicas }) => {
      const replicas = dice.isOneIn(2) ? dice.int(1, dnsReplicas) : undefined;
      return {
        faults: [{ kind: 'drop-answers', to: servers, share: dice.share(0.25, 0.6), ...(replicas && { replicas }) }],
      };
    },
  },
  {
    name: 'racing questions',
    part: 'dns',
    forms: ['from'],
    accepts: ['racing-dns-queries'],
    because: 'only the second of two questions from one socket is lost',
    draw: (dice) => ({ faults: [{ kind: 'race-queries', service: dnsService, share: dice.share(0.35, 0.9) }] }),
  },
  {
    name: 'no answer to AAAA',
    part: 'dns',
    forms: ['from'],
    accepts: ['unanswered-aaaa'],
    because: 'A is answered, AAAA never',
    draw: () => ({ faults: [{ kind: 'ignore-questions', to: servers, type: 'AAAA' }] }),
  },
  {
    name: 'forgotten name',
    part: 'dns',
    forms: BY_NAME,
    accepts: ['stale-dns-answer'],
    because: 'some of several servers say that the Service does not exist',
    draw: (dice, world) =>
      world.dnsReplicas < 2
        ? null
        : {
            faults: [
              {
                kind: 'forget-names',
                to: servers,
                replicas: dice.int(1, world.dnsReplicas - 1),
                names: [fullName(world)],
              },
            ],
          },
  },
  {
    name: "yesterday's addresses",
    part: 'dns',
    forms: ['from'],
    accepts: ['stale-dns-answer'],
    because: 'some of several servers give addresses of a headless Service that no pod has any more',
    draw: (dice, world) => {
      if (world.dnsReplicas < 2) return null;
      const addresses = Array.from({ length: dice.int(1, 2) }, (_, index) => `10.244.2.${201 + index}`);
      const replicas = dice.int(1, world.dnsReplicas - 1);
      return {
        faults: [{ kind: 'stale-addresses', to: servers, replicas, name: fullName(world), addresses }],
        mistakes: { isHeadless: true },
      };
    },
  },
  {
    name: 'late DNS servers',
    part: 'dns',
    forms: ['from'],
    accepts: ['slow-dns'],
    because: "answers for the Service's domain come late, from all servers",
    draw: (dice, world) => ({
      faults: [{ kind: 'delay-names', to: servers, domains: [fullName(world)], ms: dice.int(600, 3000) }],
    }),
  },
  {
    name: 'DNS by TCP',
    part: 'dns',
    forms: ['from'],
    accepts: ['unanswered-tcp-dns'],
    because: 'the answer is cut by UDP, and TCP to port 53 is dropped',
    draw: (_, world) => ({
      faults: [
        { kind: 'truncate-answers', to: servers, names: [fullName(world)] },
        { kind: 'blackhole', to: { ...servers, port: 53 }, protocol: 'tcp' },
      ],
    }),
  },
];
