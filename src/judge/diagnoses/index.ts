/** Every diagnosis, in the order in which equals are reported: what is nearest to the root comes first. */
import brokenHairpin from './broken-hairpin.ts';
import brokenNodeOverlay from './broken-node-overlay.ts';
import brokenNodePair from './broken-node-pair.ts';
import brokenOverlay from './broken-overlay.ts';
import deadDnsEndpoint from './dead-dns-endpoint.ts';
import deadEndpoint from './dead-endpoint.ts';
import badIngressNode from './bad-ingress-node.ts';
import foreignEndpoint from './foreign-endpoint.ts';
import localTrafficPolicy from './local-traffic-policy.ts';
import staleDnsAnswer from './stale-dns-answer.ts';
import staleNodePolicy from './stale-node-policy.ts';
import staleNodeRules from './stale-node-rules.ts';
import vanishedClusterIp from './vanished-cluster-ip.ts';
import type { ExperimentId } from '../../model/experiment.ts';
import type { Diagnosis } from '../engine/diagnosis.ts';
import emptyService from './empty-service.ts';
import latePolicy from './late-policy.ts';
import lostSyn from './lost-syn.ts';
import mtuBlackHole from './mtu-black-hole.ts';
import missingIngressController from './missing-ingress-controller.ts';
import policyDeniesDns from './policy-denies-dns.ts';
import policyDeniesEgress from './policy-denies-egress.ts';
import policyDeniesIngress from './policy-denies-ingress.ts';
import policyMissesHostnetwork from './policy-misses-hostnetwork.ts';
import refusedConnection from './refused-connection.ts';
import slowApplication from './slow-application.ts';
import slowNodePath from './slow-node-path.ts';
import unansweredAaaa from './unanswered-aaaa.ts';
import unreachableDns from './unreachable-dns.ts';

export const diagnoses: readonly Diagnosis[] = [
  missingIngressController,
  emptyService,
  policyMissesHostnetwork,
  policyDeniesIngress,
  policyDeniesEgress,
  policyDeniesDns,
  latePolicy,
  staleNodePolicy,
  brokenOverlay,
  brokenNodeOverlay,
  brokenNodePair,
  vanishedClusterIp,
  localTrafficPolicy,
  brokenHairpin,
  staleNodeRules,
  unreachableDns,
  unansweredAaaa,
  staleDnsAnswer,
  deadDnsEndpoint,
  refusedConnection,
  deadEndpoint,
  foreignEndpoint,
  badIngressNode,
  lostSyn,
  mtuBlackHole,
  slowApplication,
  slowNodePath,
];

/** What all of them rest on together: what a plan has to make. */
export const experimentsAsked: readonly ExperimentId[] = [
  ...new Set(diagnoses.flatMap(({ experiments }) => experiments)),
];
