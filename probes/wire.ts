/**
 * The wire format between the controller and its agents: what an agent is told (Assignment, Peers) and what it
 * says (one JSON object a line on stdout). Both sides validate what they read with the functions below.
 */

/** Raised by one whenever a message changes so that an older reader would misread it. */
export const WIRE_VERSION = 2;

/** Where an agent in somebody's pod finds its assignment and its peer table, both gzipped and base64. */
export const ASSIGNMENT_VARIABLE = 'KPROBE_ASSIGNMENT';
export const PEERS_VARIABLE = 'KPROBE_PEERS';

/** The longest line that either side accepts, in UTF-16 code units; longer ones are dropped and counted as malformed. */
export const MAX_LINE_LENGTH = 64 * 1024;

export type Phase = 'dns' | 'connect' | 'tls' | 'send' | 'first-byte' | 'body';

/** `idle`: a connection is kept between two requests, and no answer is waited for; its time is in none of the phases. */
export type Stage = Phase | 'idle';

/**
 * Where a probe goes: a literal address; a name that the agent looks up once before the series begins, as its own resolv.conf says; or
 * another agent of this run whose address arrives later with Peers: its first, or the one of `family`.
 */
export type Where =
  | { readonly address: string; readonly port: number }
  | { readonly name: string; readonly port: number }
  | {
      readonly agent: string;
      readonly port: number | 'tcp' | 'udp';
      readonly family?: 'IPv4' | 'IPv6' | undefined;
    };

/**
 * One thing to try, always on a fresh connection or socket.
 * - tcp: connect; then, where `echo` is set, ask kprobe's answering side which peer address it saw (and for `bytes` bytes back).
 * - http: connect to the literal address, send one request with the given Host (and SNI), read the answer; where `idleMs` is set, ask to keep the
 *   connection, let it idle so long, and send the request again.
 * - dns: one own wire query over a fresh socket to one server; `type` 'A+AAAA' sends both from one socket, as glibc does.
 * - resolver: getaddrinfo through the system resolver, in a process of its own: what an application would feel.
 * - udp: one datagram to kprobe's answering side, which sends back `bytes` bytes and the peer address it saw.
 */
export type Probe =
  | { readonly kind: 'tcp'; readonly to: Where; readonly echo: boolean; readonly bytes: number }
  | {
      readonly kind: 'http';
      readonly to: Where;
      readonly tls: boolean;
      readonly host: string;
      readonly path: string;
      /** Over TLS: a ClientHello that fits one segment, or one that needs two. Absent: as this Node makes it. */
      readonly hello?: 'small' | 'large' | undefined;
      /** Absent: one request, and the connection is closed. Milliseconds. */
      readonly idleMs?: number | undefined;
    }
  | {
      readonly kind: 'dns';
      readonly to: Where;
      readonly transport: 'udp' | 'tcp';
      readonly name: string;
      readonly type: 'A' | 'AAAA' | 'A+AAAA';
    }
  | { readonly kind: 'resolver'; readonly name: string }
  | { readonly kind: 'udp'; readonly to: Where; readonly bytes: number };

export type ProbeKind = Probe['kind'];

/**
 * A series of attempts on one path. Attempt i is due `startMs + i * everyMs` after the series can begin, whether or
 * not earlier ones have ended (open loop); a series begins with the agent, or when the address of its peer is known.
 */
export interface Schedule {
  readonly path: string;
  readonly probe: Probe;
  readonly startMs: number;
  readonly everyMs: number;
  readonly count: number;
  /** After this long an attempt is given up, in milliseconds; odd-looking on purpose, so it is never mistaken for a timer of the system. */
  readonly limitMs: number;
  /**
   * Where one of these attempts did not get through at once (see `isHindered`), so many more follow, as far apart, the first when the
   * series is over and `afterMs` after it could begin: a pod that has just been made may meet what no other pod meets. Absent: none.
   */
  readonly again?: { readonly afterMs: number; readonly count: number } | undefined;
  /** Attempts come from these ports of this side, in turn, so that a tracer knows them. Absent: the kernel chooses. */
  readonly sourcePorts?: SourcePorts | undefined;
  /** The series begins no sooner than one of these agents is in the peer table: who follows its packets is there. Absent: at once. */
  readonly after?: readonly string[] | undefined;
}

