import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { saysTooMany } from '../evidence/request-limits.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { rulesWithoutPath } from '../views/unserved.ts';

interface EntryView {
  readonly address: string;
  readonly node: string | null;
  readonly paths: readonly PathEvidence[];
  /** From where it fails. */
  readonly failing: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'bad-ingress-node',
  class: 'ingress',
  layer: 'ingress',
  title: 'One ingress node cannot be reached, or lacks the route',
  why: 'The load balancer, or the name, sends a share of the requests to each entry. One whose proxy has not loaded the route answers with its own 404 at once; one that cannot be reached makes clients wait until they give up. Every backend is well.',
  test: 'The same request through each entry from the same vantages, and straight to the backends: one entry answers otherwise or not at all, the others answer as the backends do.',
  remedy:
    'Restart the proxy on that node (its configuration is old), or repair what keeps users from its address; take it out of the load balancer until then.',
  limits: 'An entry that only the outside cannot reach needs a CLI that stands outside, and that reaches the others.',
  experiments: ['entries', 'endpoints'],
  // What no entry can have is no fault of one of them.
  suspects: (evidence) => (rulesWithoutPath(evidence).length > 0 ? [] : entriesOf(evidence)),
  arm: ({ failing }) => ({ paths: failing, fails: failing.length > 0 }),
  contrasts: (entry, evidence) => {
    const sources = new Set(entry.failing.map(({ from }) => from.id));
    const others = entriesOf(evidence)
      .filter((each) => each !== entry)
      .flatMap(({ paths }) => paths.filter(({ from }) => sources.has(from.id)));
    // Where a part is lost through each of them, two lost in a row are no other behaviour.
    const good = others.filter(
      (path) => isWorking(path) && path.unanswered.length === 0 && !evidence.differences.has(path.path.id),
    );
    const backends = evidence.paths.filter(({ path, state }) => path.to.kind === 'backend' && state !== 'unmeasured');
    const well = backends.filter((path) => isWorking(path) && !evidence.differences.has(path.path.id));
    const entries = [...new Set(good.map(({ path: { to } }) => ('address' in to ? to.address : '')))];
    return [
      {
        label: 'Other entries',
        holds: others.length === 0 ? null : good.length > 0,
        says: `the same vantages are answered through ${list(entries)}`,
        attempts: good.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Ask through another entry.',
      },
      {
        label: 'Behind it',
        holds: backends.length === 0 ? null : well.length > 0,
        says: `the backends answer the request directly (${well.length} of ${backends.length} paths)`,
        attempts: well.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Ask the backends directly.',
      },
    ];
  },
  shows: () => () => false,
  blame: ({ address, node, failing, paths }, evidence) => {
    const isRoute = failing.every(({ path }) => evidence.differences.has(path.id));
    const entry = evidence.target.entries.find((each) => each.address === address);
    const name = node ?? address;
    const from =
      failing.length === paths.length
        ? 'everywhere'
        : list([...new Set(failing.map((path) => path.from.node ?? 'outside'))]);
    const says = failing.flatMap(({ path }) => evidence.differences.get(path.id)?.says ?? [])[0] ?? '';
    return {
      title: isRoute
        ? `The ingress on ${name} answers ${says}`
        : `The ingress on ${name} (${address}) cannot be reached from ${from}; the others can`,
      object: entry?.pod === null || entry?.pod === undefined ? null : { kind: 'Pod', ...entry.pod },
      where: { from, to: name },
      fix: {
        says:
          isRoute && entry?.pod !== null && entry?.pod !== undefined
            ? `kubectl -n ${entry.pod.namespace} delete pod ${entry.pod.name}: its successor loads the routes anew; then look at why it did not (its log, its watch of the API).`
            : `Take ${address} out of the load balancer or DNS until it is repaired: firewall, security group and routes between users and ${name}.`,
        manifest: null,
      },
    };
  },
});

function entriesOf(evidence: Evidence): EntryView[] {
  const all = evidence.paths.filter(({ path, state }) => path.to.kind === 'entry' && state !== 'unmeasured');
  const byAddress = Map.groupBy(all, ({ path: { to } }) => ('address' in to ? to.address : ''));
  return [...byAddress].map(([address, paths]) => {
    const to = paths[0]?.path.to;
    const isOther = (path: PathEvidence) => evidence.differences.get(path.path.id)?.isAlways === true;
    // A proxy that has answered anybody as the others do has the route.
    const isLacking = paths.every((path) => isOther(path) || path.answered.length === 0);
    const isBad = (path: PathEvidence) => (isLacking && isOther(path) && !isLimited(path)) || isUnreachable(path);
    return { address, node: to?.kind === 'entry' ? to.node : null, paths, failing: paths.filter(isBad) };
  });
}

/** Who is told that requests were too many is told nothing of the route. */
function isLimited({ answered }: PathEvidence): boolean {
  return answered.every(({ sample }) => saysTooMany(sample));
}

/** Not even a connect got through: what fails later is the proxy's word about what lies behind it. */
function isUnreachable(path: PathEvidence): boolean {
  return (
    isBroken(path) &&
    path.unanswered.every(({ sample: { outcome } }) => 'phase' in outcome && outcome.phase === 'connect')
  );
}
