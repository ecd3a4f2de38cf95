/** The npm packages: installed when they are missing or are not those of package-lock.json. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs what is missing. @param {string} root @returns {string | null} what went wrong */
export function packagesProblem(root) {
  if (isInstalled(root)) return null;
  console.error('kprobe: installing npm packages (npm ci)');
  const [program, args] = npm();
  // Level error: npm itself runs on the machine's Node and would warn that packages want a newer one, which they get.
  const options = ['ci', '--loglevel=error', '--no-audit', '--no-fund'];
  const { status, error } = spawnSync(program, [...args, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) return `npm could not be started (${error.message}): install npm`;
  if (status !== 0) return 'npm ci failed, see above: is the package registry reachable?';
  return isInstalled(root)
    ? null
    : "npm ci ended well, yet the project's own Node does not run: are install scripts switched off?";
}

/** npm with the Node that started it: `npm ci` removes the project's own while it runs. @returns {[string, string[]]} */
function npm() {
  const { npm_node_execpath: node, npm_execpath: cli } = process.env;
  return node && cli ? [node, [cli]] : ['npm', []];
}

/** @param {string} root */
function isInstalled(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const present = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || present === null) return false;
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    if (present[path] === undefined ? !optional : present[path].version !== version) return false;
  }
  return spawnSync(join(root, 'node_modules', '.bin', 'node'), ['--version']).status === 0;
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }> | null} */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}
