/** Who moves packets, who enforces policies and how Services are made: recognised by what the cluster runs (policy reference 1.5). */
import { parse } from 'yaml';
import type { Networking } from '../model/cluster.ts';
import type { ApiObject } from '../api/cluster-client.ts';
import { annotationsOf, at, listAt, nameOf, textAt, textsAt } from '../api/fields.ts';

/** The ConfigMaps that tell, all in kube-system unless a distribution moved them. */
export const TELLING_CONFIG_MAPS = ['cilium-config', 'kube-proxy', 'antrea-config', 'kube-flannel-cfg'] as const;

export interface Signs {
  /** null: they may not be listed. */
  readonly daemonSets: readonly ApiObject[] | null;
  readonly nodes: readonly ApiObject[];
  /** By name; those that are absent or may not be read are missing. */
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Kinds of policies other than NetworkPolicy of which there are objects. */
  readonly unevaluated: readonly string[];
}

type Network = Omit<Networking, 'proxyMode' | 'unevaluated'>;

const UNKNOWN: Network = {
  cni: 'unknown',
  enforcer: 'unknown',
  encapsulation: 'unknown',
  because: 'nothing that runs here is a network plugin known to kprobe',
};

export function recogniseNetworking(signs: Signs): Networking {
  const sets = new DaemonSets(signs.daemonSets ?? []);
  const carrier = CARRIERS.map((recognise) => recognise(sets, signs)).find((found) => found !== null);
  const unseen = { ...UNKNOWN, because: 'DaemonSets may not be listed, and no node says which network plugin it has' };
  return {
    ...withFirewall(carrier ?? (signs.daemonSets === null ? unseen : UNKNOWN), sets),
    proxyMode: proxyMode(sets, signs),
    unevaluated: [...signs.unevaluated],
  };
}

type Recogniser = (sets: DaemonSets, signs: Signs) => Network | null;

/** Who carries packets, and enforces policies itself where it does. The first that hits counts: those that others are built on come last. */
const CARRIERS: readonly Recogniser[] = [
  (sets, { nodes }) => {
    const set = sets.named('canal') ?? sets.named('rke2-canal');
    return set && { cni: 'canal', enforcer: 'calico', encapsulation: flannelBackend(nodes), because: said(set) };
  },
  (sets, { configMaps }) => {
    const set = sets.named('cilium');
    return set && ciliumBy(set, configMaps.get('cilium-config') ?? null);
  },
  (sets) => {
    const set = sets.named('anetd');
    return set && { cni: 'cilium', enforcer: 'gke-dataplane-v2', encapsulation: 'native', because: said(set) };
  },
  (sets, { nodes }) => {
    const set = sets.named('calico-node');
    if (set === null) return null;
    const carrier = sets.named('aws-node') === null ? null : 'aws';
    if (carrier !== null) {
      return { cni: carrier, enforcer: 'calico', encapsulation: 'native', because: `${said(set)} beside aws-node` };
    }
    const isCanal = sets.beginning('kube-flannel') !== null;
    if (isCanal) {
      return {
        cni: 'canal',
        enforcer: 'calico',
        encapsulation: flannelBackend(nodes),
        because: `${said(set)} beside flannel`,
      };
    }
    return { cni: 'calico', enforcer: 'calico', encapsulation: calicoEncapsulation(nodes), because: said(set) };
  },
  (sets, { configMaps }) => {
    const set = sets.named('antrea-agent');
    return set && { cni: 'antrea', enforcer: 'antrea', encapsulation: antreaMode(configMaps), because: said(set) };
  },
  (sets) => {
    const set = sets.beginning('ovnkube-node');
    return set && { cni: 'ovn-kubernetes', enforcer: 'ovn-kubernetes', encapsulation: 'geneve', because: said(set) };
  },
  (sets) => {
    const set = sets.named('aws-node');
    if (set === null) return null;
    const enforces = argumentsOf(set).some((each) => /^--enable-network-policy=true$/.test(each));
    return { cni: 'aws', enforcer: enforces ? 'aws' : 'none', encapsulation: 'native', because: said(set) };
  },
  (sets) => {
    const set = sets.named('azure-npm');
    return set && { cni: 'azure', enforcer: 'azure-npm', encapsulation: 'native', because: said(set) };
  },
  (sets) => {
    const set = sets.named('kindnet');
    if (set === null) return null;
    const off = argumentsOf(set).some((each) => /^--?network-policy=false$/.test(each));
    return { cni: 'kindnet', enforcer: off ? 'none' : 'kindnet', encapsulation: 'native', because: said(set) };
  },
  (sets, { nodes }) => {
    const set = sets.beginning('kube-flannel');
    if (set === null) return null;
    const enforcer = containerNames(set).includes('kube-network-policies') ? 'kube-network-policies' : 'none';
    return { cni: 'flannel', enforcer, encapsulation: flannelBackend(nodes), because: said(set) };
  },
  (sets) => {
    const set = sets.named('weave-net');
    return set && { cni: 'weave', enforcer: 'weave', encapsulation: 'unknown', because: said(set) };
  },
  (_sets, { nodes }) => k3s(nodes),
  // After those that it may stand beside: where flannel runs, kube-router is the firewall only (policy reference 7).
  (sets) => {
    const set = sets.named('kube-router');
    if (set === null || isOff(set, 'run-router')) return null;
    return { cni: 'kube-router', enforcer: 'none', encapsulation: 'unknown', because: said(set) };
  },
];

