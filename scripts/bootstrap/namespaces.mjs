/** Whether this machine lets us make the namespaces that the lab lives in; if not, how to allow it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Switches that forbid an ordinary user's namespaces: file, the value that forbids, the value that allows. */
const SWITCHES = [
  { key: 'kernel.unprivileged_userns_clone', forbids: '0', allow: '1' },
  { key: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allow: '0' },
  { key: 'user.max_user_namespaces', forbids: '0', allow: '15000' },
];

/** @param {NodeJS.ProcessEnv} env @returns {string | null} */
export function namespacesProblem(env) {
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? [] : ['--user', '--map-root-user'];
  const { status, stderr } = spawnSync('unshare', [...user, '--net', '--mount', 'ip', 'link', 'set', 'lo', 'up'], {
    env,
    encoding: 'utf8',
  });
  if (status === 0) return null;
  const said = (stderr ?? '').trim().split('\n').at(-1);
  if (isRoot)
    return `root may not make network namespaces here (${said}): in a container, add --privileged or --cap-add=SYS_ADMIN --cap-add=NET_ADMIN`;
  const shut = SWITCHES.find(({ key, forbids }) => valueOf(key) === forbids);
  const remedy = shut
    ? `allow them with sudo sysctl -w ${shut.key}=${shut.allow}`
    : 'a container or security module forbids them';
  return `an ordinary user may not make user namespaces here (${said}): ${remedy}, or run as root`;
}

/** @param {string} key */
function valueOf(key) {
  try {
    return readFileSync(`/proc/sys/${key.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return null;
  }
}
