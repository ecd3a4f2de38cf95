/** What a check says; shared by the terminal, Markdown and JUnit. */
import { count, duration } from '../../model/format.ts';
import type { Assertion, CheckReport } from '../../model/check.ts';

export const MARKS: Readonly<Record<Assertion['result'], string>> = {
  holds: '✓',
  fails: '✗',
  unclear: '?',
  unmeasured: '-',
};

export const STATUS_MARKS: Readonly<Record<CheckReport['status'], string>> = {
  healthy: '✓',
  faulty: '✗',
  inconclusive: '?',
};

export const TABLE_COLUMNS = ['From', 'To', 'Expected', 'Measured', 'Policies say'] as const;

/** Cells in the order of TABLE_COLUMNS. */
export function row(assertion: Assertion): string[] {
  const { expected, reach, result } = assertion;
  return [
    `${MARKS[result]} ${fromOf(assertion)}`,
    toOf(assertion),
    expected,
    reach === null ? 'not measured' : `${measured(reach)} by ${vantage(reach)}`,
    reach === null ? '' : policySays(reach),
  ];
}

type Reach = NonNullable<Assertion['reach']>;

export function fromOf({ from }: Assertion): string {
  return from ?? 'anybody';
}

export function toOf({ target, namespace }: Assertion): string {
  return namespace === null ? target : `${namespace}/${target}`;
}

/** What no policy denies and nobody answers was not denied. */
function measured({ answered, unanswered, policy }: Reach): string {
  const of = answered + unanswered;
  if (answered === of) return `allowed ${of}/${of}`;
  if (answered > 0) return `answered ${answered}/${of}`;
  return `${policy.verdict === 'deny' ? 'denied' : 'no answer'} ${of}/${of}`;
}

const VANTAGES: Readonly<Record<Reach['vantages'][number], string>> = {
  twin: 'twin',
  inside: 'the pod itself',
  host: 'its node',
  control: 'probe pod',
  local: 'this machine',
};

function vantage({ vantages }: Reach): string {
  return vantages.map((kind) => VANTAGES[kind]).join(' and ');
}

/** `deny: shop/api-for-web (ingress)` */
function policySays({ policy: { verdict, direction, policies, because, enforced } }: Reach): string {
  const names = policies.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  const idle = enforced === 'no' ? ', not enforced here' : '';
  switch (verdict) {
    case 'deny':
      return `deny: ${names} (${direction}${idle})`;
    case 'allow':
      return names === '' ? 'allow: no policy selects either' : `allow: ${names}`;
    case 'unknown':
      return `cannot tell: ${because}`;
    default:
      return verdict satisfies never;
  }
}

/** Those that need more than their line in the table. */
export function toldInFull({ assertions }: CheckReport, isVerbose: boolean): Assertion[] {
  return assertions.filter(({ result, finding }) => isVerbose || result !== 'holds' || finding !== null);
}

/** `shop/web must not reach shop/svc/api` */
export function sentence(assertion: Assertion): string {
  const must = assertion.expected === 'reachable' ? 'must reach' : 'must not reach';
  return `${fromOf(assertion)} ${must} ${toOf(assertion)}`;
}

export function verdictOn({ result }: Assertion): string {
  return { holds: 'holds', fails: 'fails', unclear: 'cannot be told', unmeasured: 'not measured' }[result];
}

export function because({ reach }: Assertion): string[] {
  return reach === null ? [] : [reach.policy.because];
}

export function also({ finding }: Assertion): string[] {
  return finding === null ? [] : [`${finding.title} (${finding.diagnosis}, ${finding.certainty})`];
}

export function footer({ run }: CheckReport): string {
  const short = { timeout: ', cut short: time was up', interrupted: ', cut short: interrupted' }[run.ended] ?? '';
  const work = `${count(run.attempts, 'attempt')} from ${count(run.pods, 'pod')} in ${duration(run.tookMs)}`;
  return `${work}${short} · run ${run.id} · kprobe ${run.kprobe}`;
}
