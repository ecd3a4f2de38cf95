/** The system's tools that the lab is made of: through apt as root, otherwise one line that says what to install. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Program → the Debian package that brings it. */
const TOOLS = {
  nft: 'nftables',
  nginx: 'nginx-light',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
};
/** Debian's hook that decides whether an installed service is started; 101 means "not allowed" (invoke-rc.d(8)). */
const SERVICE_HOOK = '/usr/sbin/policy-rc.d';

/** Installs what is missing. @param {NodeJS.ProcessEnv} env @returns {string | null} what went wrong */
export function toolsProblem(env) {
  const missing = missingTools(env);
  if (missing.length === 0) return null;
  const packages = [...new Set(missing.map((tool) => TOOLS[tool]))].join(' ');
  const wanted = `missing ${missing.join(', ')}`;
  if (process.getuid?.() !== 0)
    return `${wanted}: install them first, e.g. sudo apt-get install --no-install-recommends ${packages}`;
  if (!has('apt-get', env)) return `${wanted}: install what Debian calls ${packages}`;
  console.error(`kprobe: installing ${packages} (apt-get)`);
  const problem = install(packages.split(' '), env);
  if (problem !== null) return `apt-get could not install ${packages}: ${problem}`;
  const still = missingTools(env);
  return still.length === 0 ? null : `still missing after installing ${packages}: ${still.join(', ')}`;
}

/** @param {NodeJS.ProcessEnv} env @returns {(keyof typeof TOOLS)[]} */
function missingTools(env) {
  return /** @type {(keyof typeof TOOLS)[]} */ (Object.keys(TOOLS)).filter((tool) => !has(tool, env));
}

/** @param {string} tool @param {NodeJS.ProcessEnv} env */
function has(tool, env) {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string[]} packages @param {NodeJS.ProcessEnv} env @returns {string | null} */
function install(packages, env) {
  const nginxIsNew = !has('nginx', env);
  const holdsServices = nginxIsNew && !existsSync(SERVICE_HOOK);
  // The lab starts its own nginx; Debian's package would start one on this machine's port 80.
  if (holdsServices) writeFileSync(SERVICE_HOOK, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return aptGet(['update'], env) ?? aptGet(['install', '--yes', '--no-install-recommends', ...packages], env);
  } finally {
    if (holdsServices) rmSync(SERVICE_HOOK, { force: true });
    if (nginxIsNew && has('systemctl', env)) spawnSync('systemctl', ['disable', '--quiet', 'nginx'], { env });
  }
}

/** @param {string[]} args @param {NodeJS.ProcessEnv} env @returns {string | null} */
function aptGet(args, env) {
  const { status, error, stdout, stderr } = spawnSync('apt-get', ['-qq', ...args], {
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
  });
  if (status === 0) return null;
  const lines = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').filter((line) => /^[EW]:/.test(line));
  return error?.message ?? lines.slice(-3).join(' ');
}
