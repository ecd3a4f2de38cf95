/** Keeps the files in line with the store from which the lab's DNS servers and ingress live. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { daysFrom, issued, selfSigned, type Certificate } from './network/certificate.ts';
import { createCycle } from './cycle.ts';
import { envoyConfig } from './system/envoy-config.ts';
import { gatewayRoutes } from './system/gateway-routes.ts';
import { CLASS_ACCEPTED, SERVED, statusOf } from './system/gateway-status.ts';
import { haproxyConfig } from './system/haproxy-config.ts';
import { fingerprint, ingressConfig, type IngressConfig, type IngressInput } from './system/ingress-config.ts';
import { RANGES } from './network/address-plan.ts';
import { INSTALLATIONS, type IngressProgram } from './system/ingress-program.ts';
import { clusterZone } from './network/zone.ts';
import { NO_ODDITIES, ownFile, withoutHostnames, withoutHosts, withUpstreams, type Oddities } from './oddities.ts';
import type { KubeObject, Store, Topology } from './model.ts';

/** The one name outside the cluster that resolves. */
export const OUTSIDE_NAME = 'outside.example.com';
const QUIET_MS = 20;
const WATCHED = new Set(['services', 'endpointslices', 'ingresses', 'configmaps', 'httproutes', 'referencegrants']);

