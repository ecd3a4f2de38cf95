/** Every writer of rules that kprobe knows, in the order in which they are asked: kube-router's chains begin as kube-proxy's do. */
import { antrea } from './antrea.ts';
import { calico } from './calico.ts';
import { cilium } from './cilium.ts';
import { docker } from './docker.ts';
import { firewalld } from './firewalld.ts';
import { flannel } from './flannel.ts';
import { kindnet, kubeNetworkPolicies } from './kindnet.ts';
import { kubeProxy } from './kube-proxy.ts';
import { kubeRouter } from './kube-router.ts';
import { ufw } from './ufw.ts';
import type { Writer } from './way.ts';

export const WRITERS: readonly Writer[] = [
  kubeRouter,
  kubeProxy,
  calico,
  cilium,
  antrea,
  kubeNetworkPolicies,
  kindnet,
  flannel,
  firewalld,
  ufw,
  docker,
];
