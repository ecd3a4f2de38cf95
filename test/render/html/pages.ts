/** One page of each kind, from made-up runs; and what tests look for in a page. */
import { createHash } from 'node:crypto';
import { judge } from '../../../src/judge/judge.ts';
import type { Recording } from '../../../src/model/recording.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { renderDiagnosisPage } from '../../../src/render/html/diagnosis-page.ts';
import { renderMatrixPage } from '../../../src/render/html/matrix-page.ts';
import { renderSweepPage } from '../../../src/render/html/sweep-page.ts';
import { closedTo, slowEntries } from '../../judge/breaks.ts';
import { allowIngress, run, shopCluster } from '../../judge/world.ts';
import { matrixReport } from '../matrices.ts';
import { sweepReport, targetReport } from '../sweeps.ts';

export const options = { sha256: (text: string) => createHash('sha256').update(text).digest('base64') };

/** A policy that misses the ingress across nodes: every chart has something to show. */
export function faultyRun(): Recording {
  return run({
    cluster: shopCluster({ networkPolicies: [allowIngress] }),
    breaks: [closedTo((from, fromNode, node) => from.startsWith('control') || fromNode !== node), slowEntries],
  });
}

export function diagnosisPage(recording: Recording = faultyRun(), verdict: Verdict = judge(recording)): string {
  return renderDiagnosisPage({ verdict, recording, again: 'kprobe diagnose shop.example.com -n shop' }, options);
}

/** Two targets told in full, so that ids of one could meet those of the other. */
export function sweepPage(recording: Recording = faultyRun(), verdict: Verdict = judge(recording)): string {
  const faulty = { state: 'faulty', change: 'new', changeSays: 'policy-misses-hostnetwork', verdict } as const;
  const own = ['shop.example.com', 'shop.example.com from shop/checkout'].map((key) =>
    targetReport({ ...faulty, key }),
  );
  const report = sweepReport();
  const recordings = new Map(own.map(({ key }) => [key, recording]));
  return renderSweepPage({ report: { ...report, targets: [...own, ...report.targets.slice(2)] }, recordings }, options);
}

export function matrixPage(nodes = 6): string {
  return renderMatrixPage({ report: matrixReport(nodes), recording: null, again: 'kprobe matrix' }, options);
}

export const PAGES: readonly (readonly [string, () => string])[] = [
  ['diagnosis', () => diagnosisPage()],
  ['healthy diagnosis', () => diagnosisPage(run())],
  ['sweep', () => sweepPage()],
  ['matrix', () => matrixPage()],
  ['matrix of 40 nodes', () => matrixPage(40)],
];

/** Every opening tag without its text, without what scripts and styles hold. */
export function tagsOf(page: string): string[] {
  const markup = page.replace(/<(style|script)\b([^>]*)>[\s\S]*?<\/\1>/gu, '<$1$2>');
  return [...markup.matchAll(/<[a-z!][^>]*>/gu)].map(([tag]) => tag);
}

export function attributes(page: string, name: string): string[] {
  return tagsOf(page).flatMap((tag) =>
    [...tag.matchAll(new RegExp(` ${name}="([^"]*)"`, 'gu'))].map(([, value]) => value ?? ''),
  );
}
