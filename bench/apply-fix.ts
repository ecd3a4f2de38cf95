/** `node bench/apply-fix.ts VERDICT.json`: puts the manifest of the first finding's fix into the cluster of $KUBECONFIG. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import {
  KubeConfig,
  KubernetesObjectApi,
  loadAllYaml,
  PatchStrategy,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { Verdict } from '../src/model/verdict.ts';

/**
 * Envoy goes on with a connect whose request was given up, and the next request ends with it: 503 after what is left of that. Contour's connect
 * timeout is 2 s (its configuration reference, timeouts.connect-timeout). Milliseconds.
 */
const BEGUN_BEFORE_MS = 2500;

const [file = ''] = process.argv.slice(2);
const { findings } = Verdict.parse(JSON.parse(readFileSync(file, 'utf8')));
const manifest = findings[0]?.fix?.manifest ?? null;
if (manifest === null) throw new Error(`${file} has no fix to apply`);

const config = new KubeConfig();
config.loadFromDefault();
const api = KubernetesObjectApi.makeApiClient(config);
// The library's own reader: from an object that others have read it leaves out what it calls otherwise (`from`), and says nothing.
for (const object of loadAllYaml(manifest) as KubernetesObject[]) {
  await api.patch(object, undefined, undefined, 'kprobe-bench', true, PatchStrategy.ServerSideApply);
}
await setTimeout(BEGUN_BEFORE_MS);
