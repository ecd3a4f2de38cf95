/** The rights that kprobe needs, asked for one by one. */
import pLimit from 'p-limit';
import type { Access, ClusterClient } from '../api/cluster-client.ts';
import type { Right } from '../install/rights.ts';
import { list } from '../model/format.ts';
import type { Check } from './check.ts';

/** Reviews at once: quick, and no burden to an API server. */
const AT_ONCE = 8;

export interface RightsQuestion {
  readonly client: ClusterClient;
  readonly rights: readonly Right[];
  /** Absent: in all namespaces. */
  readonly namespace?: string;
  /** The command that grants them. */
  readonly install: string;
}

export async function checkRights({ client, rights, namespace, install }: RightsQuestion): Promise<Check[]> {
  const limit = pLimit(AT_ONCE);
  const place = namespace === undefined ? '' : ` in ${namespace}`;
  return Promise.all(
    rights.map(async (right): Promise<Check> => {
      const accesses = accessesOf(right, namespace);
      const answers = await Promise.all(accesses.map((access) => limit(() => client.mayI(access))));
      const check = { section: 'rights', what: `${sayRight(right)}${place}` } as const;
      const unanswered = answers.find((answer) => !answer.ok);
      if (unanswered !== undefined && !unanswered.ok)
        return { ...check, state: 'unknown', says: `it cannot be asked: ${unanswered.problem.message}`, todo: null };
      const denied = accesses.filter((_, index) => answers[index]?.ok === true && !answers[index].value);
      if (denied.length === 0) return { ...check, state: 'ok', says: right.why, todo: null };
      const names = denied.flatMap(({ name }) => name ?? []);
      const which = names.length > 0 && denied.length < accesses.length ? ` (${list(names)})` : '';
      return { ...check, state: 'failed', says: `missing${which}: ${right.without}`, todo: install };
    }),
  );
}

function accessesOf({ verbs, group, resource, names }: Right, namespace: string | undefined): Access[] {
  const scope = namespace === undefined ? {} : { namespace };
  return verbs.flatMap((verb) => {
    const access = { verb, group, resource, ...scope };
    return names === undefined ? [access] : names.map((name) => ({ ...access, name }));
  });
}

/** `list ingresses.networking.k8s.io`, as `kubectl auth can-i` takes it. */
export function sayRight({ verbs, group, resource }: Right): string {
  return `${verbs.join(', ')} ${resource}${group === '' ? '' : `.${group}`}`;
}