/** What enforces policies beside any carrier: daemons that only filter, or that can be told to. */
const FIREWALLS: readonly ((sets: DaemonSets) => { readonly enforcer: string; readonly set: ApiObject } | null)[] = [
  (sets) => {
    const set = sets.named('kube-network-policies');
    return set && { enforcer: 'kube-network-policies', set };
  },
  (sets) => {
    const set = sets.named('kube-router');
    return set === null || isOff(set, 'run-firewall') ? null : { enforcer: 'kube-router', set };
  },
];

/** A carrier that enforces nothing itself, with what enforces beside it. */
function withFirewall(carrier: Network, sets: DaemonSets): Network {
  if (carrier.enforcer !== 'none' && carrier.enforcer !== 'unknown') return carrier;
  const firewall = FIREWALLS.map((find) => find(sets)).find((found) => found !== null);
  if (firewall === undefined) return carrier;
  const { enforcer, set } = firewall;
  const because = carrier.because === said(set) ? said(set) : `${carrier.because}; policies by ${said(set)}`;
  return { ...carrier, enforcer, because };
}

/** kube-router runs all its parts unless told otherwise (kube-router: docs/user-guide.md, `--run-router`, `--run-firewall`). */
function isOff(set: ApiObject, part: string): boolean {
  return argumentsOf(set).includes(`--${part}=false`);
}

function ciliumBy(set: ApiObject, config: Readonly<Record<string, string>> | null): Network {
  const chained = config?.['cni-chaining-mode'] ?? 'none';
  const mode = config?.['routing-mode'] ?? (config?.['tunnel'] === 'disabled' ? 'native' : 'tunnel');
  const tunnel = config?.['tunnel-protocol'] ?? config?.['tunnel'] ?? 'vxlan';
  return {
    cni: chained === 'aws-cni' ? 'aws' : 'cilium',
    enforcer: config?.['enable-policy'] === 'never' ? 'none' : 'cilium',
    encapsulation: config === null ? 'unknown' : mode === 'native' ? 'native' : tunnel,
    because: config === null ? `${said(set)}; its ConfigMap cilium-config could not be read` : said(set),
  };
}