export interface SourcePorts {
  readonly first: number;
  readonly count: number;
}

/** What the answering side listens on. Port 0 lets the kernel choose; the chosen port is told in Hello. */
export interface Answers {
  /** TCP ports that speak the echo protocol and HTTP alike. The first is the one that `port: 'tcp'` means. */
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

/** Everything one agent is told at its start. */
export interface Assignment {
  readonly version: typeof WIRE_VERSION;
  readonly run: string;
  readonly agent: string;
  readonly answers: Answers;
  readonly schedules: readonly Schedule[];
  /** The agent leaves this long after its start, in milliseconds, whatever happens. */
  readonly deadlineMs: number;
  /** It stands on the node's own network, and tells what the node says of itself. Absent: no. */
  readonly tellsNode?: boolean | undefined;
  /** Nobody listens while it speaks: its lines may be packed (pack.ts). Absent: no. */
  readonly packs?: boolean | undefined;
  /** It follows packets of others through the node's rules. Absent: no. */
  readonly traces?: TraceOrder | undefined;
}

/** Which packets a tracer follows, and how many of them. */
export interface TraceOrder {
  /** What it calls its table, which is of this run alone. */
  readonly table: string;
  readonly flows: readonly TracedFlow[];
  readonly packetsPerSecond: number;
  /** Of one path. */
  readonly mostPackets: number;
  /** So long after it first knows a sender the tracer takes its table away by itself, should nobody be left to tell it to, in milliseconds. Absent: with the agent. */
  readonly lastsMs?: number | undefined;
  /** Who ordered it holds its standard input (trace/holder.ts): it makes its table when it is held, and takes it away when it no longer is. Absent: it is not. */
  readonly isHeld?: boolean | undefined;
}

/** The attempts of one path: their packets, and the answers to them. */
export interface TracedFlow {
  readonly path: string;
  readonly protocol: 'tcp' | 'udp';
  readonly sourcePorts: SourcePorts;
  /** Who asks, and the addresses that the node may put in the place of its own. */
  readonly from: { readonly agent: string; readonly addresses: readonly string[] };
  /** Where the path goes, and where a Service's address may lead. */
  readonly to: readonly Where[];
}

/** The run's peer table, written when the agents' addresses are known (mounted through the downward API). */
export interface Peers {
  readonly version: typeof WIRE_VERSION;
  readonly agents: Readonly<Record<string, Peer>>;
}
export interface Peer {
  readonly address: string;
  /** Of another family than `address`. Absent: it has none. */
  readonly others?: readonly string[] | undefined;
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

/** How an attempt ended. A failure names the phase in which it died. */
export type Outcome =
  | { readonly kind: 'answered' }
  /** ECONNREFUSED: by RST, or by an ICMP port-unreachable (the counters tell which: `IcmpMsg.InType3`). */
  | { readonly kind: 'refused'; readonly phase: Phase }
  /** EHOSTUNREACH, ENETUNREACH and their kin. */
  | { readonly kind: 'unreachable'; readonly phase: Phase; readonly code: string }
  | { readonly kind: 'reset'; readonly phase: Phase }
  /** Nothing came until the attempt's own limit (or the kernel's ETIMEDOUT, then `code` is set). */
  | { readonly kind: 'silent'; readonly phase: Phase; readonly waitedMs: number; readonly code: string | null }
  /** The run ended while this attempt was waiting; nothing is known but that it had waited this long. */
  | { readonly kind: 'cut'; readonly phase: Stage; readonly waitedMs: number }
  | { readonly kind: 'error'; readonly phase: Phase; readonly code: string; readonly message: string };

/** One attempt. All times in milliseconds. */
export interface Sample {
  readonly type: 'sample';
  readonly path: string;
  readonly attempt: number;
  /** Start, on the agent's wall clock, Unix milliseconds. */
  readonly at: number;
  /** How much later than due the attempt began. */
  readonly lateMs: number;
  readonly outcome: Outcome;
  /** Time spent in each phase that was reached; the phase that died is included. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  readonly totalMs: number;
  /** The address and port that this side used, and the one that the answering side says it saw (null: it did not say). */
  readonly local: string | null;
  readonly seen: string | null;
  /** The address that the name stood for, where the probe goes to a name; absent elsewhere. */
  readonly remote?: string;
  /** SYN retransmissions, and those of data, of this very connection: from its row in /proc/net/tcp. */
  readonly synRetransmissions: number;
  readonly dataRetransmissions: number;
  /** Counters of this network namespace that moved during the attempt, e.g. `TcpExt.TCPSynRetrans`, `IcmpMsg.InType3`. */
  readonly counters: Readonly<Record<string, number>>;
  /** Other attempts that were in flight in this namespace meanwhile (their counters mix). */
  readonly concurrent: number;
  readonly http: HttpAnswer | null;
  /** Set for a failed attempt as well where one of its questions was answered. */
  readonly dns: DnsAnswer | null;
  /** The longest event-loop stall and the CPU throttling met during the attempt; large ones set the sample aside. */
  readonly stalledMs: number;
  readonly throttledMs: number;
  /** How long this process was ready to run and had no CPU during the attempt: /proc/self/schedstat, second figure. */
  readonly cpuWaitMs: number;
  /** Share of the attempt, 0 to 1, in which some task of this node waited for a CPU: /proc/pressure/cpu, `some`; null where the kernel does not say. */
  readonly cpuPressure: number | null;
  /** Of a connection that was kept for a second request, once the first was answered; absent elsewhere. */
  readonly kept?: Kept;
  /** What was presented in a TLS handshake that was completed; absent elsewhere. */
  readonly certificate?: Certificate;
  /** CPU time that the agent had used since its start when it told this, all its threads, milliseconds; absent from agents that did not tell it. */
  readonly ownCpuMs?: number;
}

/**
 * What became of a connection that was kept. `used`: the second request was sent on it, and the attempt's outcome and times are that request's.
 * `closed`, `aborted`: the far end said by FIN or by RST that it is over before it was to be used again; the attempt then counts as answered, with the
 * times of its first request.
 */
export interface Kept {
  readonly end: 'used' | 'closed' | 'aborted';
  /** From the end of the first answer, milliseconds. */
  readonly idledMs: number;
}

/** A certificate as the far end presented it. No attempt is refused for what it says: that is for who judges. */
export interface Certificate {
  /** The first 32 hexadecimal digits of its SHA-256, by which it is told from others. */
  readonly fingerprint: string;
  /** By the clock of this side. */
  readonly validity: 'valid' | 'expired' | 'not-yet-valid';
  /** Begin and end of its validity, Unix milliseconds, cut to the hour: to the second they would tell in public logs whose it is. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Common names; null: it has none. */
  readonly subject: string | null;
  readonly issuer: string | null;
  /** The first few of the DNS names and addresses that it is for, and how many more there are. */
  readonly names: readonly string[];
  readonly moreNames: number;
  /** It is for the host that was asked for; null: no host was named, or the certificate names a workload and no host (SPIFFE). */
  readonly isForHost: boolean | null;
  /** Nobody but its holder vouches for it. */
  readonly isSelfSigned: boolean;
  /** What who trusts no authority at all says of it, as Node names it; an authority that nobody outside knows is no fault. */
  readonly code: string | null;
  /** A public authority issued it, and it came without the certificate of its issuer, which no public root is. */
  readonly isIncomplete: boolean;
}

/** The marks of an answer, by which siblings that should be alike are compared. */
export interface HttpAnswer {
  readonly status: number;
  /** Length of the body as it was read. */
  readonly bytes: number;
  /** The `Server` header. */
  readonly server: string | null;
  /** A mark of the first 1,024 bytes of the body (body-mark.ts), 16 hexadecimal digits; null where none was read. */
  readonly hash: string | null;
  /** A plain request was answered that this port speaks TLS (kinds/tls-wanted.ts); absent elsewhere. */
  readonly wantsTls?: boolean | undefined;
  /** A redirect to the very URL that was asked, which sets no cookie (kinds/redirect.ts); absent elsewhere. */
  readonly leadsToItself?: boolean | undefined;
  /** A redirect to another place (kinds/redirect.ts); absent elsewhere. */
  readonly redirect?: Redirect | undefined;
  /** Length of status line and headers, as they came; absent: shorter than the buffers of all usual proxies (4 KiB). */
  readonly headBytes?: number | undefined;
}

/** Where an answer sends its client, and what the agent itself found there, looking once. */
export interface Redirect {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  /** null: not known yet, or not to be known. */
  readonly fate: RedirectFate | null;
}

/** A connection stands; the name has no address; all addresses refuse; one of them is silent; the address is the client's own, whoever it is. */
export type RedirectFate = 'taken' | 'unresolved' | 'refused' | 'silent' | 'own-machine';

/** `rcode` and `answers` are those of all questions together; an attempt that asks A and AAAA has two. */
export interface DnsAnswer {
  readonly rcode: string;
  readonly answers: readonly string[];
  readonly truncated: boolean;
  readonly questions: readonly DnsQuestion[];
}

/** One question of an attempt. `rcode` and `ms` (since it was sent) are null while it is unanswered. */
export interface DnsQuestion {
  readonly type: 'A' | 'AAAA';
  readonly rcode: string | null;
  readonly answers: readonly string[];
  readonly ms: number | null;
}

/**
 * An attempt that has no outcome yet, as it stands after some seconds: a path that never answers must be known as such long before
 * the attempt's own limit. `sample.outcome` is `cut`. Its real sample, told later, takes the place of this.
 */
export interface Waiting {
  readonly type: 'waiting';
  readonly sample: Sample;
}

/** The agent's first line: who it is, where it listens, what its kernel and resolver are set to. */
export interface Hello {
  readonly type: 'hello';
  readonly version: typeof WIRE_VERSION;
  readonly run: string;
  readonly agent: string;
  readonly at: number;
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
  /** Ports that could not be listened on, and why. */
  readonly unavailable: readonly { readonly port: number; readonly because: string }[];
  /** Live sysctls by name (`net.ipv4.tcp_syn_linear_timeouts`), null where the kernel has none. */
  readonly sysctls: Readonly<Record<string, string | null>>;
  readonly resolver: {
    readonly servers: readonly string[];
    readonly search: readonly string[];
    readonly options: readonly string[];
  };
  readonly kernel: string;
  readonly nodeVersion: string;
  /** What cannot be measured where it stands: a system without /proc (macOS, Windows), or one that hides it. Absent: nothing. */
  readonly unmeasured?: readonly Unmeasured[] | undefined;
}

/**
 * What only /proc shows. `retransmissions`: those of single connections, which then count as 0. `counters`: of the network namespace; none then
 * moves. `settings`: no sysctl is known. `cpu`: what this process waited for a CPU, which then is 0.
 */
export type Unmeasured = 'retransmissions' | 'counters' | 'settings' | 'cpu';

/** The answering side's word: a connection or datagram arrived, and from where. Said once for each peer address and port listened on, then counted. */
export interface Arrival {
  readonly type: 'arrival';
  readonly at: number;
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly from: string;
}

/**
 * SYNs that reached the answering side without becoming a connection, from SYN_RECV rows of its own namespace:
 * the SYN came, the SYN-ACK or the last ACK did not get through.
 */
export interface HalfOpen {
  readonly type: 'half-open';
  readonly at: number;
  readonly port: number;
  readonly from: string;
}

/**
 * What the node tells a pod on its own network, as any user and without any right, before and after the attempts. Counts are totals: only
 * differences between two of these mean something.
 */
export interface NodeFacts {
  readonly type: 'node-facts';
  /** `trouble`: something was dropped since it was last told; a node where nothing is tells it at start and end only. */
  readonly when: 'start' | 'trouble' | 'end';
  readonly at: number;
  /** The first digits of /proc/sys/kernel/random/boot_id: nodes that say the same are one kernel, and `machine` is of all of them together. */
  readonly kernelId: string | null;
  /** Of this network namespace: `TcpExt.IPReversePathFilter` and its kin, and `Conntrack.*` as /proc/net/stat/nf_conntrack has them, all CPUs together. */
  readonly counters: Readonly<Record<string, number>>;
  /** Tracked connections of this network namespace, and how many it may have; null without connection tracking. */
  readonly conntrack: { readonly entries: number; readonly limit: number } | null;
  /** rp_filter by interface, `all` among them: the larger of the two is in force (0 off, 1 strict, 2 loose). */
  readonly reversePathFilter: Readonly<Record<string, number>>;
  /**
   * Interfaces whose IPv4 packets the kernel does not pass on (`net.ipv4.conf.*.forwarding` is 0), `all` among them, but not `lo`; the pods' come last. Absent
   * in recordings of kprobe 0.1.0.
   */
  readonly notForwarding?: readonly string[] | undefined;
  /** /proc/sys/net/bridge by name; null where br_netfilter is not loaded: then bridged packets pass no rules at all. */
  readonly bridge: Readonly<Record<string, number>> | null;
  readonly interfaces: readonly NodeInterface[];
  /** Interfaces beyond those listed: the pods' come last. */
  readonly moreInterfaces: number;
  /** IPv4 routes to more than one address, as far as they fit. */
  readonly routes: readonly { readonly to: string; readonly by: string }[];
  /** Rows of /proc/net/arp, of this network namespace. */
  readonly neighbors: number;
  /** What the kernel has once, however many network namespaces it has. */
  readonly machine: MachineFacts;
  /** Files that this kernel does not show here. */
  readonly unread: readonly string[];
}

/** The node's end of a pod's interface, as CNIs name it (Calico, Cilium, AWS, Azure, GKE, and the bridge plugin): told last, for there are many alike. */
export const POD_INTERFACE = /^(?:veth|cali[0-9a-f]|lxc|eni[0-9a-f]{4,}|azv|gke[0-9a-f])/;

export interface NodeInterface {
  readonly name: string;
  /** Bytes; null where it cannot be told. */
  readonly mtu: number | null;
  /** /sys/class/net/NAME/operstate; null where it cannot be told. */
  readonly state: string | null;
  /** Packets, from /proc/net/dev. */
  readonly rxDropped: number;
  readonly rxErrors: number;
  readonly txDropped: number;
  readonly txErrors: number;
}

export interface MachineFacts {
  /** `Arp.*` and `Ndisc.*` of /proc/net/stat, and `Softnet.dropped` and `Softnet.squeezed`. */
  readonly counters: Readonly<Record<string, number>>;
  /** IPv4 neighbours of all network namespaces, and gc_thresh1 to 3; null where only the first network namespace is shown them. */
  readonly neighbors: { readonly entries: number; readonly thresholds: readonly [number, number, number] } | null;
  /** How long some task has waited for a CPU, milliseconds: `total` of /proc/pressure/cpu. */
  readonly cpuWaitedMs: number | null;
}

/**
 * The tracer's first word after its hello: that it can follow packets, or why not. `no-right`: without CAP_NET_ADMIN. `no-nft`: the image has
 * none. `old-nft`, `old-kernel`: they know no tables that die with who made them. `failed`: nft did not do as it was told.
 */
export interface Tracing {
  readonly type: 'tracing';
  readonly at: number;
  readonly state: 'ready' | 'no-right' | 'no-nft' | 'old-nft' | 'old-kernel' | 'failed';
  /** Versions, or what nft said. */
  readonly says: string;
  /** Tables of iptables-legacy in this network namespace: the trace of nftables passes them over. */
  readonly legacyTables: readonly string[];
  /** An interface by which a CNI is known that decides in eBPF before and instead of all rules; null: none. */
  readonly ebpfInterface: string | null;
  /** Counters that are read before and after, for what a trace passes over. Absent: none can be. */
  readonly counts?: readonly RuleCounts['source'][] | undefined;
}

/** Said when the tracer follows: the chains that the kernel itself enters, as they were when it began. */
export interface HookedChains {
  readonly type: 'hooked-chains';
  readonly at: number;
  readonly chains: readonly HookedChain[];
}

export interface HookedChain {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly hook: string;
  readonly priority: number;
}

/** One packet through all rules of this node, as `nft -a monitor trace` tells it. */
export interface RuleTrace {
  readonly type: 'rule-trace';
  readonly at: number;
  readonly path: string;
  /** It is an answer, from the far end of the path. */
  readonly isAnswer: boolean;
  /** It is the packet of an overlay that carries one of the path. Absent: the packet itself. */
  readonly isOuter?: boolean | undefined;
  /** Without `trace id` and the id. */
  readonly lines: readonly string[];
}

/** A chain in which a followed packet ended, as nft and iptables-save list it: a trace leaves out what iptables has for comments. */
export interface ChainListing {
  readonly type: 'chain-listing';
  readonly at: number;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly text: string;
}

/**
 * What counted packets since the trace began and does not show in it: rules of iptables-legacy, those of an nft that is too old to follow, and what
 * Cilium has dropped. Anybody's packets, not only those of the run. Told again whenever it has moved; the last word of a source counts.
 */
export interface RuleCounts {
  readonly type: 'rule-counts';
  readonly at: number;
  readonly source: 'iptables-legacy' | 'ip6tables-legacy' | 'nft' | 'cilium';
  /** Only what drops, rejects or hands over packets, and has moved. `rule`: where it is and how it is written, in that program's words. */
  readonly moved: readonly { readonly rule: string; readonly packets: number }[];
}

/** What following cost, told at the end. */
export interface TraceCost {
  readonly type: 'trace-cost';
  readonly at: number;
  readonly packets: number;
  readonly lines: number;
  /** Packets beyond those asked for. */
  readonly leftOut: number;
  /** Of the tracer and both its nft processes. */
  readonly cpuMs: number;
  readonly overMs: number;
}

/** The agent's last line. */
export interface Bye {
  readonly type: 'bye';
  readonly at: number;
  readonly because: 'done' | 'deadline' | 'signal';
  /** Totals of this namespace since hello, the counters that moved only. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Something the agent could not do; never a reason to stop the others. */
export interface Trouble {
  readonly type: 'trouble';
  readonly at: number;
  readonly what: string;
}

export type TracerMessage = Tracing | HookedChains | RuleTrace | ChainListing | RuleCounts | TraceCost;

export type Message = Hello | Sample | Waiting | Arrival | HalfOpen | NodeFacts | TracerMessage | Bye | Trouble;

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** It did not get through at once: a SYN was sent again, or the connection (where there is none, the question) was never answered. */
export function isHindered({ outcome, phases, synRetransmissions }: Sample): boolean {
  if (synRetransmissions > 0) return true;
  return outcome.kind !== 'answered' && (phases.connect === undefined || outcome.phase === 'connect');
}
