/** What a container may do: its securityContext, as far as the lab can honour it. Pure. */
import type { Rights } from './container-process.ts';

type Part = Record<string, any>;

/** containerd's default capabilities. */
const DEFAULT_CAPABILITIES = [
  ...['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap', 'net_bind_service'],
  ...['net_raw', 'sys_chroot', 'mknod', 'audit_write', 'setfcap'],
];

/** Linux's capabilities, as setpriv spells them; an unknown name would stop the container from starting. */
const KNOWN_CAPABILITIES = new Set([
  ...DEFAULT_CAPABILITIES,
  ...[
    'net_admin',
    'net_broadcast',
    'sys_admin',
    'sys_ptrace',
    'sys_resource',
    'sys_time',
    'sys_nice',
    'ipc_lock',
    'dac_read_search',
  ],
]);

export type GivenRights = { readonly rights: Rights; readonly ignored: readonly string[] };

/** @param isMapped whether this machine lets us take an id; ids that it does not are ignored and named. */
export function rightsOf(spec: Part, container: Part, isMapped: (id: number) => boolean): GivenRights {
  const own: Part = container['securityContext'] ?? {};
  const shared: Part = spec['securityContext'] ?? {};
  const ignored: string[] = [];
  const usable = (name: string): number | null => {
    const id: number | undefined = own[name] ?? shared[name];
    if (id === undefined) return null;
    if (isMapped(id)) return id;
    ignored.push(`${name} ${id}`);
    return null;
  };
  const user = usable('runAsUser');
  // A container that runs as a user without a group runs in root's group; clearing groups needs real ids.
  const group = usable('runAsGroup') ?? (user !== null && user !== 0 ? 0 : null);
  const mayGain = own['allowPrivilegeEscalation'] !== false;
  return { rights: { user, group, capabilities: capabilitiesOf(own), mayGain }, ignored };
}

function capabilitiesOf(own: Part): readonly string[] | null {
  if (own['privileged'] === true) return null;
  const names = (list: unknown): string[] =>
    (Array.isArray(list) ? list : []).map((name) => String(name).toLowerCase().replace(/^cap_/, ''));
  const dropped = new Set(names(own['capabilities']?.drop));
  const kept = dropped.has('all') ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.has(name));
  return [...new Set([...kept, ...names(own['capabilities']?.add).filter((name) => KNOWN_CAPABILITIES.has(name))])];
}
