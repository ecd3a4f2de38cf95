import { describe, expect, test } from 'vitest';
import { delayOf } from '../../../src/judge/evidence/delay.ts';
import { gatherEvidence } from '../../../src/judge/evidence/gather.ts';
import { matchTimers } from '../../../src/judge/evidence/timers.ts';
import { cluster, controller, hello, on, path, pod, recording, sample, times, to } from '../make.ts';

const entry = path('local', to.entry('10.0.0.1', 'worker-1'));
const backend = path('host@worker-1', to.backend(pod({ node: 'worker-2' })));

describe('evidence of a recording', () => {
  test('nothing recorded is nothing concluded', () => {
    const empty = gatherEvidence(recording());
    expect(empty).toMatchObject({ paths: [], symptoms: [] });
  });

  test('a planned path without samples is unmeasured', () => {
    expect(gatherEvidence(recording({ paths: [entry] })).paths[0]?.state).toBe('unmeasured');
  });

  test('samples of unknown paths are ignored, and paths of unknown agents are left out', () => {
    const found = gatherEvidence(recording({ paths: [entry], samples: [sample({ path: 'nobody planned this' })] }));
    expect(found.paths).toHaveLength(1);
    const whole = recording({ paths: [entry] });
    expect(gatherEvidence({ ...whole, plan: { ...whole.plan, agents: [] } }).paths).toEqual([]);
  });

  test('attempts keep their index in the recording', () => {
    const samples = [...on(backend, [sample()]), ...on(entry, [sample({ firstByteMs: 5003, status: 200 })])];
    const found = gatherEvidence(recording({ paths: [entry, backend], samples }));
    expect(found.symptoms).toMatchObject([{ kind: 'slow', attempt: { index: 1 } }]);
    expect(found.paths[1]?.attempts).toMatchObject([{ index: 0 }]);
  });

  test('the SYN schedule is that of the vantage', () => {
    const missed = sample({
      connectMs: 3041,
      synRetransmissions: 1,
      counters: { 'TcpExt.TCPSynRetrans': 2 },
      concurrent: 1,
    });
    const old = hello('host@worker-1', { sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': null } });
    const found = gatherEvidence(recording({ paths: [backend], samples: on(backend, [missed]), hellos: [old] }));
    expect(found.paths[0]?.ladder[0]?.retransmissions).toBe(2);
  });

  test('the incident of the brief: 5 s at the ingress is its connect timeout and not tcp_retries2', () => {
    const samples = on(entry, [sample({ connectMs: 0.4, firstByteMs: 5003, status: 200 })]);
    const found = gatherEvidence(
      recording({ paths: [entry], samples, cluster: cluster({ controllers: [controller()] }) }),
    );
    const [symptom] = found.symptoms;
    if (symptom === undefined) throw new Error('no symptom');
    const { matches, nearMisses } = matchTimers(delayOf(found, symptom.path, symptom.attempt));
    expect(matches[0]).toMatchObject({ timer: { id: 'nginx-connect-timeout' }, step: 1, nominalMs: 5000 });
    expect(nearMisses.find((miss) => miss.timer.id === 'tcp-retries2')?.because).toContain('not in an answer');
  });
});

test('20,000 samples on 400 paths are summed up in well under a second', () => {
  const paths = Array.from({ length: 400 }, (_, index) =>
    path(`control@worker-${1 + (index % 20)}`, to.agent(`control@worker-${1 + Math.floor(index / 20)}`), {
      id: `p${index}`,
    }),
  );
  const samples = paths.flatMap((each, index) =>
    on(
      each,
      times(50, () => sample({ connectMs: 1 + (index % 7), seen: '10.244.1.9:40000' })),
    ),
  );
  const whole = recording({ paths, samples });
  const start = performance.now();
  expect(gatherEvidence(whole).paths).toHaveLength(400);
  expect(performance.now() - start).toBeLessThan(1000);
});
