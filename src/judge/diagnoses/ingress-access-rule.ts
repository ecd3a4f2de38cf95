import type { AccessRule } from '../../model/cluster.ts';
import { count, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { inRanges, mayBeMeant, metRule } from '../views/access-rules.ts';
import type { MetRule } from '../views/access-rules.ts';
import { INGRESS_NGINX } from '../../model/ingress-nginx.ts';

const MOST_ATTEMPTS = 10;

export default defineDiagnosis<MetRule>({
  id: 'ingress-access-rule',
  class: 'ingress',
  layer: 'ingress',
  title: 'The ingress refuses, or asks somebody else first, before the application has a say',
  why: 'An Ingress may name who may come (source ranges), have every request shown to another service first (auth-url), or want a password or a certificate. Users then see 401, 403 or a page that is as slow as that other service, while the application is well and has never heard of them. Source ranges are held against the address that the proxy sees, which behind a load balancer or a node is not the user’s own.',
  test: 'The same request goes through every entry and straight to every endpoint: only the proxy refuses, or is late, and the route has a setting that does so. Of source ranges: who is refused has no address in them, and whoever has one is served.',
  remedy:
    'Change the setting where it is not meant so; where it is, let the proxy see the users’ own addresses (externalTrafficPolicy: Local, PROXY protocol, use-forwarded-headers), and mend or speed up the service that is asked first.',
  limits:
    'Annotations of ingress-nginx are read; its ConfigMap, snippets and the rules of other controllers are not. kprobe asks without a password, cookie or certificate: where strangers are refused for want of one it is a mere possibility. The service that is asked first is not measured by itself, so it is never proven.',
  experiments: ['entries', 'endpoints'],
  suspects: (evidence) => {
    const rule = metRule(evidence);
    return rule === null ? [] : [rule];
  },
  arm: (found) => ({ paths: [...found.met], fails: mayBeMeant(found) ? null : true }),
  contrasts: (found, evidence) => [
    {
      label: 'Straight',
      holds: true,
      says: `the endpoints serve the same request at once (${count(found.straight.length, 'path')})`,
      attempts: attemptsOf(found.straight),
      settles: '',
    },
    'ranges' in found.rule ? rangeContrast(found, evidence) : askContrast(found.rule),
  ],
  suffer: ({ met }) => met,
  blame: ({ rule, met }, evidence) => {
    const { route } = evidence.target;
    const where = route === null ? 'the Ingress' : `${route.kind} ${route.namespace}/${route.name}`;
    return {
      title: `${where} has its proxies ${doesOf(rule, met)} (${INGRESS_NGINX}/${rule.setting})`,
      object: route,
      where: null,
      fix: { says: fixOf(rule, where), manifest: null },
    };
  },
});

function doesOf(rule: AccessRule, met: readonly PathEvidence[]): string {
  const statuses = [
    ...new Set(met.flatMap(({ answered }) => answered.flatMap(({ sample }) => sample.http?.status ?? []))),
  ];
  const answer = `HTTP ${list(statuses.toSorted((a, b) => a - b).map(String))}`;
  switch (rule.setting) {
    case 'allowlist-source-range':
    case 'whitelist-source-range':
      return `refuse who comes from elsewhere than ${list(rule.ranges, 4)}: ${answer}`;
    case 'denylist-source-range':
      return `refuse who comes from ${list(rule.ranges, 4)}: ${answer}`;
    case 'auth-url':
      return statuses.some((status) => status >= 400)
        ? `ask ${rule.url} first, and it does not say yes: ${answer}`
        : `wait for ${rule.url} before each request`;
    case 'auth-type':
      return `ask for a password: ${answer}`;
    case 'auth-tls-secret':
      return `ask for a client certificate: ${answer}`;
    case 'enable-modsecurity':
      return `hold requests against rules of ModSecurity: ${answer}`;
    default:
      return rule satisfies never;
  }
}

function fixOf(rule: AccessRule, where: string): string {
  if ('ranges' in rule)
    return `Compare the addresses in the access log of the proxy with ${INGRESS_NGINX}/${rule.setting} of ${where}: add the range that is missing, or let the proxy see the clients' own addresses.`;
  if (rule.setting === 'auth-url')
    return `Look at the service behind ${rule.url}: curl -s -o /dev/null -w '%{http_code} %{time_total}' ${rule.url} from a pod of the ingress; cache what it says (auth-cache-key, auth-cache-duration).`;
  return `Ask as users do, with what ${INGRESS_NGINX}/${rule.setting} of ${where} wants; take the annotation away where it is not meant.`;
}

function rangeContrast(found: MetRule, evidence: Evidence): Contrast {
  const { rule, met, spared } = found;
  const isDenylist = rule.setting === 'denylist-source-range';
  const [refused, served] = [inRanges(evidence, found, met), inRanges(evidence, found, spared)];
  const isRefusedRightly = refused === (isDenylist ? 'all' : 'none');
  const isServedRightly = served === (isDenylist ? 'none' : 'all');
  return {
    label: 'Addresses',
    holds: isRefusedRightly && isServedRightly ? true : null,
    says: `who is refused has ${isDenylist ? 'an' : 'no'} address in the ranges, who is served has ${isDenylist ? 'none' : 'one'}`,
    attempts: attemptsOf(met),
    settles: `Ask through the same entry from an address ${isDenylist ? 'outside' : 'within'} the ranges: it is served.`,
  };
}

function askContrast({ setting }: AccessRule): Contrast {
  const settles =
    setting === 'auth-url'
      ? 'Ask the auth-url by itself, from a pod of the ingress: it takes as long, or says the same.'
      : 'Take the annotation away for a minute, or ask with what it wants.';
  return { label: 'Without', holds: null, says: '', attempts: [], settles };
}

function attemptsOf(paths: readonly PathEvidence[]): readonly Attempt[] {
  return paths.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS);
}
