/** Timings that people published, as figures only, each with its address and what it turned out to be. */

export interface Published {
  readonly name: string;
  readonly source: string;
  /** As they stand there, or as the tool that they name prints them. */
  readonly text: string;
  /** What the thread, or its fix, found. */
  readonly cause: string;
  /** The timer behind it; null: the client's own limit, which names no timer. */
  readonly timer: string | null;
}

export const published: readonly Published[] = [
  {
    name: 'Alpine, every lookup of both families',
    source: 'https://github.com/kubernetes/dns/issues/96',
    text: `time_namelookup:  0.011554  time_connect:  0.099152  time_appconnect:  0.000000  time_pretransfer:  0.099260  time_redirect:  0.000000  time_starttransfer:  0.197497  time_total:  0.197553
time_namelookup:  5.008615  time_connect:  5.096003  time_appconnect:  0.000000  time_pretransfer:  5.096111  time_redirect:  0.000000  time_starttransfer:  5.197315  time_total:  5.197362`,
    cause: 'AAAA stays without an answer; musl waits its whole 5 s',
    timer: 'musl-resend',
  },
  {
    name: 'SkyDNS on CoreOS, one lookup of many',
    source: 'https://github.com/kubernetes/kubernetes/issues/21604',
    text: `DNS-Lookup [0.084] Time-Connect [0.086] Time-PreTransfer [0.106] Time-StartTransfer [0.533] Total-Time [0.533]
DNS-Lookup [5.582] Time-Connect [5.584] Time-PreTransfer [5.602] Time-StartTransfer [6.035] Total-Time [6.035]
DNS-Lookup [0.090] Time-Connect [0.092] Time-PreTransfer [0.106] Time-StartTransfer [0.440] Total-Time [0.440]`,
    cause: 'a DNS answer is lost, the resolver asks again after 5 s',
    timer: 'glibc-resend',
  },
  {
    name: 'CoreDNS, a Service name now and then',
    source: 'https://github.com/coredns/coredns/issues/3163',
    text: `time_namelookup:  0.013\ntime_connect:  0.013\ntime_appconnect:  0.000\ntime_redirect:  0.000\ntime_pretransfer:  0.013\ntime_starttransfer:  0.015
time_namelookup:  5.513\ntime_connect:  5.514\ntime_appconnect:  0.000\ntime_redirect:  0.000\ntime_pretransfer:  5.514\ntime_starttransfer:  5.515`,
    cause: 'a DNS answer is lost, the resolver asks again after 5 s',
    timer: 'glibc-resend',
  },
  {
    name: 'a thousand curls, fifty at once',
    source: 'https://github.com/Quentin-M/weave-tc/issues/6',
    text: '0.614\n0.615\n0.658\n5.977\n6.029\n6.051\n',
    cause: 'two DNS queries from one socket race in conntrack; the resolver asks again after 5 s',
    timer: 'glibc-resend',
  },
  {
    name: 'nslookup in busybox and in another image',
    source: 'https://github.com/kubernetes/kubernetes/issues/56903',
    text: 'real\t0m 10.03s\nuser\t0m 0.00s\nreal\t0m 25.02s\nuser\t0m 0.00s\nreal\t0m 0.14s\nuser\t0m 0.00s\nreal\t0m 25.03s\nuser\t0m 0.00s\n',
    cause: 'DNS answers are lost: steps of 5 s',
    timer: 'glibc-resend',
  },
  {
    name: 'three silent nameservers of four listed',
    source: 'https://github.com/Altinity/ClickHouse/pull/2252',
    text: '14s\n2.9s\n0.00s\n0.01s\n',
    cause: 'nameservers that cannot be reached come first: glibc waits 5, 3 and 6 s',
    timer: 'glibc-resend',
  },
  {
    name: 'a thread that stands still in poll()',
    source: 'https://github.com/gliderlabs/docker-alpine/issues/255',
    text: '2.502024\n',
    cause: 'a DNS answer is lost; musl asks again after 2.5 s',
    timer: 'musl-resend',
  },
  {
    name: 'ClusterIP of a pod on another node',
    source: 'https://github.com/hitachienergy/epiphany/issues/1072',
    text: 'real    0m0.044s\nuser    0m0.002s\nsys     0m0.003s\nreal    1m3.267s\nuser    0m0.001s\nsys     0m0.009s\nreal    1m3.468s\nuser    0m0.043s\nsys     0m0.077s\n',
    cause: 'VXLAN checksum offload spoils all SYNs but the last of the older schedule',
    timer: 'syn-retransmission',
  },
  {
    name: 'host to Service address',
    source: 'https://github.com/kubernetes/kubernetes/issues/90854',
    text: '0.000877\n1.055212\n',
    cause: 'the first SYN is spoilt by checksum offload, its repetition passes',
    timer: 'syn-retransmission',
  },
  {
    name: 'a burst onto a short accept queue',
    source: 'https://github.com/gwsystems/sledge-serverless-framework/pull/395',
    text: '283 ms\n292 ms\n1084 ms\n1109 ms\n',
    cause: 'the accept queue overflows, SYNs are repeated after 1 s',
    timer: 'syn-retransmission',
  },
  {
    name: 'an address without a host',
    source: 'https://github.com/samsung-cnct/kraken-lib/issues/546',
    text: '3099.407 ms\n3071.823 ms\n3071.873 ms\n',
    cause: 'the neighbour does not answer: host unreachable after three tries',
    timer: 'neighbour-failure',
  },
  {
    name: 'ingress-nginx, three tries',
    source: 'https://github.com/kubernetes/ingress-nginx/issues/9443',
    text: '504 14.998\n504 14.998\n',
    cause: 'no endpoint can be reached: three connect timeouts of 5 s',
    timer: 'nginx-connect-give-up',
  },
  {
    name: 'an nginx nobody configured',
    source: 'https://github.com/apache/openwhisk-apigateway/issues/54',
    text: '504 60.004\n504 60.000\n',
    cause: 'a firewall drops the connect to the upstream; 60 s by default',
    timer: 'nginx-stock-connect-timeout',
  },
  {
    name: 'the gateway hangs',
    source: 'https://github.com/istio/istio/issues/48649',
    text: '0.0005\n9.998902\n',
    cause: 'the connect to one endpoint is not answered; Istio waits 10 s',
    timer: 'istio-connect-timeout',
  },
  {
    name: 'Caddy before a pod that is gone',
    source: 'https://github.com/sovity/dataspace-portal/issues/428',
    text: '502 3.001237397\n502 3.001237397\n',
    cause: 'the upstream cannot be reached; Caddy dials for 3 s',
    timer: 'caddy-dial-timeout',
  },
  {
    name: 'Caddy before a container with another address',
    source: 'https://github.com/lucaslorentz/caddy-docker-proxy/issues/605',
    text: '3.002495039\n',
    cause: 'the upstream cannot be reached; Caddy dials for 3 s',
    timer: 'caddy-dial-timeout',
  },
  {
    name: 'the API server as a proxy',
    source: 'https://github.com/kubernetes/kops/issues/1246',
    text: '503 30.00136179\n503 30.00136179\n',
    cause: 'the pod network is cut; a proxy in Go dials for 30 s',
    timer: 'go-proxy-dial-timeout',
  },
  {
    name: 'a loop of curls with a limit',
    source: 'https://github.com/kubernetes/kops/issues/4323',
    text: 'curl: (28) Connection timed out after 1001 milliseconds\ncurl: (28) Connection timed out after 1001 milliseconds\n',
    cause: 'the client gave up after its own second, long before any timer',
    timer: null,
  },
];
