import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formats } from '../../../src/timings/formats/index.ts';
import { readTimings } from '../../../src/timings/read.ts';
import { seenModes } from '../../../src/timings/seen-modes.ts';
import type { Timings } from '../../../src/timings/timings.ts';

function read(text: string): Timings {
  const found = readTimings(text);
  if (found?.ok !== true) throw new Error(JSON.stringify(found));
  return found.value;
}

/** What a tool really printed; all but ping asked a server of which every fifth answer takes 2.5 s. */
const real = (name: string) => readFileSync(new URL(`real/${name}`, import.meta.url), 'utf8');

describe('what tools really print', () => {
  test.for([
    ['ab.txt', 'ab', 20],
    ['hey.txt', 'hey', 20],
    ['hey.csv', 'hey-csv', 10],
    ['wrk.txt', 'wrk', 28],
    ['vegeta.txt', 'vegeta', 15],
    ['vegeta.json.txt', 'vegeta', 15],
    ['vegeta-hist.txt', 'vegeta-hist', 15],
    ['vegeta-results.jsonl', 'vegeta-json', 5],
    ['vegeta.csv', 'vegeta-csv', 5],
    ['ping.txt', 'ping', 3],
    ['fping-C.txt', 'fping', 4],
    ['fping-c.txt', 'fping', 3],
    ['curl-json.txt', 'curl-json', 1],
  ] as const)('%s is %s of %i attempts', ([name, format, attempts]) => {
    expect(read(real(name))).toMatchObject({ format, attempts });
  });

  test.for(['ab.txt', 'hey.txt', 'hey.csv', 'vegeta.txt', 'vegeta.json.txt'] as const)(
    '%s has its slow fifth at 2.5 s',
    (name) => {
      const modes = seenModes(read(real(name)));
      const slow = modes.at(-1);
      expect(slow?.isSlow).toBe(true);
      expect(slow?.ms).toBeGreaterThanOrEqual(2495);
      expect(slow?.ms).toBeLessThan(2560);
      expect(slow?.share[0]).toBeLessThanOrEqual(0.2);
      expect(slow?.share[1]).toBeGreaterThanOrEqual(0.2);
    },
  );

  test('a bucket is all that a histogram tells', () => {
    expect(seenModes(read(real('vegeta-hist.txt'))).at(-1)).toMatchObject({
      lowestMs: 1000,
      highestMs: 5000,
      count: 3,
    });
  });

  test('wrk keeps nothing of its slow fifth but its number', () => {
    const timings = read(real('wrk.txt'));
    expect(timings).toMatchObject({ untimed: 4, limitMs: 2000, target: 'http://127.0.0.1:8099/' });
    expect(seenModes(timings).some(({ isSlow }) => isSlow)).toBe(false);
  });
});

