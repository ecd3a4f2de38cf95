/** Real Helm, over the chart of this checkout or a copy of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const CHART = fileURLToPath(new URL('../../../deploy/helm/kprobe', import.meta.url));
/** Where scripts/bootstrap puts what PyPI carries. */
const WHEELS = fileURLToPath(new URL('../../../node_modules/.cache/wheels', import.meta.url));
const PROGRAM = fileURLToPath(new URL('helm.py', import.meta.url));

export interface Job {
  readonly values?: object;
  /** Of the release. */
  readonly namespace?: string;
  readonly chart?: string;
}
export type Objects = Record<string, any>[];

/** What `helm template` would print, by file; an error of Helm's is thrown. */
export async function rendered(job: Job): Promise<Record<string, string>> {
  return (await ask({ chart: CHART, ...job })) as Record<string, string>;
}

/** The objects that an installation would make, without the pods of `helm test`. */
export async function objectsOf(job: Job): Promise<Objects> {
  const files = Object.entries(await rendered(job)).filter(
    ([file]) => file.endsWith('.yaml') && !file.includes('/tests/'),
  );
  return files.flatMap(([, text]) => documentsOf(text));
}

export function documentsOf(text: string): Objects {
  return parseAllDocuments(text).flatMap((each) => {
    if (each.errors.length > 0) throw new Error(`no YAML: ${each.errors[0]?.message}\n${text}`);
    return (each.toJS() as Record<string, any> | null) ?? [];
  });
}

/** What `helm lint --strict` has to complain about. */
export async function lintOf(job: Job): Promise<string[]> {
  return (await ask({ chart: CHART, lint: true, ...job })) as string[];
}

/** One for all: loading it takes longer than all of its work. It ends with its standard input. */
const helm = spawn('python3', [PROGRAM], {
  env: { ...process.env, PYTHONPATH: WHEELS },
  stdio: ['pipe', 'pipe', 'inherit'],
});
const results = createInterface({ input: helm.stdout })[Symbol.asyncIterator]();
let turn: Promise<unknown> = Promise.resolve();

/** One job after the other: results come in their order. */
function ask(job: object): Promise<unknown> {
  const mine = turn.then(async () => {
    helm.stdin.write(`${JSON.stringify(job)}\n`);
    const { done, value } = await results.next();
    if (done === true) throw new Error('Helm did not run: see above');
    const result = JSON.parse(value) as { ok: unknown } | { error: string };
    if ('error' in result) throw new Error(result.error);
    return result.ok;
  });
  turn = mine.catch(() => undefined);
  return mine;
}

export async function endHelm(): Promise<void> {
  if (helm.exitCode !== null) return;
  const ended = once(helm, 'exit');
  helm.stdin.end();
  await ended;
}
