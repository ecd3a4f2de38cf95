/**
 * Words that stay as they are in a redacted recording, each group with its reason. All others are replaced: a word that is missing here
 * costs readability, one too many could tell something of a cluster. Pure.
 */

interface Group {
  readonly because: string;
  /** In lower case, with a space between two. */
  readonly words: string;
}

/** In names, labels, hosts and every other string that people of one cluster choose. */
export const PUBLIC_NAMES: readonly Group[] = [
  {
    because: 'keys of labels that Kubernetes and Argo Rollouts give by themselves; the judge reads them',
    words:
      'kubernetes k8s io metadata name names app apps instance version component part of managed by pod template hash controller ' +
      'revision generation statefulset index batch job completion uid rollouts node hostname topology zone region role control plane ' +
      'master worker arch os beta helm sh chart',
  },
  {
    because: 'objects that every cluster has, and the names of its own DNS',
    words:
      'kube system public lease default dns coredns proxy apiserver scheduler etcd manager service services account svc cluster local ' +
      'nodelocaldns cache endpointslice endpoints token root ca',
  },
  {
    because:
      'ingress controllers and gateways by the names, classes and labels that they are published with (src/discover/implementations.ts)',
    words:
      'ingress nginx rke2 org traefik haproxy haproxytech github projectcontour contour envoy envoyproxy kong konghq kic controllers istio ' +
      'ingressgateway cilium gateway gatewayclass fabric aws alb load balancer networking gke gce internal azure application com owning ' +
      'namespace class http',
  },
  {
    because: 'network plugins by the names that they are published with, and of the objects that they install',
    words:
      'calico flannel canal antrea weave kindnet router cni vpc ovn openshift host network policy policies group multus typha agent ds ' +
      'operator net crd tigera kind npm networks',
  },
  {
    because: 'builds of Kubernetes and Linux, whose versions the judge reads',
    words:
      'v rc alpha k3s k0s eks aks gcp cos generic lowlatency cloud virtual amd amd64 arm arm64 x86 deb ubuntu debian el el8 el9 fc amzn ' +
      'linux lab dirty lts oem hardened server',
  },
  {
    because: 'interfaces of a Linux node, and the devices that network plugins make',
    words:
      'eth ens eno enp lo all vxlan tunl docker br bond wg cbr ipvs dummy bridge cali veth vlan geneve erspan gre ip sit overlay lxc eni azv health',
  },
  {
    because: 'options of resolv.conf(5)',
    words: 'ndots timeout attempts rotate edns0 trust ad single request reopen use vc no tld query',
  },
  {
    because: 'what URLs, domains and ports are written with everywhere; example is reserved by RFC 2606',
    words: 'https www example test invalid localhost arpa addr in ip6 tcp udp grpc tls metrics',
  },
  {
    because: 'values and kinds that the Kubernetes API defines, and custom ones of network plugins and gateways',
    words:
      'tcp udp sctp ipv4 ipv6 noschedule noexecute prefernoschedule notin exists doesnotexist exact prefix implementationspecific regularexpression ' +
      'pathprefix clusterfirst clusterfirstwithhostnet none clusterip nodeport loadbalancer externalname ppc64le s390x riscv64 pod pods ' +
      'namespaces deployment deployments replicaset replicasets daemonset daemonsets statefulsets jobs cronjob cronjobs ingresses egress ' +
      'ingressclass ingressclasses httproute httproutes grpcroute grpcroutes tlsroute tlsroutes referencegrant referencegrants gateways ' +
      'backendtrafficpolicy backendtrafficpolicies destinationrule destinationrules serverstransport serverstransports ' +
      'accepted programmed resolvedrefs valid invalid nomatchingparent nomatchinglistenerhostname notallowedbylisteners refnotpermitted ' +
      'backendnotfound invalidkind unsupportedvalue unsupportedprotocol addressnotassigned portunavailable hostnameconflict ' +
      'gatewayclasses httpproxy httpproxies virtualservice virtualservices ingressroute ingressroutes endpointslices networkpolicy networkpolicies configmap configmaps servicecidr servicecidrs ' +
      'replicationcontroller rollout rollouts argoproj globalnetworkpolicy globalnetworkpolicies stagednetworkpolicy ' +
      'ciliumnetworkpolicy ciliumnetworkpolicies ciliumclusterwidenetworkpolicy ciliumclusterwidenetworkpolicies clusternetworkpolicy ' +
      'clusternetworkpolicies adminnetworkpolicy adminnetworkpolicies baselineadminnetworkpolicy baselineadminnetworkpolicies tier',
  },
  {
    because: 'how a network plugin or proxy moves packets, and what the kernel calls the state of an interface',
    words:
      'ipip native unknown wireguard ipsec iptables nftables ebpf userspace kernelspace up down lowerlayerdown dormant notpresent testing own',
  },
  { because: 'certificates that ingress controllers make for hosts without one', words: 'fake certificate cert' },
  { because: "kprobe's own names", words: 'kprobe hosts twin nodes matrix tracer' },
];

