import { expect, test } from 'vitest';
import { silent, times } from '../make.ts';
import { askedByCheckout, checkout, diagnose, dns, nginx, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';

const SPARE = '169.254.20.10';
const CLUSTER_DNS = '10.96.0.10';

const deaf =
  (address: string, lost = 4): Break =>
  (path) =>
    path.to.kind === 'dns-server' && path.to.address === address && path.from.startsWith('as:')
      ? times(lost, () => silent({ phase: 'dns' }))
      : null;

function verdict(nameservers: string[], breaks: Break[], options: string[] = ['ndots:5']) {
  const client = { ...checkout, dnsPolicy: 'None', dnsConfig: { nameservers, searches: [], options } };
  const cluster = shopCluster({ pods: [...web, ...nginx, ...dns, client] });
  return diagnose({ cluster, target: serviceOnly({ from: askedByCheckout }), breaks });
}

test('a dead nameserver that nothing asks is said, and is no fault', () => {
  const { status, findings, notMeasured } = verdict([CLUSTER_DNS, SPARE], [deaf(SPARE)]);
  expect({ status, findings }).toEqual({ status: 'healthy', findings: [] });
  expect(notMeasured).toContainEqual(expect.objectContaining({ because: expect.stringContaining(SPARE) }));
});

test('a spare that answers is not worth a word', () => {
  expect(verdict([CLUSTER_DNS, SPARE], []).notMeasured).toEqual([]);
});

test('where the first one is dead it is the cause', () => {
  const { status, findings } = verdict([SPARE, CLUSTER_DNS], [deaf(SPARE)]);
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([{ diagnosis: 'dead-dns-endpoint', where: { to: SPARE } }]);
});

test('with rotate there is no first one', () => {
  const { status, findings } = verdict([CLUSTER_DNS, SPARE], [deaf(SPARE)], ['rotate']);
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([{ diagnosis: 'dead-dns-endpoint', where: { to: SPARE } }]);
});

test('where both are silent nobody calls it healthy', () => {
  expect(verdict([CLUSTER_DNS, SPARE], [deaf(SPARE), deaf(CLUSTER_DNS)]).status).not.toBe('healthy');
});