describe('made up after documentation', () => {
  test.for<[string, string, string]>([
    ['column', 'a column', '0.003\n5.004\n'],
    ['column', 'with a header', 'time\n0.003\n0.004\n5.004\n'],
    ['column', 'with labels and units', 'took: 3ms\ntook: 5.004s\n'],
    ['column', 'with decimal commas', '0,003\n5,004\n'],
    ['time', 'bash', 'real\t0m5.012s\nuser\t0m0.004s\nsys\t0m0.000s\n'],
    ['time', 'busybox', 'real\t0m 5.01s\nuser\t0m 0.00s\n'],
    ['time', 'zsh', 'curl -s http://x  0.01s user 0.01s system 0% cpu 5.012 total\n'],
    [
      'curl',
      'the classic file',
      'time_namelookup:  0.004\n   time_connect:  0.005\ntime_starttransfer: 5.009\n----------\n time_total:  5.010\n',
    ],
    ['curl', 'one line', 'DNS: 0.001s Connect: 0.002s TTFB: 5.003s Total: 5.004s\n'],
    ['curl', 'quoted', "time-> DNS: '0.000025', Connect: '0.000513',Transfer '5.002978', total '5.003021'\n"],
    ['curl-columns', 'status and total', '200 0.003\n200 5.004\n'],
    ['curl-columns', 'four times', '0.001 0.002 0.003 0.003\n0.001 0.002 5.003 5.004\n'],
    [
      'oha',
      'oha',
      'Summary:\n  Success rate:\t100.00%\n  Total:\t5.0 sec\n  Slowest:\t5.0031 sec\n  Fastest:\t0.0021 sec\n  Average:\t1.0 sec\n\nResponse time histogram:\n  0.002 sec [1] |\n  0.502 sec [79] |■■■\n  5.003 sec [20] |■\n\nResponse time distribution:\n  10.00% in 0.0021 sec\n  50.00% in 0.0024 sec\n  90.00% in 5.0021 sec\n\nStatus code distribution:\n  [200] 100 responses\n',
    ],
    [
      'oha-json',
      'oha -j',
      JSON.stringify({
        summary: { successRate: 1, total: 5, slowest: 5.003, fastest: 0.002 },
        responseTimeHistogram: { '0.002': 80, '5.003': 20 },
        latencyPercentiles: { p10: 0.002, p50: 0.0024, p90: 5.002 },
        statusCodeDistribution: { 200: 100 },
        errorDistribution: {},
      }),
    ],
    [
      'k6',
      'k6',
      '     http_req_blocked...............: avg=1ms min=1µs med=3µs max=5ms p(90)=4µs p(95)=5µs\n     http_req_duration..............: avg=1.2s min=1.9ms med=2.5ms max=5.01s p(90)=5s p(95)=5s\n     http_req_waiting...............: avg=1.2s min=1.8ms med=2.4ms max=5.01s p(90)=5s p(95)=5s\n     http_reqs......................: 100 20/s\n',
    ],
    [
      'k6',
      'k6 of 2025',
      '    http_req_duration..............: avg=1.2s min=1.9ms med=2.5ms max=5.01s p(90)=5s p(95)=5s\n    http_req_failed................: 0.00% 0 out of 100\n    http_reqs......................: 100 20/s\n',
    ],
    [
      'k6',
      'k6 --summary-export',
      JSON.stringify({
        metrics: {
          http_req_duration: { avg: 1200, min: 2, med: 2.5, max: 5010, 'p(90)': 5000, 'p(95)': 5001 },
          http_reqs: { count: 100, rate: 20 },
        },
      }),
    ],
    [
      'prometheus',
      'a histogram',
      '# TYPE http_request_duration_seconds histogram\nhttp_request_duration_seconds_bucket{code="200",le="0.01"} 80\nhttp_request_duration_seconds_bucket{code="200",le="2.5"} 80\nhttp_request_duration_seconds_bucket{code="200",le="5"} 80\nhttp_request_duration_seconds_bucket{code="200",le="10"} 100\nhttp_request_duration_seconds_bucket{code="200",le="+Inf"} 100\nhttp_request_duration_seconds_sum{code="200"} 100.3\nhttp_request_duration_seconds_count{code="200"} 100\n',
    ],
  ])('%s: %s, with its 5 s', ([format, , text]) => {
    const timings = read(text);
    expect(timings.format).toBe(format);
    const slow = seenModes(timings).filter(({ isSlow }) => isSlow);
    expect(slow.some(({ lowestMs, highestMs }) => lowestMs <= 5020 && highestMs >= 5000)).toBe(true);
  });

  test.for([
    [
      'prose that speaks of delays',
      'After the connect timeout: 5 s of waiting the proxy goes on to the next endpoint and says nothing.\nA DNS lookup takes 2 s more wherever the first of the servers in resolv.conf has died.\n',
    ],
    ['times far apart', `dns: 2\n${'something else\n'.repeat(6)}connect: 3\n`],
  ] as const)('no times of curl: %s', ([, text]) => {
    expect(readTimings(text)).toBeNull();
  });

  test('times of curl in a log, one line a request', () => {
    const log = '2026-01-01 03:00:07 host probe[12]: GET / dns=0.001 connect=0.003 total=5.006\n'.repeat(2);
    expect(read(log)).toMatchObject({ format: 'curl', attempts: 2 });
  });

  test('k6 --out json and csv have each request with its phases', () => {
    const metrics = {
      http_req_duration: 5003,
      http_req_blocked: 1,
      http_req_connecting: 0.5,
      http_req_tls_handshaking: 0,
      http_req_sending: 0.1,
      http_req_waiting: 5002.7,
      http_req_receiving: 0.2,
    };
    const tags = { status: '200', url: 'http://shop.example.com/' };
    const lines = Object.entries(metrics).map(([metric, value]) =>
      JSON.stringify({ type: 'Point', metric, data: { time: '2026-01-01T00:00:00Z', value, tags } }),
    );
    const csv = [
      'metric_name,timestamp,metric_value,status,url',
      ...Object.entries(metrics).map(([metric, value]) => `${metric},1767225600,${value},200,http://shop.example.com/`),
    ];
    for (const text of [lines.join('\n'), csv.join('\n')]) {
      const timings = read(text);
      expect(timings).toMatchObject({ attempts: 1, target: 'http://shop.example.com/' });
      expect(seenModes(timings)).toMatchObject([
        { phase: 'first-byte', outcome: 'answered', statuses: [200], isSlow: true },
      ]);
    }
  });
});

