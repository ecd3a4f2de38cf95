/**
 * Answers compared: siblings that are asked the same should answer alike. Bodies may differ by design (a host name on the page, A/B,
 * sessions, a canary), so they never count; a status of another kind, or a name that one server knows and another denies, does: no release
 * strategy answers the same request with a page here and with "not found" there. Addresses of a Service are compared with the API as well.
 */
import type { DnsQuestion, Sample } from '../../../probes/wire.ts';
import type { Cluster } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import type { Target } from '../../model/target.ts';
import type { PathEvidence, Attempt, Difference } from './evidence.ts';
import { isMereContrast } from './failing.ts';
import { outdatedAddresses } from './outdated-addresses.ts';

/** By path id. */
export function differencesOf(
  paths: readonly PathEvidence[],
  target: Target,
  cluster: Cluster,
): ReadonlyMap<string, Difference> {
  const all = [...statusDifferences(paths), ...outdatedAddresses(paths, target, cluster), ...nameDifferences(paths)];
  return new Map(all.map((each) => [each.path.path.id, each]));
}

/** Answers of the request as such: pages and redirects. */
function isGood(sample: Sample): boolean {
  const status = sample.http?.status ?? 0;
  return status >= 200 && status < 400;
}

/** What a client is told it did wrong: its siblings did the very same. 5xx are failures by themselves, see symptoms.ts. */
function isDenied(sample: Sample): boolean {
  const status = sample.http?.status ?? 0;
  return status >= 400 && status < 500;
}

/** All HTTP paths of a run ask for one thing: through entries, the Service, or straight at the endpoints. */
function statusDifferences(paths: readonly PathEvidence[]): Difference[] {
  const asked = Map.groupBy(
    paths.filter((each) => each.path.probe.kind === 'http' && !isMereContrast(each)),
    ({ path }) => (path.probe.kind === 'http' ? `${path.probe.host}\n${path.probe.path}` : ''),
  );
  return [...asked.values()].flatMap((siblings) => {
    const good = statusesOf(siblings, isGood);
    if (good.length === 0) return [];
    return siblings
      .filter((path) => !isRewritten(path, siblings))
      .flatMap((path) => {
        const attempts = path.answered.filter(({ sample }) => isDenied(sample));
        if (attempts.length === 0) return [];
        const says = `HTTP ${list(statusesOf([path], isDenied).map(String))} where the same request is answered ${list(good.map(String))}`;
        return [{ path, attempts, isAlways: attempts.length === path.answered.length, says }];
      });
  });
}

/**
 * An ingress may ask for another path or host than it was asked for. Then no endpoint knows the request as its users write it, all alike, while
 * entries answer it.
 */
function isRewritten(path: PathEvidence, siblings: readonly PathEvidence[]): boolean {
  const direct = siblings.filter(({ path: { to } }) => to.kind !== 'entry');
  return path.path.to.kind !== 'entry' && statusesOf(direct, isGood).length === 0;
}

function statusesOf(paths: readonly PathEvidence[], is: (sample: Sample) => boolean): number[] {
  const all = paths.flatMap(({ answered }) =>
    answered.flatMap(({ sample }) => (is(sample) ? (sample.http?.status ?? 0) : [])),
  );
  return [...new Set(all)].toSorted((a, b) => a - b);
}

/** The same name and record type asked of several servers: NXDOMAIN or no address beside addresses. */
function nameDifferences(paths: readonly PathEvidence[]): Difference[] {
  const asked = Map.groupBy(
    paths.filter(({ path }) => path.probe.kind === 'dns'),
    ({ path }) => (path.probe.kind === 'dns' ? path.probe.name : ''),
  );
  return [...asked].flatMap(([name, siblings]) =>
    (['A', 'AAAA'] as const).flatMap((type) => {
      const isKnown = siblings.some(({ answered }) => answered.some(({ sample }) => knows(questionOf(sample, type))));
      if (!isKnown) return [];
      return siblings.flatMap((path) => {
        const attempts = path.answered.filter(
          ({ sample }) => sample.dns?.truncated !== true && isIgnorant(questionOf(sample, type)),
        );
        if (attempts.length === 0) return [];
        const says = `${list(refusalsOf(attempts, type))} for ${name} ${type}, which its siblings know`;
        return [{ path, attempts, isAlways: attempts.length === path.answered.length, says }];
      });
    }),
  );
}

/** What came instead of addresses, each once, in an order that is not the attempts'. */
function refusalsOf(attempts: readonly Attempt[], type: DnsQuestion['type']): string[] {
  const rcodes = attempts.map(({ sample }) => questionOf(sample, type)?.rcode ?? '');
  return [...new Set(rcodes)].toSorted().map((rcode) => (rcode === 'NOERROR' ? 'no address' : rcode));
}

function questionOf(sample: Sample | undefined, type: DnsQuestion['type']): DnsQuestion | null {
  return sample?.dns?.questions.find((each) => each.type === type) ?? null;
}

function knows(question: DnsQuestion | null): boolean {
  return question?.rcode === 'NOERROR' && question.answers.length > 0;
}

function isIgnorant(question: DnsQuestion | null): boolean {
  if (question === null || question.rcode === null) return false;
  return question.rcode !== 'NOERROR' || question.answers.length === 0;
}
