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

/** Of so many nodes, two thirds of all node pairs touch no one node by chance. */
const FEWEST_NODES = 4;
const FEWEST_NODE_PAIRS = 4;
const NEARLY_ALL = 0.8;

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
  const [one, other, ...others] = new Set(paths.flatMap((path) => [path.from.node, nodeOf(path)]));
  if (one !== undefined && one !== null && other !== undefined && other !== null && others.length === 0) {
    const isBetween = (path: PathEvidence) =>
      [one, other].includes(path.from.node ?? '') && [one, other].includes(nodeOf(path) ?? '');
    return {
      says: `between ${one} and ${other}`,
      object: null,
      where: { from: one, to: other },
      clean: clean.filter((path) => !isBetween(path)),
    };
  }
  const hub = hubOf(evidence, paths);
  if (hub === null) return { says: 'on several ways', object: null, where: null, clean };
  return {
    says: `on the node pairs to and from ${hub}`,
    object: { kind: 'Node', namespace: null, name: hub },
    where: { from: hub, to: 'all nodes' },
    clean: clean.filter((path) => path.from.node !== hub && nodeOf(path) !== hub),
  };
}

/** The one node of a mesh that nearly all troubled node pairs touch, where the mesh has enough others that this is no chance. */
function hubOf({ target, cluster }: Evidence, paths: readonly PathEvidence[]): string | null {
  if (target.kind !== 'nodes' || cluster.nodes.length < FEWEST_NODES || paths.length < FEWEST_NODE_PAIRS) return null;
  const counts = new Map<string, number>();
  for (const path of paths) {
    for (const node of [path.from.node, nodeOf(path)]) if (node !== null) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most !== undefined && most[1] >= NEARLY_ALL * paths.length ? most[0] : null;
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