describe('phases of curl', () => {
  test.for<[string, string, string]>([
    ['lookup', 'time_namelookup: 5.004 time_connect: 5.005 time_starttransfer: 5.008 time_total: 5.008', 'dns'],
    ['connect', 'time_namelookup: 0.004 time_connect: 3.050 time_starttransfer: 3.053 time_total: 3.054', 'connect'],
    [
      'TLS',
      'time_namelookup: 0.004 time_connect: 0.005 time_appconnect: 1.305 time_starttransfer: 1.308 time_total: 1.309',
      'tls',
    ],
    [
      'first byte',
      'time_namelookup: 0.004 time_connect: 0.005 time_appconnect: 0.000 time_starttransfer: 5.009 time_total: 5.010',
      'first-byte',
    ],
    ['body', 'time_namelookup: 0.004 time_connect: 0.005 time_starttransfer: 0.009 time_total: 6.510', 'body'],
    [
      'a connect that never came',
      'http_code: 000 time_namelookup: 0.004 time_connect: 0.000 time_starttransfer: 0.000 time_total: 10.004',
      'connect',
    ],
    [
      'a lookup that never came',
      'http_code: 000 time_namelookup: 0.000 time_connect: 0.000 time_starttransfer: 0.000 time_total: 10.004',
      'dns',
    ],
  ])('%s', ([, line, phase]) => {
    expect(seenModes(read(`${line}\n`))).toMatchObject([{ phase, isSlow: true }]);
  });

  test('curl’s word for its own limit is a failure, with the limit', () => {
    const timings = read('0.004\ncurl: (28) Resolving timed out after 5001 milliseconds\n');
    expect(timings).toMatchObject({ format: 'curl', limitMs: 5001, failed: 1 });
  });
});

test('hey that got no answer, ab that gave up, an empty histogram: one line each', () => {
  const texts = [
    'Summary:\n  Average:\t NaN secs\n\nLatency distribution:\n\nDetails (average, fastest, slowest):\n  DNS+dialup:\t NaN secs, 0.0000 secs\n',
    'This is ApacheBench, Version 2.3 <$Revision$>\napr_pollset_poll: The timeout specified has expired (70007)\n',
    'x_seconds_bucket{le="1"} 0\nx_seconds_bucket{le="+Inf"} 0\n',
    'Running 5s test @ http://x/\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency     0.00us    0.00us   0.00us     nan%\n  0 requests in 5.0s, 0.00B read\n',
    'PING x (10.0.0.1) 56(84) bytes of data.\n\n--- x ping statistics ---\n3 packets transmitted, 0 received, 100% packet loss, time 2029ms\n',
  ];
  for (const text of texts) {
    const found = readTimings(text);
    expect(found).toMatchObject({ ok: false, problem: expect.stringMatching(/^[^\n]+$/u) });
  }
});

test.for([
  '',
  'hello\n',
  '[]',
  '{}',
  '[1]',
  'a: 1\nb: 2\n',
  'apiVersion: v1\nkind: Pod\n',
  '{"type":"hello"}\n{"type":"bye"}\n',
  `${'['.repeat(1000)}`,
  'x'.repeat(200_000),
])('no format reads %j', (text) => {
  expect(readTimings(text)).toBeNull();
});

test('every format is listed once', () => {
  expect(new Set(formats.map(({ id }) => id)).size).toBe(formats.length);
});

test('a long list is read whole', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? '0.003' : '5.003'));
  const timings = read(lines.join('\n'));
  expect(timings.attempts).toBe(20_000);
});
