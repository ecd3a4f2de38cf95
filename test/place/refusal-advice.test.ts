import { describe, expect, test } from 'vitest';
import { refusalAdvice, refusedBecause } from '../../src/place/refusal-advice.ts';
import { agent } from './agents.ts';

/** As API servers of 1.34 say it, after `pods "kprobe-1" is forbidden: `. */
const QUOTA = 'exceeded quota: full, requested: pods=1, used: pods=3, limited: pods=3';
const LIMIT = 'maximum cpu usage per Container is 500m, but limit is 1';
const SECURITY = 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)';
const WEBHOOK = 'admission webhook "validate.kyverno.svc-fail" denied the request: require team label';

describe('who refuses tells what helps', () => {
  test.for<[string, string]>([
    [QUOTA, 'kubectl describe quota -n shop, and make room in it'],
    [LIMIT, 'kubectl describe limitrange -n shop'],
    [SECURITY, 'pod-security.kubernetes.io/enforce=LEVEL'],
    [WEBHOOK, 'exempt pods of namespace shop from webhook validate.kyverno.svc-fail'],
    ["ValidatingAdmissionPolicy 'no-root' with binding 'all' denied request", 'ValidatingAdmissionPolicy no-root'],
  ])('%s', ([message, advice]) => {
    expect(refusalAdvice(message, 'shop')).toContain(advice);
  });

  test('nobody known', () => {
    expect(refusalAdvice('no', 'shop')).toBeNull();
  });
});

describe('a run says it beside the refusal', () => {
  test('of a twin that asks in the name of a client: a container in the pod is no further pod', () => {
    const says = refusedBecause(QUOTA, { ...agent('twin', 'worker-1'), underTest: true });
    expect(says).toContain(QUOTA);
    expect(says).toContain('make room in it; or with --from, --inside');
  });

  test('of a twin that only answers', () => {
    expect(refusedBecause(LIMIT, agent('twin', 'worker-1'))).toBe(`${LIMIT} (kubectl describe limitrange -n shop)`);
  });

  test('of a control: as it came, where nothing is known to help', () => {
    expect(refusedBecause('no', agent('control', 'worker-1'))).toBe('no');
  });
});
