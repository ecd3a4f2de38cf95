/** Why a direction of a flow is as it is, in one sentence. */
import { list as inWords } from '../../model/format.ts';
import type { ObjectName } from '../../model/cluster.ts';
import type { Direction, PolicyAnswer } from './policy-answer.ts';
import { engineOf } from './engines.ts';
import { exceptionOf, portsOpened } from './near-miss.ts';
import { describe } from './party.ts';
import type { FlowQuestion } from './flow-question.ts';

/** The answers are those of the policies that isolate the pod in this direction. */
export function reasonOf(question: FlowQuestion, direction: Direction, answers: readonly PolicyAnswer[]): string {
  if (answers.length === 0) return `no policy isolates ${describe(subjectOf(question, direction))} for ${direction}`;
  const admitting = answers.filter((answer) => answer.admits.is === 'yes');
  if (admitting.length > 0) return `${list(admitting)} ${admitting.length === 1 ? 'admits' : 'admit'} it`;
  const peer = direction === 'ingress' ? question.from : question.to;
  const wanted = question.port === null ? 'this port' : `${question.protocol} ${question.port}`;
  const parts = [
    phrase(withLack(answers, 'rules'), (names) => `${names} isolates the pod for ${direction} and allows nothing`),
    ...withLack(answers, 'port')
      .slice(0, MOST_NAMES)
      .map(({ policy }) => {
        const opened = portsOpened(question, direction, policy);
        return `${nameOf(policy)} admits ${describe(peer)} ${opened.length === 0 ? '' : `on ${inWords(opened)}, `}not on ${wanted}`;
      }),
    phrase(withLack(answers, 'peer'), (names) => `no rule of ${names} matches ${describe(peer)}`),
    ...withLack(answers, 'peer').map(({ policy }) => exceptionOf(question, direction, policy)),
  ];
  return [...parts.filter((part) => part !== null), ...blindSelectors(question, direction, answers)].join('; ');
}

function withLack(answers: readonly PolicyAnswer[], lack: PolicyAnswer['lacks']): readonly PolicyAnswer[] {
  return answers.filter((answer) => answer.lacks === lack);
}

function phrase(answers: readonly PolicyAnswer[], say: (names: string) => string): string | null {
  return answers.length === 0 ? null : say(list(answers));
}

/** The trap of policies that mean a hostNetwork pod: said only where selectors were tried on one. */
function blindSelectors(
  { cluster, from }: FlowQuestion,
  direction: Direction,
  answers: readonly PolicyAnswer[],
): string[] {
  if (direction !== 'ingress' || from.kind !== 'host') return [];
  const tried = new Set(withLack(answers, 'peer').flatMap((answer) => answer.selectors));
  if (tried.size === 0 || engineOf(cluster.networking).selectorsHoldHosts !== 'never') return [];
  return [`${[...tried].join(' and ')} never ${tried.size === 1 ? 'matches' : 'match'} a hostNetwork pod`];
}

function subjectOf(question: FlowQuestion, direction: Direction): FlowQuestion['from'] {
  return direction === 'ingress' ? question.to : question.from;
}

/** More policies than these are counted, not named. */
const MOST_NAMES = 3;

function list(answers: readonly PolicyAnswer[]): string {
  const names = answers.map((answer) => nameOf(answer.policy));
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more` : names.join(' or ');
}

function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}
