import { duration } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { isWorking } from '../evidence/state.ts';
import { hopsBehind, isQuick, proxyWaits } from '../views/proxy-waits.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';

export default defineDiagnosis({
  id: 'ingress-connect-timeout',
  class: 'ingress',
  layer: 'ingress',
  title: 'The ingress waits for a connect that is never answered; for which one was not found',
  why: 'A proxy gives up connecting after its connect timeout, and tries the next endpoint or answers an error. The timer only makes the delay: what it waits for is a policy, a dead endpoint, a network that drops. Raising or lowering it heals nothing.',
  test: "Straight from the ingress's own nodes, with its identity, to every endpoint: that one which fails is what it waits for.",
  remedy:
    'Find what does not answer the ingress: let kprobe place probes on the host network of its nodes, or look at upstream_addr in its access log.',
  limits:
    'An amplifier and never a cause: told only where the way from the proxies to the endpoints could not be measured, and as a possibility.',
  experiments: ['entries', 'endpoints'],
  suspects: (evidence) => {
    const waits = proxyWaits(evidence);
    const isMeasured = hopsBehind(evidence).length > 0;
    const isFound = evidence.paths.some(
      (path) =>
        path.path.to.kind === 'backend' && path.state !== 'unmeasured' && !(isWorking(path) && isQuick(evidence, path)),
    );
    return waits === null || isMeasured || isFound ? [] : [waits];
  },
  arm: ({ entries }) => ({ paths: entries, fails: null }),
  contrasts: () => [],
  shows: ({ symptoms }) => {
    const waits = new Set(symptoms.map(({ attempt }) => attempt.index));
    return ({ attempt }) => waits.has(attempt.index);
  },
  blame: ({ timeoutMs }, evidence) => ({
    title: `The ingress waits ${duration(timeoutMs)} for a connect that is never answered; for which one was not found`,
    object: null,
    where: null,
    timer: proxyTimer(evidence),
    why: whyThatLong(evidence),
    fix: {
      says: 'Ask again with probes on the host network of the ingress nodes (without --no-host), or read upstream_addr in the access log of the ingress.',
      manifest: null,
    },
  }),
});
