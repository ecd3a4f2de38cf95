/** Findings → the report: what was looked at, and what follows from it. */
import { count, list } from '../model/format.ts';
import { LINT_SCHEMA, type LintFinding, type LintReport } from '../model/lint.ts';
import { isUnread } from '../model/unread.ts';
import { type Given, MAKE_PODS } from './material.ts';

interface Parts {
  readonly given: Given;
  readonly findings: readonly LintFinding[];
  readonly gone: readonly string[];
  readonly notChecked: LintReport['notChecked'];
  readonly checked: LintReport['checked'];
  readonly run: LintReport['run'];
}

/** Without these kinds, silence says nothing. */
const NEEDED = [...MAKE_PODS, 'services', 'networkpolicies', 'ingresses', 'namespaces'];

export function reportOf({ given, findings, gone, notChecked, checked, run }: Parts): LintReport {
  const open = findings.filter(({ accepted }) => !accepted).length;
  const accepted = findings.length - open;
  const isBlind = checked.length === 0 || isUnread(given.cluster, ...NEEDED);
  const looked = list(
    checked.map(({ kind, objects }) => `${objects} ${plural(kind, objects)}`),
    6,
  );
  const beside = accepted === 0 ? '' : `, ${accepted} more accepted`;
  return {
    schema: LINT_SCHEMA,
    status: open > 0 ? 'faulty' : isBlind ? 'inconclusive' : 'healthy',
    summary:
      checked.length === 0
        ? 'there is nothing that lint looks at'
        : `${open === 0 ? 'no finding' : count(open, 'finding')}${beside} in ${looked}`,
    findings: [...findings],
    notChecked: [...notChecked],
    checked: [...checked],
    gone: [...gone],
    run,
  };
}

function plural(kind: string, objects: number): string {
  if (objects === 1) return kind;
  if (kind.endsWith('y')) return `${kind.slice(0, -1)}ies`;
  return kind.endsWith('s') ? `${kind}es` : `${kind}s`;
}

/** Objects that are judged, by kind; kinds of which there are none are left out. */
export function countsOf({ cluster, templates, isSubject }: Given): LintReport['checked'] {
  const routes = [
    ...new Map(cluster.routes.map((each) => [`${each.kind} ${each.namespace}/${each.name}`, each])).values(),
  ];
  const all = [
    ...cluster.networkPolicies.map(({ namespace, name }) => ({ kind: 'NetworkPolicy', namespace, name })),
    ...cluster.services.map(({ namespace, name }) => ({ kind: 'Service', namespace, name })),
    ...routes.map(({ kind, namespace, name }) => ({ kind, namespace, name })),
    ...templates.map(({ kind, namespace, name }) => ({ kind, namespace, name })),
  ].filter(isSubject);
  return [...Map.groupBy(all, ({ kind }) => kind)].map(([kind, objects]) => ({ kind, objects: objects.length }));
}
