/** Puts manifests into a running lab from outside its process, as `kubectl apply --server-side` would. */
import { readFile } from 'node:fs/promises';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { UserError } from '../model/user-error.ts';
import { resourceOfKind } from './api/resources.ts';
import type { KubeObject } from './model.ts';

/** Applies every document of `text` to the lab whose kubeconfig this is. @throws UserError for what the API refuses. */
export async function applyYaml(text: string, kubeconfig: string): Promise<void> {
  const server = serverOf(parse(await readFile(kubeconfig, 'utf8')));
  for (const document of parseAllDocuments(text)) await applyObject(server, document.toJS() as KubeObject);
}

async function applyObject(server: string, object: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const resource = resourceOfKind(apiVersion, kind);
  if (resource === null) throw new UserError(`The lab has no kind ${apiVersion} ${kind}`);
  const root = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const inside = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  const answer = await fetch(
    `${server}/${root}${inside}/${resource.plural}/${metadata.name}?fieldManager=kprobe&force=true`,
    {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: stringify(object),
    },
  );
  if (!answer.ok) throw new UserError(`${kind} ${metadata.name} was refused: ${await answer.text()}`);
}

function serverOf(config: unknown): string {
  const clusters = (config as { clusters?: { cluster?: { server?: string } }[] } | null)?.clusters;
  const server = clusters?.[0]?.cluster?.server;
  if (server === undefined) throw new UserError('The kubeconfig of the lab names no server');
  return server;
}
