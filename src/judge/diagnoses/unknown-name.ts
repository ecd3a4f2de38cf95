import { list } from '../../model/format.ts';
import type { Service } from '../../model/cluster.ts';
import { named } from '../../model/named.ts';
import { domainOf } from '../../model/resolver.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { hellosOf } from '../evidence/delay.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { resolverWaitMs } from '../views/dns.ts';
import { ends, line } from '../words/words.ts';

/** Said once may be a slip of a server, twice it is what it knows. */
const FEWEST = 2;
/** getaddrinfo: the name is known to nobody (EAI_NONAME); a server that stays silent ends in another code (EAI_AGAIN). */
const NOT_FOUND = 'ENOTFOUND';

export default defineDiagnosis<PathEvidence>({
  id: 'unknown-name',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'DNS works, and knows no such name',
  why: 'A short name that is only complete in another namespace, a Service that was renamed, or an ExternalName that leads to a host which is gone: servers answer at once that there is nothing, and the client fails before it has sent a packet to anybody.',
  test: 'The client looks the name up as it does itself, with its search list and without: nobody knows it, in good time, while other names are found by the same servers.',
  remedy: 'Ask for NAME.NAMESPACE of a Service elsewhere; correct the name, or the ExternalName that leads nowhere.',
  limits:
    'A server that denies a name which others know (a replica without news, a split view) looks the same to the client: stale-dns-answer is for those of the cluster.',
  experiments: ['client-resolution', 'outside-names'],
  // A Service of the cluster has its name, but for one that is another word for a name: who does not find it asks wrongly, or whom it should not.
  suspects: ({ paths, target, cluster }) =>
    target.service === null || named(cluster.services, target.service)?.type === 'ExternalName'
      ? paths.filter(({ path }) => path.userFacing && path.to.kind === 'resolver')
      : [],
  arm: (asked, evidence) => ({
    paths: [asked],
    fails: !isWorking(asked) && deniedSoon(evidence, asked).length >= FEWEST,
  }),
  contrasts: (asked, evidence) => {
    const absolute = lookupsOf(evidence, asked, (name) => name === `${nameOf(asked)}.`);
    const denied = absolute.flatMap((path) => deniedSoon(evidence, path));
    const others = evidence.paths.filter(
      (path) => path.path.to.kind === 'resolver' && !path.path.userFacing && isWorking(path),
    );
    return [
      {
        label: 'Its resolver',
        // What asks elsewhere, or without the cluster's search list, is foreign-resolver's.
        holds: asksCluster(evidence, asked),
        says: "the client's resolv.conf names the cluster's DNS and its search list",
        attempts: [],
        settles: "Read the client's resolv.conf.",
      },
      {
        label: 'As it stands',
        holds: absolute.length === 0 ? null : !absolute.some(isWorking) && denied.length > 0,
        says: 'without the search list nobody knows it either',
        attempts: denied.slice(0, 10),
        settles: 'Look the name up with a dot at its end.',
      },
      {
        label: 'Other names',
        holds: others.length > 0,
        says: `${list(others.slice(0, 3).map(ends))}: found`,
        attempts: others.flatMap(({ answered }) => answered).slice(0, 10),
        settles: '',
      },
    ];
  },
  suffer: (asked, evidence) => lookupsOf(evidence, asked, (name) => name.replace(/\.$/u, '') === nameOf(asked)),
  blame: (asked, evidence) => {
    const name = nameOf(asked);
    const [alias, namesakes] = [aliasOf(evidence, name), namesakesOf(evidence, name)];
    return {
      title: `DNS knows no ${name}`,
      object: alias === null ? null : { kind: 'Service', namespace: alias.namespace, name: alias.name },
      where: null,
      lines: [
        ...(alias === null
          ? []
          : [line('Who', `${alias.namespace}/${alias.name} is an ExternalName: ${leadsTo(alias)} is not there`)]),
        ...(namesakes.length === 0 ? [] : [line('Near', `there is Service ${list(namesakes)}`)]),
      ],
      fix: {
        says:
          namesakes[0] === undefined
            ? 'Correct the name, or what it leads to (spec.externalName of a Service, a CNAME).'
            : `Ask for ${namesakes[0].split('/').toReversed().join('.')}: a name without a namespace is looked for in the client's own.`,
        manifest: null,
      },
    };
  },
});

/** Before the resolver could have waited for a server in vain. */
function deniedSoon(evidence: Evidence, { unanswered }: PathEvidence): Attempt[] {
  return unanswered.filter(
    ({ sample: { outcome, totalMs } }) =>
      outcome.kind === 'error' && outcome.code === NOT_FOUND && totalMs < resolverWaitMs(evidence),
  );
}

function nameOf({ path: { to } }: PathEvidence): string {
  return to.kind === 'resolver' ? to.name : '';
}

function lookupsOf({ paths }: Evidence, { from }: PathEvidence, isIt: (name: string) => boolean): PathEvidence[] {
  return paths.filter((path) => path.from.id === from.id && path.path.to.kind === 'resolver' && isIt(nameOf(path)));
}

/** null: it is not known how it asks. */
function asksCluster(evidence: Evidence, { from }: PathEvidence): boolean | null {
  const { cluster } = evidence;
  const resolver = hellosOf(evidence).get(from.id)?.resolver;
  const service = cluster.services.find(
    ({ namespace, name }) => namespace === cluster.dnsService?.namespace && name === cluster.dnsService.name,
  );
  if (resolver === undefined || service === undefined) return null;
  const isOurs = resolver.servers.some((server) => service.clusterIps.includes(server));
  return isOurs && resolver.search.some((domain) => domain.endsWith(domainOf(cluster)));
}

/** The ExternalName Service that has this name. */
function aliasOf({ cluster }: Evidence, asked: string): Service | null {
  const written = asked.replace(/\.$/u, '');
  const isMeant = ({ namespace, name }: Service) => {
    const short = `${name}.${namespace}.svc`;
    return written === short || written === `${short}.${domainOf(cluster)}`;
  };
  return cluster.services.find((each) => each.type === 'ExternalName' && isMeant(each)) ?? null;
}

/** `namespace/name` of Services that a short name may mean. */
function namesakesOf({ cluster }: Evidence, asked: string): string[] {
  return cluster.services.filter(({ name }) => name === asked).map(({ namespace, name }) => `${namespace}/${name}`);
}

function leadsTo({ externalName }: Service): string {
  return externalName ?? 'what it leads to';
}
