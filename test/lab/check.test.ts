/** `kprobe check` of a miniature cluster: what policies admit and deny is measured by twins, and a wrong expectation fails. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { CheckReport } from '../../src/model/check.ts';

const SCENARIO = 'policy-denies-egress';

/** In one lab: what --init writes, checked; then what is wrong in it. Each exit code follows its report. */
const SCRIPT = `
check() { "$NODE" src/cli.ts check -q "$@"; echo "exit $?"; echo "----"; }
"$NODE" src/cli.ts check --init > "$FOLDER/reach.yaml"
check -f "$FOLDER/reach.yaml" -o json
echo '${JSON.stringify({
  targets: [
    { target: 'svc/search', namespace: 'index', from: 'portal/frontend', expect: 'reachable' },
    { target: 'svc/search', namespace: 'index', from: 'portal/session', expect: 'unreachable' },
  ],
})}' | check -f - -o json
`;

async function checked(): Promise<{ readonly report: CheckReport; readonly exitCode: number }[]> {
  const lab = spawn(
    process.execPath,
    ['src/cli.ts', 'lab', 'run', SCENARIO, '--', 'sh', '-c', `FOLDER=$(mktemp -d); ${SCRIPT} rm -r "$FOLDER"`],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE: process.execPath } },
  );
  const parts = (await text(lab.stdout)).split('----\n').filter((part) => part.trim() !== '');
  return parts.map((part) => {
    const [json = '', exitCode = ''] = part.split(/^exit /mu);
    return { report: CheckReport.parse(JSON.parse(json)), exitCode: Number(exitCode) };
  });
}

/** Two checks, the second with its closer look. */
const LIMIT_MS = 300_000;

test('allowed, denied by a named policy, and wrong expectations', { timeout: LIMIT_MS }, async () => {
  const [drafted, wrong] = await checked();
  expect(drafted).toMatchObject({
    exitCode: 0,
    report: {
      status: 'healthy',
      assertions: [
        {
          from: 'portal/frontend',
          target: 'svc/search',
          expected: 'unreachable',
          result: 'holds',
          reach: {
            answered: 0,
            vantages: ['twin'],
            policy: {
              verdict: 'deny',
              direction: 'egress',
              policies: [{ namespace: 'portal', name: 'frontend-egress' }],
            },
          },
        },
        { target: 'svc/session', expected: 'reachable', result: 'holds', reach: { unanswered: 0, vantages: ['twin'] } },
      ],
    },
  });
  expect(wrong).toMatchObject({
    exitCode: 1,
    report: {
      status: 'faulty',
      assertions: [
        { expected: 'reachable', result: 'fails', finding: { diagnosis: 'policy-denies-egress', certainty: 'proven' } },
        { expected: 'unreachable', result: 'fails', reach: { policy: { verdict: 'allow' } } },
      ],
    },
  });
});
