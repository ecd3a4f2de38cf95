/** A notice as Slack's incoming webhooks take it, and Mattermost's and Rocket.Chat's after them. Pure. */
import { count } from '../../model/format.ts';
import type { Notice } from './notice.ts';

/** Slack's limits for messages and Block Kit: characters of a header, of a section, blocks of a message (api.slack.com/reference/block-kit). */
const LONGEST_HEADER = 150;
const LONGEST_SECTION = 3000;
const MOST_BLOCKS = 50;
/** What phones show of `text` in a notification, and more. */
const LONGEST_TEXT = 300;
/** A channel is for reading: the rest is in the report. */
const MOST_CHANGES = 20;

const SIGN = { healthy: ':white_check_mark:', faulty: ':red_circle:', inconclusive: ':white_circle:' } as const;
const CHANGE_WORDS: Readonly<Record<Notice['changes'][number]['change'], string>> = {
  new: 'New fault',
  worse: 'Worse',
  first: 'Fault at the first look',
  gone: 'Fault gone',
  better: 'Better',
  same: 'Unchanged',
  unknown: 'Not measured',
};

type Text = { readonly type: 'plain_text' | 'mrkdwn'; readonly text: string };
export interface SlackMessage {
  /** Shown in notifications, and by receivers that know no blocks. */
  readonly text: string;
  readonly blocks: readonly (
    | { readonly type: 'header' | 'section'; readonly text: Text }
    | { readonly type: 'context'; readonly elements: readonly Text[] }
  )[];
}

export function slackMessage(notice: Notice): SlackMessage {
  const { status, summary, changes, omitted, cluster, sweep, targets, run } = notice;
  const shown = changes.slice(0, MOST_CHANGES);
  const hidden = changes.length - shown.length + omitted;
  const counts = Object.entries(targets).flatMap(([state, number]) => (number === 0 ? [] : [`${number} ${state}`]));
  const facts = [`cluster ${cluster}`, `sweep ${sweep}`, counts.join(', '), run.startedAt].filter(
    (fact) => fact !== '',
  );
  const more = hidden === 0 ? [] : [section(`… and ${count(hidden, 'more change')}`)];
  return {
    text: escaped(`kprobe: ${summary}`, LONGEST_TEXT),
    blocks: [
      {
        type: 'header' as const,
        text: { type: 'plain_text' as const, text: cut(`kprobe: ${status}`, LONGEST_HEADER) },
      },
      section(`${SIGN[status]} ${escaped(summary, LONGEST_SECTION - 50)}`),
      ...shown.map((change) => section(changeText(change))),
      ...more,
      { type: 'context' as const, elements: [mrkdwn(escaped(facts.join(' · '), LONGEST_SECTION))] },
    ].slice(0, MOST_BLOCKS),
  };
}

/** The parts' own limits leave room within a section's, also where each character is escaped by five. */
function changeText({ target, change, says, finding }: Notice['changes'][number]): string {
  const lines = [`*${CHANGE_WORDS[change]}: ${escaped(target, 600)}*`];
  // What explains most is often the very sentence that says how it is.
  if (finding?.title !== says) lines.push(escaped(says, 800));
  if (finding !== null)
    lines.push(`${escaped(finding.title, 700)} (${finding.certainty}, \`${escaped(finding.diagnosis, 100)}\`)`);
  if (typeof finding?.fix === 'string') lines.push(`Fix: ${escaped(finding.fix, 600)}`);
  return lines.join('\n');
}

const mrkdwn = (text: string): Text => ({ type: 'mrkdwn', text });
const section = (text: string) => ({ type: 'section' as const, text: mrkdwn(text) });
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Without `&`, `<` and `>`, which would be links and mentions (api.slack.com, "Formatting text"); cut between two characters, not within. */
function escaped(text: string, length: number): string {
  const pieces = Array.from(text, (character) => ESCAPES[character] ?? character);
  let kept = '';
  for (const piece of pieces) {
    if (kept.length + piece.length >= length) return `${kept}…`;
    kept += piece;
  }
  return kept;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