/** In sentences and ids that kprobe makes itself, where no name of the cluster is the same word. */
export const PUBLIC_PROSE: Group = {
  because: "kprobe's own sentences, and the kubelet's about pods",
  words:
    'aaaa accept added adding address addresses again agents an and another answer answers api applicationset argv as ask asked asks assignment ' +
    'at attempt authority await back backoff base be because before beside between beyond both budget buffer built bundle but bytes came can ' +
    'cannot carry certificate cgroup characters check choose circle client clienthello clients clock close closed clusternetworkpolicy ' +
    'clusters code complete completed compression conf config configmap configmaps connect connection connects const container containers ' +
    'content context contexts correct could count cpu crash crashloopbackoff creating credential credentials crossing current cut daemonset ' +
    'daemonsets data date db declare declares defaults deleted deployment deployments diagnosis did directions do does documentation each ' +
    'earlier echo else empty end ended endpoint endpointslices ends entries entry env ephemeral err errimagepull error errors every exist ' +
    'exited expected expired external failed failing false family far farewell file filter firewall folder for forms found from front fs ' +
    'get gives go goes gone groups handshake has have header hello here holds horizontalpodautoscaler horizontalpodautoscalers httpproxy ' +
    'httproute id image imagepullbackoff import includes inside install instead into is it its itself joins json keys kinds known knows ' +
    'kubeconfig kubectl kubelet label labels large leads left length lets line lines list listed listen listens literal lives log login ' +
    'long longer look looked lookup lost machine made make map match may mean means measured measures memory message messages might most ms mtu ' +
    'named nameserver need needed needs neither never nobody none nor not nothing now null number numbers object objects off ok old oomkilled ' +
    'on once one only open operstate or ordinary other others out output outside over overloaded own page pair pairs path paths ' +
    'pending performance phase place placed planned plugin poddisruptionbudget poddisruptionbudgets pods pointers points pool port ports ' +
    'probe probed probes proc process program protocol publish pull put question reached read readiness ready record refuse refused ' +
    'registry removed removing renew require reset resolve resolver resolves restarting right rights round routes run running runs same sample say ' +
    'says search second secret see seen segment send sends serve serves set sets settings several shows side signed slice slow small so ' +
    'somebody speak speaks spec stand standard stands start started starting stat stays straight string such sweep sys taint taints takes target ' +
    'tell text than that the their them themselves there they this those three through time to told too translation true try twins two type ' +
    'undefined under understands understood unexpected unhealthy unknown unready unschedulable unset untolerated up url used user users usual ' +
    'valid vantage verbatim view volumes vpn waiting waits was watched way were what where which whole whose wire with within without workload would write ' +
    'wrong yet you zones available been connecting container creating liveness terminated terminating',
};

/** In rules of packet filters and traces of them, of which no name of the cluster is a part but where it is told so. */
export const PUBLIC_RULES: Group = {
  because: "the language of nft, and the names of kube-proxy's and kprobe's own chains",
  words:
    'nft inet ip ip6 arp bridge netdev table chain rule packet packets verdict continue handle iif oif iifname oifname ether saddr daddr sport ' +
    'dport dscp ecn not ect ttl hoplimit length id protocol nexthdr flags syn ack rst fin psh urg cs window checksum icmp icmpv6 th meta ' +
    'mark skuid skgid ct state established related new untracked status zone original reply direction counter bytes drop accept reject return ' +
    'jump goto queue masquerade snat dnat redirect vmap elements hook prerouting input forward output postrouting priority raw mangle ' +
    'dstnat srcnat security filter nat route policy comment limit rate burst log prefix level notrack fib local vlan numgen random ' +
    'inc mod jhash dynset timeout expires size dynamic interval l4proto nfproto pkttype trace nftrace services unserved nodeports arrived ' +
    'sent outer inner first unicast broadcast multicast admin prohibited unreachable',
};

const NAMES = new Set(PUBLIC_NAMES.flatMap(({ words }) => words.split(' ')));
const PROSE = new Set([PUBLIC_PROSE, PUBLIC_RULES].flatMap(({ words }) => words.split(' ')));

/** Versions are told so: v1, v857. */
const VERSION = /^v\d{1,4}$/;

/** `word`: in lower case. */
export function isPublicName(word: string): boolean {
  return NAMES.has(word) || VERSION.test(word);
}

/** `word`: in lower case. */
export function isPublicInProse(word: string): boolean {
  return isPublicName(word) || PROSE.has(word);
}
