/** `node bench/apply-fix.ts VERDICT.json`: puts the manifest of the first finding's fix into the cluster of $KUBECONFIG. */
import { readFileSync } from 'node:fs';
import { KubeConfig, KubernetesObjectApi, PatchStrategy, type KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { Verdict } from '../src/model/verdict.ts';

const [file = ''] = process.argv.slice(2);
const { findings } = Verdict.parse(JSON.parse(readFileSync(file, 'utf8')));
const manifest = findings[0]?.fix?.manifest ?? null;
if (manifest === null) throw new Error(`${file} has no fix to apply`);

const config = new KubeConfig();
config.loadFromDefault();
const api = KubernetesObjectApi.makeApiClient(config);
for (const document of parseAllDocuments(manifest)) {
  const object = document.toJS() as KubernetesObject;
  await api.patch(object, undefined, undefined, 'kprobe-bench', true, PatchStrategy.ServerSideApply);
}
