/** The account that stands for "not root": whose sockets a policy engine does not take for the node's own. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../model/user-error.ts';
import { mappedIds } from '../kubelet/ids.ts';
import type { Topology } from '../model.ts';
import type { NginxUser } from './nginx-file.ts';

/** The kernel's overflow id, which every distribution gives to an account of its own, mostly `nobody`. */
const NOBODY = 65_534;

/**
 * Null where this machine lets the lab be nobody but root.
 * @throws UserError where the cluster could then not be what it shall be.
 */
export function ingressWorker({ profile, ingress }: Pick<Topology, 'profile' | 'ingress'>): NginxUser | null {
  const worker = mappedIds()(NOBODY) ? accountOf(NOBODY) : null;
  // Only nginx takes an account to work as; the others stay root.
  const isServed = worker !== null && (ingress?.program ?? 'nginx') === 'nginx';
  if (isServed || profile !== 'kube-network-policies' || ingress?.hostNetwork !== true) return worker;
  throw new UserError('this lab needs a process on a node that is not root, and there is no other user here', {
    hint: 'run it as root: in a user namespace of one id every process is root',
  });
}

function accountOf(id: number): NginxUser | null {
  const user = nameOf('/etc/passwd', id);
  const group = nameOf('/etc/group', id);
  return user === null || group === null ? null : { user, group };
}

/** passwd(5) and group(5) both have the name first and the id third. */
function nameOf(file: string, id: number): string | null {
  const rows = readFileSync(file, 'utf8').split('\n');
  return rows.map((row) => row.split(':')).find(([, , number]) => number === `${id}`)?.[0] ?? null;
}
