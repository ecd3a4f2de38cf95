/** The proxy in front of the target, with the timers that hold for this route. */
import type { IngressController } from '../../model/cluster.ts';
import type { Evidence } from './evidence.ts';
import { ruleOf } from '../../model/route-match.ts';

type Question = Pick<Evidence, 'cluster' | 'target'>;

/** null where the target has no proxy, or none was recognised. What the route sets for itself goes over its controller's settings. */
export function proxyOf(question: Question): IngressController | null {
  const controller = controllerOf(question);
  const route = ruleOf(question.cluster.routes, question.target);
  const own = route?.timers;
  if (controller === null || route === null || own === undefined) return controller;
  return {
    ...controller,
    connectTimeoutMs: own.connectTimeoutMs ?? controller.connectTimeoutMs,
    readTimeoutMs: own.requestTimeoutMs ?? own.readTimeoutMs ?? controller.readTimeoutMs,
    tries: own.tries ?? controller.tries,
    timersFrom:
      own.connectTimeoutMs === null
        ? controller.timersFrom
        : (own.from ?? `annotations of ${route.kind} ${route.namespace}/${route.name}`),
  };
}

/** How long the proxy waits for an answer before it gives one of its own. */
export interface AnswerLimit {
  readonly ms: number;
  /** The object that says so, or whose default it is. */
  readonly from: string;
  /** Of the whole request, however often it is tried; else each try has it anew. */
  readonly isWhole: boolean;
  /** How often it may pass in one request. */
  readonly tries: number;
}

/** null: no proxy, or it is not known to have such a limit. */
export function answerLimitOf(question: Question): AnswerLimit | null {
  const controller = controllerOf(question);
  const route = ruleOf(question.cluster.routes, question.target);
  const own = route?.timers;
  if (controller === null) return null;
  const named = `${route?.kind} ${route?.namespace}/${route?.name}`;
  const tries = Math.max(1, own?.tries ?? controller.tries ?? 1);
  const [requestMs, readMs] = [own?.requestTimeoutMs ?? null, own?.readTimeoutMs ?? null];
  // All tries together may be over before the whole request is.
  if (readMs !== null && (requestMs === null || readMs * tries < requestMs))
    return { ms: readMs, from: own?.readFrom ?? `read timeout of ${named}`, isWhole: false, tries };
  if (requestMs !== null)
    return { ms: requestMs, from: own?.requestFrom ?? `request timeout of ${named}`, isWhole: true, tries: 1 };
  const { readTimeoutMs, className, implementation } = controller;
  if (readTimeoutMs === null) return null;
  return { ms: readTimeoutMs, from: `${implementation} of class ${className}`, isWhole: false, tries };
}

/** null where the target is not served by an ingress, or by one that nobody recognised. */
export function controllerOf({ cluster, target }: Question): IngressController | null {
  if (target.kind !== 'ingress') return null;
  return cluster.controllers.find((each) => each.className === target.className) ?? null;
}
