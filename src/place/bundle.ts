/** The agent as the text of one file, as it travels in the run's ConfigMap. kprobe's executable has a stand-in for this file. */
import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UserError } from '../model/user-error.ts';

/** Started from source, the agent is bundled from source too; `dist/agent.mjs` could be of another day. */
const IS_SOURCE = import.meta.url.endsWith('.ts');
const SOURCE = new URL('../../probes/main.ts', import.meta.url);
const PREBUILT = new URL('../../agent.mjs', import.meta.url);

/** How the agent is started on this machine: a program and its arguments. It is told all else on its standard input. */
export function agentCommand(): readonly [program: string, ...args: string[]] {
  return [process.execPath, fileURLToPath(IS_SOURCE ? SOURCE : PREBUILT), '--assignment', '-'];
}

/** The program of the probe agent, an ES module without any dependency. Raises UserError where the installed package is incomplete. */
export async function bundleAgent(): Promise<string> {
  return IS_SOURCE ? buildFromSource() : readPrebuilt();
}

async function readPrebuilt(): Promise<string> {
  const file = fileURLToPath(PREBUILT);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UserError(`cannot read the probe agent ${file}`, {
      cause,
      hint: 'install kprobe again, or npm run bundle',
    });
  }
}

/**
 * Node's own modules are required, not imported: an import reads every property that a module has, and `node:fs` loads its streams and promises
 * for that, a third of the time to the agent's first packet (docs/performance.md).
 */
const requireOwnModules: Plugin = {
  name: 'require-own-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' && path !== 'node:module' ? { path, namespace: 'own' } : { path, external: true },
    );
    onLoad({ filter: /.*/, namespace: 'own' }, ({ path }) => ({ contents: `module.exports = require('${path}')` }));
  },
};
/** As probes/late.ts. By the path of Node itself: an agent inside a container that is there has no file of its own. */
const REQUIRE =
  "import{createRequire as requireFrom}from'node:module';const require=process.getBuiltinModule??requireFrom(process.execPath);";

/** Names are kept and whitespace is not: small enough for a ConfigMap (1 MiB), and a stack trace still says something. */
async function buildFromSource(): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [fileURLToPath(SOURCE)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    plugins: [requireOwnModules],
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
