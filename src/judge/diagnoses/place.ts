/** The narrowest thing that troubled paths have in common, and clean paths that do not share it. */
import type { Finding } from '../../model/verdict.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';

export interface Place {
  /** e.g. "on the way to web-7f9c" */
  readonly says: string;
  readonly object: Finding['object'];
  readonly where: Finding['where'];
  readonly clean: readonly PathEvidence[];
}

export function commonPlace(evidence: Evidence, troubled: readonly PathEvidence[]): Place {
  const direct = troubled.filter((path) => path.path.to.kind !== 'service' && path.path.to.kind !== 'resolver');
  const paths = direct.length > 0 ? direct : troubled;
  const clean = evidence.paths.filter(
    (path) => path.state === 'open' && (path.path.probe.kind === 'tcp' || path.path.probe.kind === 'http'),
  );
  const from = same(paths, (path) => path.from.node);
  const node = same(paths, nodeOf);
  const pods = new Set(paths.map(podOf));
  if (!pods.has(null))
    return atPods(
      evidence,
      [...pods].filter((pod) => pod !== null),
      { from, node, clean },
    );
  if (node !== null) {
    const says = `on the way ${from === null ? '' : `from ${from} `}to ${node}`;
    return {
      says,
      object: null,
      where: { from: from ?? 'all nodes', to: node },
      clean: clean.filter((path) => nodeOf(path) !== node),
    };
  }
  if (from !== null) {
    return {
      says: `on the way out of ${from}`,
      object: null,
      where: { from, to: 'all nodes' },
      clean: clean.filter((path) => path.from.node !== from),
    };
  }
  return { says: 'on several ways', object: null, where: null, clean };
}

interface Around {
  readonly from: string | null;
  readonly node: string | null;
  readonly clean: readonly PathEvidence[];
}

/** One pod, or several of which the Service that was asked about is the common name. */
function atPods(evidence: Evidence, pods: readonly string[], { from, node, clean }: Around): Place {
  const others = clean.filter((path) => !pods.includes(podOf(path) ?? ''));
  const where = { from: from ?? 'all nodes', to: node ?? 'all nodes' };
  const [namespace = '', name = ''] = (pods[0] ?? '').split('/');
  const { service } = evidence.target;
  if (pods.length === 1)
    return { says: `on the way to ${name}`, object: { kind: 'Pod', namespace, name }, where, clean: others };
  const isService =
    service !== null &&
    pods.every((pod) => service.backends.some((backend) => pod === `${backend.pod?.namespace}/${backend.pod?.name}`));
  if (!isService) return { says: `on the way to ${pods.length} pods`, object: null, where, clean: others };
  return {
    says: `on the way to the pods of ${service.namespace}/${service.name}`,
    object: { kind: 'Service', namespace: service.namespace, name: service.name },
    where,
    clean: others,
  };
}

function same(paths: readonly PathEvidence[], pick: (path: PathEvidence) => string | null): string | null {
  const [value, ...more] = new Set(paths.map(pick));
  return more.length === 0 ? (value ?? null) : null;
}

function podOf(path: PathEvidence): string | null {
  const to = path.path.to;
  return 'pod' in to && to.pod !== null ? `${to.pod.namespace}/${to.pod.name}` : null;
}

function nodeOf(path: PathEvidence): string | null {
  const to = path.path.to;
  return 'node' in to ? to.node : null;
}
