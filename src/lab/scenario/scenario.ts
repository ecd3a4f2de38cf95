/**
 * A scenario: a folder with `scenario.yaml` (this schema) and `manifests.yaml` (ordinary Kubernetes objects, which apply
 * unchanged to a real cluster). It says what is broken and which verdict must come of it.
 */
import { z } from 'zod';
import { INGRESS_PROGRAMS } from '../system/ingress-program.ts';
import { Fault } from './fault.ts';

const Certainty = z.enum(['proven', 'likely', 'possible']);

/** A finding that the verdict must have. What is not named is not compared; unless `possible` is named, it must be surer than that. */
export const ExpectedFinding = z.strictObject({
  diagnosis: z.string(),
  certainty: Certainty.optional(),
  /** A trailing `*` of the name matches generated names. */
  object: z
    .strictObject({ kind: z.string().optional(), namespace: z.string().optional(), name: z.string().optional() })
    .optional(),
  where: z.strictObject({ from: z.string().optional(), to: z.string().optional() }).optional(),
  /** Part of the timer's name. */
  timer: z.string().optional(),
  /** Part of a line of its evidence. */
  says: z.string().optional(),
  /** The least share of the symptoms that it must explain, 0 to 1. */
  explainsAtLeast: z.number().min(0).max(1).optional(),
});
export type ExpectedFinding = z.infer<typeof ExpectedFinding>;

/** Tells of one finding without a list. */
const SHORT_FORM = ['diagnosis', 'certainty', 'object', 'timer', 'says'] as const;

/**
 * What is true of the broken cluster. `findings` are all that are surer than `possible`, the leading one first; where there is only
 * one, it may be told in the short form: `diagnosis` and what follows it.
 */
export const Expectation = z
  .strictObject({
    status: z.enum(['healthy', 'faulty', 'inconclusive']),
    findings: z.array(ExpectedFinding).optional(),
    /** Neither of `findings` leads by what is broken: which one explains more is a matter of chance. */
    anyOrder: z.boolean().default(false),
    /** Suspects that must not be ruled out, beside those that the expected diagnoses convict. */
    notRuledOut: z.array(z.string()).default([]),
    diagnosis: z.string().optional(),
    certainty: Certainty.optional(),
    /** `Kind/namespace/name`, or `Kind/name` for cluster-scoped objects; a trailing `*` matches generated names. */
    object: z.string().optional(),
    timer: z.string().optional(),
    says: z.string().optional(),
    /** Apply the printed fix, and the next diagnosis must be healthy. */
    fixHeals: z.boolean().default(false),
  })
  .refine((expected) => expected.findings === undefined || SHORT_FORM.every((name) => expected[name] === undefined), {
    error: 'findings stand in place of diagnosis, certainty, object, timer and says',
    path: ['findings'],
  })
  .refine((expected) => expected.diagnosis !== undefined || SHORT_FORM.every((name) => expected[name] === undefined), {
    error: 'a certainty, object, timer or line of evidence needs its diagnosis',
  })
  .refine(
    ({ status, diagnosis, findings = [] }) =>
      status !== 'healthy' || (diagnosis === undefined && findings.length === 0),
    {
      error: 'who is healthy has no findings',
    },
  );
export type Expectation = z.infer<typeof Expectation>;

/** The findings that are expected, in whichever form they are told. */
export function expectedFindings(expected: Expectation): readonly ExpectedFinding[] {
  const { findings, diagnosis, certainty, object, timer, says } = expected;
  if (findings !== undefined) return findings;
  if (diagnosis === undefined) return [];
  return [{ diagnosis, certainty, object: object === undefined ? undefined : objectNamed(object), timer, says }];
}

/** `Kind/namespace/name` or `Kind/name`. */
function objectNamed(text: string): NonNullable<ExpectedFinding['object']> {
  const [kind, ...rest] = text.split('/');
  return rest.length < 2 ? { kind, name: rest[0] } : { kind, namespace: rest[0], name: rest.slice(1).join('/') };
}

const Family = z.enum(['IPv4', 'IPv6']);
export const Families = z
  .tuple([Family], Family)
  .refine((families) => new Set(families).size === families.length, { error: 'a family is named once' });

/** One right that is missing; without a namespace in all of them. */
const Denial = z.strictObject({ verb: z.string(), resource: z.string(), namespace: z.string().optional() });

export const Scenario = z.strictObject({
  title: z.string(),
  nodes: z.array(z.strictObject({ name: z.string(), synLinearTimeouts: z.number().int().min(0).default(4) })).default([
    { name: 'worker-1', synLinearTimeouts: 4 },
    { name: 'worker-2', synLinearTimeouts: 4 },
    { name: 'worker-3', synLinearTimeouts: 4 },
  ]),
  profile: z.enum(['calico', 'kube-router', 'k3s', 'kube-network-policies', 'flannel']).default('calico'),
  /** A policy agent that meets new pods otherwise than the profile's own does. */
  policyAgent: z
    .strictObject({
      /** Seconds until it polices a new pod, and until selectors find that pod. */
      learnsAfter: z.number().min(0),
      /** What it does with the pod's packets before that: lets all of them pass, or none. */
      newborn: z.enum(['open', 'denied']),
    })
    .optional(),
  overlay: z.enum(['vxlan', 'host-gw']).default('vxlan'),
  /** The cluster's address families; the first is what a Service gets that asks for none. */
  families: Families.default(['IPv4']),
  /** The network of the proxies at the ingress, and which program they are where it is not nginx. */
  ingress: z
    .union([
      z.literal('host'),
      z.literal('pod'),
      z.literal('none'),
      z.strictObject({ program: z.enum(INGRESS_PROGRAMS), network: z.enum(['host', 'pod']).default('host') }),
    ])
    .default('host'),
  dnsReplicas: z.number().int().min(0).default(2),
  clusterDomain: z.string().default('cluster.local'),
  /** What is asked of kprobe. */
  command: z.enum(['diagnose', 'matrix']).default('diagnose'),
  /** The arguments of that command: the target, where it has one, and flags. */
  diagnose: z.array(z.string()),
  faults: z.array(Fault).default([]),
  /** What kprobe's user may not do in the API. */
  deny: z.array(Denial).default([]),
  expect: Expectation,
});
export type Scenario = z.infer<typeof Scenario>;
