/**
 * Makes a bare machine ready, then runs a command with the project's own Node: `node scripts/bootstrap.mjs [--proxies | --programs | --browser] COMMAND [ARG…]`,
 * where the flag asks for what only `npm test`, `npm run test:programs` or `npm run test:browser` needs.
 * Plain JavaScript without packages, because it runs before there are any, on whatever Node (>= 20) the machine has.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { delimiter, join } from 'node:path';
import { constants } from 'node:os';
import { packagesProblem } from './bootstrap/packages.mjs';
import { namespacesProblem } from './bootstrap/namespaces.mjs';
import { toolsProblem } from './bootstrap/tools.mjs';
import { wheelsProblem } from './bootstrap/wheels.mjs';

/** Exit code for "could not run", as kprobe's own. */
const COULD_NOT_RUN = 2;
/** Where Debian keeps nft, nginx and ip; not on an ordinary user's PATH. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @type {ReadonlyMap<string, 'proxies' | 'programs' | 'browser'>} */
const NEEDS = new Map([
  ['--proxies', 'proxies'],
  ['--programs', 'programs'],
  ['--browser', 'browser'],
]);

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const env = {
  ...process.env,
  PATH: [bin, process.env.PATH ?? '/usr/bin:/bin', ...SYSTEM_FOLDERS].join(delimiter),
  // The lab starts many Node processes: what V8 has compiled once need not be compiled by each of them.
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/kprobe'),
};

main(process.argv.slice(2));

/** @param {string[]} args */
function main(args) {
  const need = NEEDS.get(args[0] ?? '') ?? null;
  const steps = [
    platformProblem,
    () => packagesProblem(root),
    () => toolsProblem(env, need),
    () => (need === 'programs' || need === 'proxies' ? wheelsProblem(root, env, need) : null),
    () => namespacesProblem(env),
  ];
  for (const step of steps) {
    const problem = step();
    if (problem === null) continue;
    console.error(`kprobe: ${problem}`);
    process.exit(COULD_NOT_RUN);
  }
  const [program, ...rest] = need === null ? args : args.slice(1);
  if (program !== undefined) run(program, rest);
}

/** @returns {string | null} */
function platformProblem() {
  if (process.platform !== 'linux')
    return `the lab needs a Linux kernel (this is ${process.platform}): use a Linux machine or virtual machine`;
  const major = Number.parseInt(process.versions.node, 10);
  return major >= 20 ? null : `Node.js 20 or newer is needed (this is ${process.versions.node})`;
}

/** @param {string} program @param {string[]} args */
function run(program, args) {
  const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the whole group: the child decides, we only wait for it.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`kprobe: could not run ${program}: ${error.message}`);
    process.exit(COULD_NOT_RUN);
  });
  child.on('close', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 9)));
}