export interface AddOnFiles {
  readonly zoneFile: string;
  readonly ingressFile: string;
  readonly certificate: IngressInput['certificate'];
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

interface AddOnOptions extends Pick<Topology, 'clusterDomain' | 'families'> {
  /** Of the lab, where the files are kept. */
  readonly folder: string;
  /** What proxies at the ingress. */
  readonly program: IngressProgram;
}

export async function startAddOns(
  store: Store,
  { folder, clusterDomain, families, program }: AddOnOptions,
): Promise<AddOns> {
  const outside = families.map((family) => RANGES[family].lab);
  const certificate = await writeCertificate(folder);
  const files: AddOnFiles = {
    zoneFile: join(folder, 'zone.json'),
    ingressFile: join(folder, 'ingress.conf'),
    certificate,
  };
  const { namespace, configMap } = INSTALLATIONS[program];
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
  let [shared, covered] = [certificate, ''];
  /** A new name for new content: proxies read the files of a configuration that has changed. */
  const coveringHosts = async (ingresses: readonly KubeObject[]) => {
    const hosts = securedHosts(ingresses);
    if (hosts.join() === covered) return shared;
    covered = hosts.join();
    return writeFiles(folder, `tls-for-${fingerprint(covered)}`, selfSigned(OWN_DOMAIN, [...OWN_NAMES, ...hosts]));
  };
  let ownCertificates = new Map<string, IngressInput['certificate']>();
  const pass = async () => {
    const services = store.list('services');
    const slices = store.list('endpointslices');
    const settings = store.get('configmaps', namespace, configMap)?.['data'] ?? {};
    const zone = { ...clusterZone(services, slices, clusterDomain), [OUTSIDE_NAME]: outside };
    const ingresses = store.list('ingresses');
    await keep(files.zoneFile, JSON.stringify(zone));
    const httpRoutes = store.list('httproutes');
    shared = await coveringHosts(ingresses);
    const about = {
      services,
      slices,
      settings,
      certificate: shared,
      families,
      referenceGrants: store.list('referencegrants'),
    };
    const { text, generation } = configOf(program, { ...about, ingresses, httpRoutes });
    await keep(files.ingressFile, text);
    if (program === 'envoy') tellRoutes(store, gatewayRoutes({ ...about, httpRoutes }).conditions);
    ingressGeneration = generation;
    const { forgottenHosts, certificates, keptUpstreams } = oddities;
    for (const hostname of new Set([...forgottenHosts.keys(), ...certificates.keys(), ...keptUpstreams.keys()])) {
      const forgotten = forgottenHosts.get(hostname) ?? [];
      const own = configOf(program, {
        ...about,
        ingresses: withoutHosts(ingresses, forgotten),
        httpRoutes: withoutHostnames(httpRoutes, forgotten),
        slices: withUpstreams(slices, keptUpstreams.get(hostname) ?? []),
        certificate: ownCertificates.get(hostname) ?? shared,
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
  if (program === 'envoy') {
    store.putStatus('gatewayclasses', null, INSTALLATIONS.envoy.className, CLASS_ACCEPTED);
    store.putStatus('gateways', namespace, INSTALLATIONS.envoy.className, SERVED);
  }
  return {
    ...files,
    applied: () => cycle.request(),
    ingressGeneration: (hostname) => ownGenerations.get(hostname) ?? ingressGeneration,
    become: async (changed) => {
      ownCertificates = await writeOwnCertificates(folder, changed.certificates);
      oddities = changed;
      await cycle.request();
    },
    stop: () => {
      unsubscribe();
      cycle.stop();
    },
  };
}

interface ConfigInput extends IngressInput {
  readonly httpRoutes: readonly KubeObject[];
  readonly referenceGrants: readonly KubeObject[];
}

function configOf(program: IngressProgram, input: ConfigInput): IngressConfig {
  switch (program) {
    case 'nginx':
      return ingressConfig(input);
    case 'haproxy':
      return haproxyConfig(input);
    case 'envoy':
      return envoyConfig(input);
    default:
      return program satisfies never;
  }
}

/** As the controller of the Gateway does; what stands there already is not written again. */
function tellRoutes(store: Store, conditions: ReturnType<typeof gatewayRoutes>['conditions']): void {
  for (const route of store.list('httproutes')) {
    const { namespace = 'default', name } = route.metadata;
    const status = statusOf(route, conditions.get(`${namespace}/${name}`) ?? []);
    if (JSON.stringify(route['status']?.parents) !== JSON.stringify(status.parents))
      store.putStatus('httproutes', namespace, name, status);
  }
}

const OWN_DOMAIN = 'example.com';
const OWN_NAMES = [OWN_DOMAIN, `*.${OWN_DOMAIN}`];

/** One for all hosts, as ingress-nginx has with --default-ssl-certificate. */
function writeCertificate(folder: string) {
  return writeFiles(folder, 'tls', selfSigned(OWN_DOMAIN, OWN_NAMES));
}

/** Those that Ingresses name in `spec.tls`, and that the certificate of all does not cover by itself. */
function securedHosts(ingresses: readonly KubeObject[]): string[] {
  const all = ingresses.flatMap(({ spec }) =>
    (spec?.tls ?? []).flatMap((each: { hosts?: string[] }) => each.hosts ?? []),
  );
  return [...new Set<string>(all)].filter((host) => !/^[^.]+\.example\.com$/u.test(host)).toSorted();
}

async function writeOwnCertificates(folder: string, certificates: Oddities['certificates']) {
  const now = new Date();
  const written = [...certificates].map(
    async ([
      hostname,
      {
        subject,
        names,
        days: [from, to],
        ...more
      },
    ]) => {
      const own = issued({
        commonName: subject,
        dnsNames: names,
        validFrom: daysFrom(now, from),
        validTo: daysFrom(now, to),
        issuer: more.issuer,
        isLogged: more.isLogged,
      });
      return [hostname, await writeFiles(folder, `tls-of-${hostname}`, own)] as const;
    },
  );
  return new Map(await Promise.all(written));
}

async function writeFiles(folder: string, name: string, { certificatePem, keyPem }: Certificate) {
  const files = { certificateFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  await Promise.all([
    writeFile(files.certificateFile, certificatePem),
    writeFile(files.keyFile, keyPem, { mode: 0o600 }),
    // Where HAProxy looks for the key of a certificate (ssl-load-extra-files).
    writeFile(`${files.certificateFile}.key`, keyPem, { mode: 0o600 }),
  ]);
  return files;
}
