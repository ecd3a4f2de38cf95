/** The agent as the text of one file, as it travels in the run's ConfigMap. kprobe's executable has a stand-in for this file. */
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
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
