/**
 * What `nft -a monitor trace` prints of one packet (trace_print_* of nftables' src/netlink.c and src/trace.c, 0.9 to 1.1) → the rules that it
 * met. A chain's hook and priority are not in it: they come from the list of chains. Pure.
 */
import type { HookedChain, RuleTrace } from '../../../probes/wire.ts';
import type { PacketTrace, TraceStep } from '../../model/packet-trace.ts';
import { isTraceTable } from '../../model/trace-table.ts';

const FAMILIES = new Set<string>(['ip', 'ip6', 'inet', 'bridge', 'netdev', 'arp']);
const VERDICTS = new Set<string>(['accept', 'drop', 'queue', 'continue', 'jump', 'goto', 'return']);

const RULE =
  /^(?:rule (?<text>.*?)|unknown rule handle (?<unknown>\d+))(?: # handle (?<handle>\d+))? \(verdict (?<verdict>\w+)(?: (?<target>\S+))?\)/u;
const CHAIN_END = /^(?:verdict|policy) (?<verdict>\w+)/u;
const IP_ENDS = /\bip6? saddr (\S+) ip6? daddr (\S+)/u;
const PORTS = /\b(tcp|udp) sport (\d+) (?:tcp|udp) dport (\d+)\b/u;
/** In nft's words, and in those of iptables-save. */
const REJECT = /(?:^|\s)reject(?:\s|$)|xt target "REJECT"| -j REJECT\b/u;
const QUOTED = /"[^"]*"/gu;

/** How far a packet came on its node, by the last of the kernel's hooks that it was seen in. */
export interface TracedPacket {
  readonly trace: PacketTrace;
  readonly lastHook: string | null;
}

/** null: the lines do not say what packet it is. `ownTable` is the tracer's own, whose chains only mark how far a packet came. */
export function readTrace(
  { lines }: Pick<RuleTrace, 'lines'>,
  {
    node,
    chains,
    ownTable,
  }: { readonly node: string; readonly chains: readonly HookedChain[]; readonly ownTable: string },
): TracedPacket | null {
  const header = lines.find((line) => IP_ENDS.test(line) && PORTS.test(line));
  const [, source, destination] = IP_ENDS.exec(header ?? '') ?? [];
  const [, protocol, sourcePort, destinationPort] = PORTS.exec(header ?? '') ?? [];
  if (source === undefined || destination === undefined) return null;
  const all = lines.flatMap((line) => stepOf(line, chains) ?? []);
  const own = all.filter(({ table }) => table === ownTable);
  // Those of other runs at the same time tag packets as ours does, and decide nothing.
  const steps = all.filter(({ table }) => table !== ownTable && !isTraceTable(table));
  const isThrough = own.some(({ chain }) => chain === 'left' || chain === 'delivered');
  return {
    trace: {
      node,
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      source,
      sourcePort: Number(sourcePort),
      destination,
      destinationPort: Number(destinationPort),
      steps,
      end: endOf(steps, isThrough),
    },
    lastHook: all.flatMap(({ hook }) => hook ?? []).at(-1) ?? null,
  };
}

/** null: a line that describes the packet, or one of a later nft that is not understood. */
function stepOf(line: string, chains: readonly HookedChain[]): TraceStep | null {
  const [, family = '', table = '', chain = '', rest = ''] = /^(\S+) (\S+) (\S+) (.*)$/u.exec(line) ?? [];
  const rule = RULE.exec(rest)?.groups;
  const verdict = (rule ?? CHAIN_END.exec(rest)?.groups)?.['verdict'];
  if (!isFamily(family) || verdict === undefined || !isVerdict(verdict)) return null;
  const handle = rule?.['handle'] ?? rule?.['unknown'];
  const text = rule?.['text'];
  const target = rule?.['target'];
  const hooked = chains.find((each) => each.family === family && each.table === table && each.chain === chain);
  return withRejection({
    family,
    table,
    chain,
    ...(hooked === undefined ? {} : { hook: hooked.hook, priority: hooked.priority }),
    ...(handle === undefined ? {} : { handle: Number(handle) }),
    ...(text === undefined ? {} : { rule: text }),
    verdict,
    ...(target === undefined ? {} : { target }),
  });
}

/** A rule that answers with an error drops the packet, and that is all that its verdict says: the text says the rest. */
export function withRejection(step: TraceStep): TraceStep {
  return step.verdict === 'drop' && REJECT.test(withoutTexts(step.rule ?? '')) ? { ...step, verdict: 'reject' } : step;
}

/** What became of a packet that came to these steps. */
export function endOf(steps: readonly TraceStep[], isThrough: boolean): PacketTrace['end'] {
  const last = steps.at(-1)?.verdict;
  if (last === 'drop') return 'dropped';
  if (last === 'reject') return 'rejected';
  if (isThrough) return 'passed';
  return last === 'queue' ? 'queued' : 'unseen';
}

/** A comment may hold any word; the name of a target is quoted as well. */
function withoutTexts(rule: string): string {
  return rule.replaceAll(QUOTED, (quoted) => (quoted === '"REJECT"' ? quoted : '""'));
}

function isFamily(text: string): text is TraceStep['family'] {
  return FAMILIES.has(text);
}

function isVerdict(text: string): text is Exclude<TraceStep['verdict'], 'reject'> {
  return VERDICTS.has(text);
}
