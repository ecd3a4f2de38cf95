import { expect, test } from 'vitest';
import { DNS_CONFIG_MAPS, domainIn, findDnsDomain } from '../../src/discover/dns-domain.ts';

const corefile = (zones: string): string => `.:53 {
    errors
    # kubernetes example.org
    kubernetes ${zones} {
       pods insecure
    }
    forward . /etc/resolv.conf
}`;

test.for<[string, string, string | null]>([
  ['as kubeadm writes it', corefile('cluster.local in-addr.arpa ip6.arpa'), 'cluster.local'],
  ['a domain of its own', corefile('K8s.Example.net. in-addr.arpa'), 'k8s.example.net'],
  ['reverse zones first', corefile('in-addr.arpa ip6.arpa corp.internal'), 'corp.internal'],
  ['no zone of its own', corefile(''), null],
  ['the root', corefile('.'), null],
  ['a zone in the environment', corefile('{$DOMAIN}'), null],
  ['no such plugin', '.:53 {\n forward . 192.0.2.1\n}', null],
  ['nothing', '', null],
])('the domain in a Corefile: %s', ([, text, expected]) => {
  expect(domainIn(text)).toBe(expected);
});

test('the ConfigMap stands beside the DNS Service, under one of its usual names', async () => {
  const read = async ({ namespace, name }: { namespace: string; name: string }) =>
    namespace === 'kube-system' && name === DNS_CONFIG_MAPS[1] ? { Corefile: corefile('corp.internal') } : null;
  expect(await findDnsDomain({ namespace: 'kube-system', name: 'rke2-coredns-rke2-coredns' }, read)).toBe(
    'corp.internal',
  );
  expect(await findDnsDomain({ namespace: 'dns', name: 'coredns' }, read)).toBeNull();
  expect(await findDnsDomain(null, read)).toBe('corp.internal');
});
