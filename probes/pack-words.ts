/**
 * What agents say again and again, for the packer to refer to (RFC 1950, "preset dictionary"): a hello of which only names are new then takes a quarter
 * of the bytes. Both sides have the same, for the controller brings its agents along. What it lacks costs bytes and nothing else.
 */

/** As far as kernels and clusters are set up as they come. */
const HELLO =
  '"addresses":["10.244.0.2"],"tcp":[40001],"udp":[40002],"unavailable":[],"sysctls":{"net.ipv4.tcp_syn_retries":"6",' +
  '"net.ipv4.tcp_synack_retries":"5","net.ipv4.tcp_retries2":"15","net.ipv4.tcp_syn_linear_timeouts":"4","net.ipv4.icmp_ratelimit":"1000",' +
  '"net.ipv4.icmp_ratemask":"6168","net.ipv4.icmp_msgs_per_sec":"1000","net.ipv4.ip_local_port_range":"32768\\t60999",' +
  '"net.core.somaxconn":"4096","net.netfilter.nf_conntrack_max":"262144"},"resolver":{"servers":["10.96.0.10"],' +
  '"search":["kprobe.svc.cluster.local","svc.cluster.local","cluster.local"],"options":["ndots:5"]},"kernel":"6.-generic","nodeVersion":"v24.';
const HELLO_BEGIN = '{"type":"hello","version":2,"run":"","agent":"control@","at":17,"hostname":"control@';
const ARRIVAL = '{"type":"arrival","at":17,"transport":"udp","port":40002,"from":"10.';
const BYE = '{"type":"bye","at":17,"because":"signal","counters":{"Udp.OutDatagrams":1,"Tcp.ActiveOpens":';
const BEGIN = '"}\n{"type":"sample","path":"control@';
const BETWEEN = '","attempt":0,"at":17';
const END = ',"stalledMs":0,"throttledMs":0,"cpuWaitMs":0.0,"cpuPressure":null,"ownCpuMs":1';
const shape = (phases: string, counter: string, answer: string) =>
  `,"lateMs":0.,"outcome":{"kind":"answered"},"phases":{${phases}},"totalMs":1.,"local":"10.244.0.2:4","seen":null,` +
  `"synRetransmissions":0,"dataRetransmissions":0,"counters":{"${counter}":1},"concurrent":1,${answer}`;
const dns = (type: string, rcode: string) =>
  `"http":null,"dns":{"rcode":"${rcode}","answers":[],"truncated":false,"questions":[{"type":"${type}","rcode":"${rcode}","answers":["10.96.0.1"],"ms":0.`;
const HTTP = '"http":{"status":200,"bytes":1,"server":"nginx/1.2","hash":"0"},"dns":null';
const CONNECTING = '"connect":0.,"first-byte":1.,"body":0.';

/** What is met most often comes last, where it is nearest. */
export const WORDS = [
  BYE,
  HELLO,
  HELLO_BEGIN,
  ARRIVAL,
  BEGIN + ' http GET /' + BETWEEN + shape(CONNECTING, 'Tcp.ActiveOpens', HTTP) + END,
  BEGIN +
    ':53 dns/tcp AAAA' +
    BETWEEN +
    shape('"connect":0.,"dns":0.', 'Tcp.ActiveOpens', dns('AAAA', 'NXDOMAIN')) +
    END,
  BEGIN + ' tcp' + BETWEEN + shape(CONNECTING, 'Tcp.ActiveOpens', '"http":null,"dns":null') + END,
  BEGIN + ':53 dns/udp A' + BETWEEN + shape('"dns":0.', 'Udp.OutDatagrams', dns('A', 'NOERROR')) + END,
].join('');
