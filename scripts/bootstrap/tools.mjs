/** The system's programs that the lab and the tests need: through apt as root, otherwise one line that says what to install. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What the lab is made of: program → the Debian package that brings it. */
const TOOLS = {
  nft: 'nftables',
  nginx: 'nginx-light',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
};
/** What single suites need besides. */
const MORE = {
  // `npm test` runs some scenarios of the lab through these; Envoy comes as a wheel.
  proxies: { haproxy: 'haproxy', pip3: 'python3-pip' },
  // `npm run test:programs` hands metrics to the first three, and sees the timers of the others.
  programs: {
    prometheus: 'prometheus',
    promtool: 'prometheus',
    'prometheus-pushgateway': 'prometheus-pushgateway',
    haproxy: 'haproxy',
    dnsmasq: 'dnsmasq-base',
    unbound: 'unbound',
    curl: 'curl',
    gcc: 'gcc',
    'musl-gcc': 'musl-tools',
    pip3: 'python3-pip',
  },
  // `npm run test:browser` opens reports in it.
  browser: { chromium: 'chromium' },
};
/** @typedef {keyof typeof MORE} Need */
/** Programs that Debian's packages start as services, at once and at each boot: nothing that we need. */
const SERVICES = ['nginx', 'prometheus', 'prometheus-pushgateway', 'haproxy', 'unbound'];
/** Debian's hook that decides whether an installed service is started; 101 means "not allowed" (invoke-rc.d(8)). */
const SERVICE_HOOK = '/usr/sbin/policy-rc.d';

/**
 * Installs what is missing.
 * @param {NodeJS.ProcessEnv} env @param {Need | null} need a suite that needs more @returns {string | null} what went wrong
 */
export function toolsProblem(env, need) {
  const wanted = new Map(Object.entries(need === null ? TOOLS : { ...TOOLS, ...MORE[need] }));
  const missing = missingOf(wanted, env);
  if (missing.length === 0) return null;
  const packages = [...new Set(missing.map((tool) => wanted.get(tool) ?? tool))].join(' ');
  const lack = `missing ${missing.join(', ')}`;
  if (process.getuid?.() !== 0)
    return `${lack}: install them first, e.g. sudo apt-get install --no-install-recommends ${packages}`;
  if (!has('apt-get', env)) return `${lack}: install what Debian calls ${packages}`;
  console.error(`kprobe: installing ${packages} (apt-get)`);
  const problem = install(packages.split(' '), env);
  if (problem !== null) return `apt-get could not install ${packages}: ${problem}`;
  const still = missingOf(wanted, env);
  return still.length === 0 ? null : `still missing after installing ${packages}: ${still.join(', ')}`;
}

/** @param {Map<string, string>} wanted @param {NodeJS.ProcessEnv} env */
function missingOf(wanted, env) {
  return [...wanted.keys()].filter((tool) => !has(tool, env));
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
  const newServices = SERVICES.filter((service) => !has(service, env));
  const holdsServices = newServices.length > 0 && !existsSync(SERVICE_HOOK);
  // Tests start their own: Debian's packages would start theirs on this machine's ports.
  if (holdsServices) writeFileSync(SERVICE_HOOK, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return aptGet(['update'], env) ?? aptGet(['install', '--yes', '--no-install-recommends', ...packages], env);
  } finally {
    if (holdsServices) rmSync(SERVICE_HOOK, { force: true });
    const started = newServices.filter((service) => has(service, env));
    if (started.length > 0 && has('systemctl', env))
      spawnSync('systemctl', ['disable', '--quiet', ...started], { env });
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