/** k3s has flannel and kube-router's policy library inside its own binary (k3s documentation, "Network Policy Controller"). */
function k3s(nodes: readonly ApiObject[]): Network | null {
  const node = nodes.find((each) => (textAt(each, 'status', 'nodeInfo', 'kubeletVersion') ?? '').includes('+k3s'));
  if (node === undefined) return null;
  const flags = annotationsOf(node)['k3s.io/node-args'] ?? '';
  if (/flannel-backend[="',\s]+none/.test(flags)) return null;
  return {
    cni: 'flannel',
    enforcer: flags.includes('disable-network-policy') ? 'none' : 'kube-router',
    encapsulation: flannelBackend(nodes),
    because: `the kubelet of ${nameOf(node)?.name} is k3s, whose own flannel and policy controller are on by default`,
  };
}

function flannelBackend(nodes: readonly ApiObject[]): string {
  const backends = new Set(nodes.map((node) => annotationsOf(node)['flannel.alpha.coreos.com/backend-type']));
  const [only] = backends;
  if (backends.size !== 1 || only === undefined) return 'unknown';
  return only === 'host-gw' ? 'native' : only;
}

function calicoEncapsulation(nodes: readonly ApiObject[]): string {
  const keys = new Set(nodes.flatMap((node) => Object.keys(annotationsOf(node))));
  if ([...keys].some((key) => key.includes('VXLANTunnelAddr'))) return 'vxlan';
  if (keys.has('projectcalico.org/IPv4IPIPTunnelAddr')) return 'ipip';
  return keys.has('projectcalico.org/IPv4Address') ? 'native' : 'unknown';
}

function antreaMode(configMaps: Signs['configMaps']): string {
  const config = document(configMaps.get('antrea-config')?.['antrea-agent.conf']);
  const mode = textAt(config, 'trafficEncapMode') ?? (config === null ? null : 'encap');
  if (mode === null) return 'unknown';
  return mode === 'encap' ? (textAt(config, 'tunnelType') ?? 'geneve') : 'native';
}

/** kube-proxy's own configuration; without a mode it is iptables on Linux (kubernetes.io, kube-proxy reference). */
function proxyMode(sets: DaemonSets, { configMaps, nodes }: Signs): string {
  if (configMaps.get('cilium-config')?.['kube-proxy-replacement'] === 'true') return 'cilium';
  const config = document(configMaps.get('kube-proxy')?.['config.conf']);
  if (config !== null) return textAt(config, 'mode') ?? 'iptables';
  const set = sets.named('kube-proxy');
  const flag = set && argumentsOf(set).find((each) => each.startsWith('--proxy-mode='));
  if (flag) return flag.slice('--proxy-mode='.length);
  return k3s(nodes) === null ? 'unknown' : 'iptables';
}

function document(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    const read: unknown = parse(text);
    return typeof read === 'object' ? read : null;
  } catch {
    return null;
  }
}

class DaemonSets {
  readonly #sets: readonly ApiObject[];
  constructor(sets: readonly ApiObject[]) {
    this.#sets = sets;
  }
  named(name: string): ApiObject | null {
    return this.#sets.find((set) => nameOf(set)?.name === name) ?? null;
  }
  beginning(prefix: string): ApiObject | null {
    return this.#sets.find((set) => nameOf(set)?.name.startsWith(prefix)) ?? null;
  }
}

function said(set: ApiObject): string {
  const named = nameOf(set);
  return `DaemonSet ${named?.namespace}/${named?.name}`;
}

function argumentsOf(set: ApiObject): string[] {
  const containers = listAt(set, 'spec', 'template', 'spec', 'containers');
  return containers.flatMap((each) => [...textsAt(each, 'command'), ...textsAt(each, 'args')]);
}

function containerNames(set: ApiObject): string[] {
  return listAt(at(set, 'spec', 'template', 'spec'), 'containers').flatMap((each) => textAt(each, 'name') ?? []);
}

/** Policy kinds of other makers: where objects of them exist, what NetworkPolicy says is not the whole truth. */
export const OTHER_POLICIES: readonly {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}[] = [
  { group: 'cilium.io', plural: 'ciliumnetworkpolicies', kind: 'CiliumNetworkPolicy', namespaced: true },
  {
    group: 'cilium.io',
    plural: 'ciliumclusterwidenetworkpolicies',
    kind: 'CiliumClusterwideNetworkPolicy',
    namespaced: false,
  },
  { group: 'crd.projectcalico.org', plural: 'networkpolicies', kind: 'NetworkPolicy (Calico)', namespaced: true },
  { group: 'crd.projectcalico.org', plural: 'globalnetworkpolicies', kind: 'GlobalNetworkPolicy', namespaced: false },
  { group: 'crd.antrea.io', plural: 'networkpolicies', kind: 'NetworkPolicy (Antrea)', namespaced: true },
  {
    group: 'crd.antrea.io',
    plural: 'clusternetworkpolicies',
    kind: 'ClusterNetworkPolicy (Antrea)',
    namespaced: false,
  },
  {
    group: 'policy.networking.k8s.io',
    plural: 'clusternetworkpolicies',
    kind: 'ClusterNetworkPolicy',
    namespaced: false,
  },
  { group: 'policy.networking.k8s.io', plural: 'adminnetworkpolicies', kind: 'AdminNetworkPolicy', namespaced: false },
  {
    group: 'policy.networking.k8s.io',
    plural: 'baselineadminnetworkpolicies',
    kind: 'BaselineAdminNetworkPolicy',
    namespaced: false,
  },
];
