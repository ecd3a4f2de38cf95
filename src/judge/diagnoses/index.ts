/** Every diagnosis, in the order in which equals are reported: what is nearest to the root comes first. */
import abruptShutdown from './abrupt-shutdown.ts';
import brokenHairpin from './broken-hairpin.ts';
import brokenLoadbalancerHairpin from './broken-loadbalancer-hairpin.ts';
import filteredDns from './filtered-dns.ts';
import disabledForwarding from './disabled-forwarding.ts';
import filteredReversePath from './filtered-reverse-path.ts';
import fullConntrack from './full-conntrack.ts';
import fullNeighborTable from './full-neighbor-table.ts';
import mismatchedOverlayMtu from './mismatched-overlay-mtu.ts';
import nodeFirewall from './node-firewall.ts';
import bypassedServiceNat from './bypassed-service-nat.ts';
import starvedNode from './starved-node.ts';
import racingNat from './racing-nat.ts';
import brokenNodeOverlay from './broken-node-overlay.ts';
import brokenNodePair from './broken-node-pair.ts';
import brokenOverlay from './broken-overlay.ts';
import brokenOverlayChecksum from './broken-overlay-checksum.ts';
import cutIdleConnection from './cut-idle-connection.ts';
import deadDnsEndpoint from './dead-dns-endpoint.ts';
import deadEndpoint from './dead-endpoint.ts';
import deadParallelPath from './dead-parallel-path.ts';
import deadRedirect from './dead-redirect.ts';
import badCertificate from './bad-certificate.ts';
import badIngressNode from './bad-ingress-node.ts';
import flappingReadiness from './flapping-readiness.ts';
import foreignEndpoint from './foreign-endpoint.ts';
import pinnedName from './pinned-name.ts';
import foreignResolver from './foreign-resolver.ts';
import fullAcceptQueue from './full-accept-queue.ts';
import hiddenSource from './hidden-source.ts';
import ingressConnectTimeout from './ingress-connect-timeout.ts';
import ingressAccessRule from './ingress-access-rule.ts';
import oversizedHeaders from './oversized-headers.ts';
import limitedRequests from './limited-requests.ts';
import localTrafficPolicy from './local-traffic-policy.ts';
import staleDnsAnswer from './stale-dns-answer.ts';
import staleIngressEndpoints from './stale-ingress-endpoints.ts';
import staleNodePolicy from './stale-node-policy.ts';
import staleNodeRules from './stale-node-rules.ts';
import vanishedClusterIp from './vanished-cluster-ip.ts';
import type { ExperimentId } from '../../model/experiment.ts';
import type { Diagnosis } from '../engine/diagnosis.ts';
import droppedLargeHello from './dropped-large-hello.ts';
import emptyService from './empty-service.ts';
import lostDnsAnswers from './lost-dns-answers.ts';
import lostSegments from './lost-segments.ts';
import latePolicy from './late-policy.ts';
import lostSyn from './lost-syn.ts';
import misroutedAddress from './misrouted-address.ts';
import applicationErrors from './application-errors.ts';
import muteApplication from './mute-application.ts';
import mtuBlackHole from './mtu-black-hole.ts';
import mismatchedProtocol from './mismatched-protocol.ts';
import missingIngressController from './missing-ingress-controller.ts';
import policyDeniesDns from './policy-denies-dns.ts';
import policyDeniesEgress from './policy-denies-egress.ts';
import policyDeniesKubelet from './policy-denies-kubelet.ts';
import policyDeniesOutside from './policy-denies-outside.ts';
import policyDeniesTcpDns from './policy-denies-tcp-dns.ts';
import policyDeniesIngress from './policy-denies-ingress.ts';
import policyMissesHostnetwork from './policy-misses-hostnetwork.ts';
import policyShutsEntry from './policy-shuts-entry.ts';
import queuedRequests from './queued-requests.ts';
import racingDnsQueries from './racing-dns-queries.ts';
import policyNotEnforced from './policy-not-enforced.ts';
import policySelectsNothing from './policy-selects-nothing.ts';
import rateLimitedReject from './rate-limited-reject.ts';
import redirectLoop from './redirect-loop.ts';
import refusedConnection from './refused-connection.ts';
import searchExpansion from './search-expansion.ts';
import slowApplication from './slow-application.ts';
import slowFirstRequest from './slow-first-request.ts';
import slowDns from './slow-dns.ts';
import slowNodePath from './slow-node-path.ts';
import slowUpstreamDns from './slow-upstream-dns.ts';
import slowTls from './slow-tls.ts';
import swappedPorts from './swapped-ports.ts';
import throttledCpu from './throttled-cpu.ts';
import unansweredAaaa from './unanswered-aaaa.ts';
import unansweredIpv6 from './unanswered-ipv6.ts';
import unansweredTcpDns from './unanswered-tcp-dns.ts';
import unknownName from './unknown-name.ts';
import unreachableDns from './unreachable-dns.ts';
import wildcardSearchDomain from './wildcard-search-domain.ts';
import unreachableNeighbor from './unreachable-neighbor.ts';
import wrongBackendPort from './wrong-backend-port.ts';

export const diagnoses: readonly Diagnosis[] = [
  disabledForwarding,
  filteredReversePath,
  fullConntrack,
  fullNeighborTable,
  racingNat,
  nodeFirewall,
  misroutedAddress,
  starvedNode,
  missingIngressController,
  wrongBackendPort,
  swappedPorts,
  mismatchedProtocol,
  emptyService,
  policySelectsNothing,
  policyMissesHostnetwork,
  policyDeniesIngress,
  policyDeniesEgress,
  policyDeniesDns,
  policyDeniesTcpDns,
  hiddenSource,
  policyDeniesOutside,
  policyShutsEntry,
  latePolicy,
  staleNodePolicy,
  policyNotEnforced,
  policyDeniesKubelet,
  flappingReadiness,
  mismatchedOverlayMtu,
  brokenOverlay,
  brokenNodeOverlay,
  brokenNodePair,
  brokenOverlayChecksum,
  vanishedClusterIp,
  localTrafficPolicy,
  brokenHairpin,
  brokenLoadbalancerHairpin,
  bypassedServiceNat,
  staleNodeRules,
  unreachableDns,
  filteredDns,
  unansweredAaaa,
  unansweredIpv6,
  unansweredTcpDns,
  staleDnsAnswer,
  deadDnsEndpoint,
  lostDnsAnswers,
  racingDnsQueries,
  unknownName,
  slowDns,
  slowUpstreamDns,
  searchExpansion,
  wildcardSearchDomain,
  foreignResolver,
  pinnedName,
  rateLimitedReject,
  abruptShutdown,
  refusedConnection,
  fullAcceptQueue,
  deadEndpoint,
  foreignEndpoint,
  badCertificate,
  badIngressNode,
  limitedRequests,
  ingressAccessRule,
  oversizedHeaders,
  staleIngressEndpoints,
  ingressConnectTimeout,
  unreachableNeighbor,
  lostSegments,
  deadParallelPath,
  lostSyn,
  mtuBlackHole,
  droppedLargeHello,
  cutIdleConnection,
  slowTls,
  throttledCpu,
  redirectLoop,
  deadRedirect,
  muteApplication,
  applicationErrors,
  queuedRequests,
  slowApplication,
  slowFirstRequest,
  slowNodePath,
];

/** What all of them rest on together: what a plan has to make. */
export const experimentsAsked: readonly ExperimentId[] = [
  ...new Set(diagnoses.flatMap(({ experiments }) => experiments)),
];
