/** Reads a scenario's folder: scenario.yaml and manifests.yaml. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../../model/user-error.ts';
import { readManifests, type Manifest } from './manifest.ts';
import { nearest } from './nearest.ts';
import { scenarioProblem } from './scenario-problem.ts';
import { readYaml } from './yaml-file.ts';
import { Scenario } from './scenario.ts';
import { manifestsThrough, scenarioThrough } from './through-program.ts';
import { INGRESS_PROGRAMS, type IngressProgram } from '../system/ingress-program.ts';
import type { PolicyAgent, Topology } from '../model.ts';

/** Where the scenarios that come with kprobe live. */
export const SCENARIOS_FOLDER = join(import.meta.dirname, '..', 'scenarios');

export interface LoadedScenario {
  readonly id: string;
  readonly scenario: Scenario;
  /** Kubernetes objects in the order of the file. */
  readonly manifests: readonly Manifest[];
}

/** The ids of the scenarios that come with kprobe, sorted. */
export async function listScenarios(folder: string = SCENARIOS_FOLDER): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/**
 * @param name an id, or the path of a folder; with `@haproxy` or `@envoy` after it that program stands at the ingress.
 * @throws UserError
 */
export async function loadScenario(name: string, folder: string = SCENARIOS_FOLDER): Promise<LoadedScenario> {
  const { of, program } = programIn(name);
  const path = await findFolder(of, folder);
  const [scenario, manifests] = await Promise.all([
    readScenario(join(path, 'scenario.yaml')),
    readManifests(join(path, 'manifests.yaml')),
  ]);
  if (program === null) return { id: basename(path), scenario, manifests };
  if (!hasAnyProgram(scenario))
    throw new UserError(`Scenario ${of} is the same with every program at the ingress, or about one of its own`, {
      hint: `kprobe lab run ${of}`,
    });
  return {
    id: `${basename(path)}@${program}`,
    scenario: scenarioThrough(scenario, program, manifests),
    manifests: manifestsThrough(manifests, program),
  };
}

/**
 * Whether it is as true of one program at its ingress as of another; not so where there is none, where the scenario names its own, or where a policy
 * engine looks at the account that the proxy works as, which only nginx can be told.
 */
export function hasAnyProgram({ ingress, profile }: Scenario): boolean {
  return ingress === 'pod' || (ingress === 'host' && profile !== 'kube-network-policies');
}

/** A scenario's name, with the program that shall stand at its ingress. */
export function named(scenario: string, program: IngressProgram): string {
  return `${scenario}@${program}`;
}

function programIn(name: string): { readonly of: string; readonly program: IngressProgram | null } {
  const program = INGRESS_PROGRAMS.find((each) => name.endsWith(`@${each}`)) ?? null;
  return { of: program === null ? name : name.slice(0, -program.length - 1), program };
}

/** The cluster that a scenario asks for. */
export function topologyOf({
  nodes,
  profile,
  policyAgent,
  overlay,
  families,
  ingress,
  dnsReplicas,
  clusterDomain,
}: Scenario): Topology {
  return {
    nodes,
    profile,
    policyAgent: policyAgent === undefined ? null : agentOf(policyAgent),
    overlay,
    families,
    dnsReplicas,
    clusterDomain,
    ingress: ingress === 'none' ? null : proxiesOf(ingress),
  };
}

function proxiesOf(ingress: Exclude<Scenario['ingress'], 'none'>): NonNullable<Topology['ingress']> {
  const { program, network } = typeof ingress === 'object' ? ingress : { program: 'nginx' as const, network: ingress };
  return { program, hostNetwork: network === 'host' };
}

function agentOf({ learnsAfter, newborn }: NonNullable<Scenario['policyAgent']>): PolicyAgent {
  const learnsAfterMs = learnsAfter * 1000;
  return { learnsAfterMs, newborn, matchedAfterMs: learnsAfterMs };
}

async function findFolder(name: string, folder: string): Promise<string> {
  const ids = await listScenarios(folder);
  if (ids.includes(name)) return join(folder, name);
  const path = resolve(name);
  if (name !== '' && (await isFolder(path))) return path;
  const close = nearest(name, ids);
  throw new UserError(`no scenario ${JSON.stringify(name)}, and no folder of that name`, {
    hint: close === null ? 'see: kprobe lab list' : `nearest: ${close}; all of them: kprobe lab list`,
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readScenario(file: string): Promise<Scenario> {
  const yaml = await readYaml(file);
  const checked = Scenario.safeParse(yaml.document.toJS());
  if (!checked.success) throw scenarioProblem(yaml, checked.error);
  assertNodes(file, checked.data);
  return checked.data;
}

/** Names become names of devices and namespaces; faults may only speak of nodes that exist. */
function assertNodes(file: string, { nodes, faults }: Scenario): void {
  const names = nodes.map(({ name }) => name);
  const odd = names.find(
    (name, index) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u.test(name) || names.indexOf(name) !== index,
  );
  if (odd !== undefined) throw new UserError(`${file}: node name ${JSON.stringify(odd)} is not a DNS label of its own`);
  if (names.length === 0 || names.length > MAX_NODES)
    throw new UserError(`${file}: nodes: 1 to ${MAX_NODES} are possible`);
  const spoken = faults.flatMap((fault) => {
    if (fault.kind === 'drop-overlay' || fault.kind === 'drop-large')
      return [fault.node, fault.from, fault.to, ...(fault.between ?? [])];
    if ('node' in fault) return [fault.node];
    return 'on' in fault ? [fault.on] : [];
  });
  const unknown = spoken.find((name) => name !== undefined && !names.includes(name));
  if (unknown === undefined) return;
  const close = nearest(unknown, names);
  throw new UserError(`${file}: faults: no node ${JSON.stringify(unknown)}`, {
    hint: close === null ? `nodes: ${names.join(', ')}` : `did you mean ${close}?`,
  });
}

/** The address plan has one byte for the node, and a lab of hundreds would no longer be one machine's. */
const MAX_NODES = 100;
