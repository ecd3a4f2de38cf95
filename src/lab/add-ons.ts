/** Keeps the files in line with the store from which the lab's DNS servers and ingress live. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selfSigned } from './network/certificate.ts';
import { createCycle } from './cycle.ts';
import { ingressConfig } from './system/ingress-config.ts';
import { RANGES } from './network/address-plan.ts';
import { INGRESS_NAME, INGRESS_NAMESPACE } from './system/ingress.ts';
import { clusterZone } from './network/zone.ts';
import { NO_ODDITIES, ownFile, withoutHosts, withUpstreams, type Oddities } from './oddities.ts';
import type { Store, Topology } from './model.ts';

/** The one name outside the cluster that resolves. */
export const OUTSIDE_NAME = 'outside.example.com';
const QUIET_MS = 20;
const WATCHED = new Set(['services', 'endpointslices', 'ingresses', 'configmaps']);

export interface AddOnFiles {
  readonly zoneFile: string;
  readonly ingressFile: string;
}

export interface AddOns extends AddOnFiles {
  /** Resolves when the files tell the present state. */
  applied(): Promise<void>;
  /** What the ingress of that host name answers on `:10254/generation` once it has the latest file. */
  ingressGeneration(hostname: string): string;
  /** Resolves when the files tell that some replicas are not as their siblings. */
  become(oddities: Oddities): Promise<void>;
  stop(): void;
}

/** @param folder of the lab, where the files are kept. */
export async function startAddOns(
  store: Store,
  folder: string,
  { clusterDomain, families }: Pick<Topology, 'clusterDomain' | 'families'>,
): Promise<AddOns> {
  const outside = families.map((family) => RANGES[family].lab);
  const files: AddOnFiles = { zoneFile: join(folder, 'zone.json'), ingressFile: join(folder, 'ingress.conf') };
  const certificate = await writeCertificate(folder);
  const written = new Map<string, string>();
  const keep = async (file: string, text: string) => {
    if (written.get(file) === text) return;
    await writeFile(`${file}.new`, text);
    // A reader sees the old file or the new one, never half of one.
    await rename(`${file}.new`, file);
    written.set(file, text);
  };
  let oddities = NO_ODDITIES;
  let ingressGeneration = '';
  const ownGenerations = new Map<string, string>();
  const pass = async () => {
    const services = store.list('services');
    const slices = store.list('endpointslices');
    const settings = store.get('configmaps', INGRESS_NAMESPACE, INGRESS_NAME)?.['data'] ?? {};
    const zone = { ...clusterZone(services, slices, clusterDomain), [OUTSIDE_NAME]: outside };
    const ingresses = store.list('ingresses');
    await keep(files.zoneFile, JSON.stringify(zone));
    const about = { services, slices, settings, certificate, families };
    const { text, generation } = ingressConfig({ ...about, ingresses });
    await keep(files.ingressFile, text);
    ingressGeneration = generation;
    for (const hostname of new Set([...oddities.forgottenHosts.keys(), ...oddities.keptUpstreams.keys()])) {
      const own = ingressConfig({
        ...about,
        ingresses: withoutHosts(ingresses, oddities.forgottenHosts.get(hostname) ?? []),
        slices: withUpstreams(slices, oddities.keptUpstreams.get(hostname) ?? []),
      });
      await keep(ownFile(files.ingressFile, hostname), own.text);
      ownGenerations.set(hostname, own.generation);
    }
    for (const [hostname, oddity] of oddities.dns)
      await keep(ownFile(files.zoneFile, hostname), JSON.stringify(oddity));
  };
  const cycle = createCycle(pass, { quietMs: QUIET_MS });
  const unsubscribe = store.onChange((resource) => {
    if (WATCHED.has(resource)) void cycle.request();
  });
  await pass();
  return {
    ...files,
    applied: () => cycle.request(),
    ingressGeneration: (hostname) => ownGenerations.get(hostname) ?? ingressGeneration,
    become: (changed) => {
      oddities = changed;
      return cycle.request();
    },
    stop: () => {
      unsubscribe();
      cycle.stop();
    },
  };
}

/** One for all hosts, like ingress-nginx' own for those that bring none. */
async function writeCertificate(folder: string) {
  const { certificatePem, keyPem } = selfSigned('Kubernetes Ingress Controller Fake Certificate', [
    'ingress.local',
    '*.example.com',
  ]);
  const files = { certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  await Promise.all([
    writeFile(files.certificateFile, certificatePem),
    writeFile(files.keyFile, keyPem, { mode: 0o600 }),
  ]);
  return files;
}
