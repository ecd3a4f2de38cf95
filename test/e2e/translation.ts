/** Scenarios name the lab's nodes and addresses; a real cluster has others. Pure. */
import ipaddr from 'ipaddr.js';
import type { Manifest } from '../../src/lab/scenario/manifest.ts';
import { expectedFindings, type Expectation, type Scenario } from '../../src/lab/scenario/scenario.ts';
import type { ClusterNode } from './cluster.ts';

/** The lab's node of that position has these pod addresses (src/lab/address-plan.ts). */
const LAB_POD_ADDRESS = /\b10\.244\.(\d{1,3})\.(\d{1,3})\b/g;

/** The same manifests, with the pod and overlay addresses of this cluster's nodes in place of the lab's. */
export function translateManifests(manifests: readonly Manifest[], nodes: readonly ClusterNode[]): Manifest[] {
  const text = JSON.stringify(manifests).replaceAll(LAB_POD_ADDRESS, (address, node: string, host: string) => {
    const range = nodes[Number(node) - 1]?.podRange ?? null;
    return range === null ? address : addressAt(range, Number(host));
  });
  return JSON.parse(text) as Manifest[];
}

/** The same scenario, with this cluster's nodes in place of the lab's, by position. */
export function translateScenario(scenario: Scenario, nodes: readonly ClusterNode[]): Scenario {
  const names = new Map(scenario.nodes.map(({ name }, index) => [name, nodes[index]?.name ?? name]));
  const named = (name: string | undefined): string | undefined => (name === undefined ? undefined : names.get(name));
  const faults = scenario.faults.map((fault) => {
    if (fault.kind === 'drop-overlay') {
      const between = fault.between?.map((name) => names.get(name) ?? name);
      return { ...fault, node: named(fault.node), from: named(fault.from), to: named(fault.to), between };
    }
    return 'on' in fault ? { ...fault, on: named(fault.on) } : fault;
  });
  return { ...scenario, faults, expect: translateExpectation(scenario.expect, names) } as Scenario;
}

/** In the long form: nodes are named in objects and between places. */
function translateExpectation(expected: Expectation, names: ReadonlyMap<string, string>): Expectation {
  const here = <Name extends string | undefined>(name: Name): Name | string =>
    name === undefined ? name : (names.get(name) ?? name);
  const findings = expectedFindings(expected).map(({ object, where, ...rest }) => ({
    ...rest,
    object: object?.kind === 'Node' ? { ...object, name: here(object.name) } : object,
    where: where && { from: here(where.from), to: here(where.to) },
  }));
  const { status, notRuledOut, fixHeals, anyOrder } = expected;
  return { status, notRuledOut, fixHeals, anyOrder, findings };
}

function addressAt(range: string, host: number): string {
  const [network] = ipaddr.IPv4.parseCIDR(range);
  const octets = network.octets.slice(0, 3);
  return [...octets, host].join('.');
}
