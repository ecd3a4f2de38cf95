/** The lab's own network and its nodes: one bridge, one network namespace per node, no overlay yet. */
import { METADATA_ADDRESS, RANGES, wholeAddress, type NodeAddresses } from './address-plan.ts';
import { overlayCommands, quick } from './overlay.ts';
import type { Family, Topology } from '../model.ts';

/** A shell script that builds bridge, nodes and overlay, in as few processes as possible. */
export function networkScript(nodes: readonly NodeAddresses[], overlay: Topology['overlay']): string {
  const each = nodes.map((node) => nodeScript(node, nodes, overlay));
  return [
    batch('ip -batch -', rootCommands(nodes)),
    // The nodes are independent of each other: side by side, and each one's failure counts.
    ...each.map((script) => `(\n${script}\n) & jobs="\${jobs:-} $!"`),
    'for job in $jobs; do wait "$job"; done',
  ].join('\n');
}

/** A here-document for `ip -batch -` and the like. */
export function batch(command: string, lines: readonly string[]): string {
  return `${command} <<'BATCH'\n${lines.join('\n')}\nBATCH`;
}

/** Sysctls of a network namespace; one that this kernel does not have is passed over. */
export function sysctlScript(netns: string, settings: Readonly<Record<string, string | number>>): string {
  const writes = Object.entries(settings).map(([name, value]) => {
    const file = `/proc/sys/net/${name}`;
    return `[ ! -e ${file} ] || echo ${value} > ${file}`;
  });
  return `nsenter --net=${netns} sh -eu -c '${writes.join('; ')}'`;
}

function rootCommands(nodes: readonly NodeAddresses[]): string[] {
  return [
    'link set lo up',
    'link add br0 type bridge',
    ...familiesOf(nodes).map(
      (family) => `address add ${RANGES[family].lab}/${RANGES[family].bits} dev br0${quick(family)}`,
    ),
    `address add ${METADATA_ADDRESS}/32 dev br0`,
    'link set br0 up',
    ...nodes.flatMap(({ name, number }) => [
      `netns add ${name}`,
      `link add node${number} type veth peer name eth0 netns ${name}`,
      `link set node${number} master br0 up`,
    ]),
  ];
}

/** A bridge without ports: pods are routed all the same, and only see its address as the source of their node. */
function bridgeCommands({ stacks }: NodeAddresses): string[] {
  const own = stacks.filter(({ address, localAddress }) => localAddress !== address);
  if (own.length === 0) return [];
  return [
    'link add cni0 type bridge',
    ...own.map(({ family, localAddress }) => `address add ${wholeAddress(localAddress)} dev cni0${quick(family)}`),
    'link set cni0 up',
  ];
}

function familiesOf([node]: readonly NodeAddresses[]): Family[] {
  return node?.stacks.map(({ family }) => family) ?? [];
}

function nodeScript(node: NodeAddresses, nodes: readonly NodeAddresses[], overlay: Topology['overlay']): string {
  const { routes, bridge } = overlayCommands(node, nodes, overlay);
  const links = [
    'link set lo up',
    ...node.stacks.map(
      ({ family, address }) => `address add ${address}/${RANGES[family].bits} dev eth0${quick(family)}`,
    ),
    // One packet on the wire is one segment, as on a real wire: what counts packets or measures them sees each.
    'link set eth0 gso_max_segs 1 up',
    ...node.stacks.map(({ family }) => `route add default via ${RANGES[family].lab}`),
    // As Calico does: an address of this node's range that no pod has is nowhere, not at the default gateway.
    ...node.stacks.map(({ podRange }) => `route add blackhole ${podRange}`),
    ...bridgeCommands(node),
    ...routes,
  ];
  return [
    batch(`ip -n ${node.name} -batch -`, links),
    ...(bridge.length === 0 ? [] : [batch(`bridge -n ${node.name} -batch -`, bridge)]),
    sysctlScript(node.netns, {
      'ipv4/ip_forward': 1,
      ...(node.stacks.some(({ family }) => family === 'IPv6') ? { 'ipv6/conf/all/forwarding': 1 } : {}),
      'ipv4/conf/all/rp_filter': 0,
      'ipv4/conf/default/rp_filter': 0,
      'ipv4/conf/eth0/rp_filter': 0,
      'ipv4/tcp_syn_linear_timeouts': node.synLinearTimeouts,
    }),
  ].join('\n');
}
