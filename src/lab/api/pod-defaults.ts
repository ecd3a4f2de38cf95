/** What the API server fills into a pod's spec (kubernetes `pkg/apis/core/v1/defaults.go`), as far as clients rely on it. */

type Draft = Record<string, any>;

/** Added by admission so that a pod outlives a short failure of its node. */
const NODE_TOLERATIONS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** Fills in a pod spec or a template's; changes it in place. */
export function defaultPodSpec(spec: Draft): void {
  spec['restartPolicy'] ??= 'Always';
  spec['dnsPolicy'] ??= 'ClusterFirst';
  spec['terminationGracePeriodSeconds'] ??= 30;
  spec['schedulerName'] ??= 'default-scheduler';
  spec['securityContext'] ??= {};
  for (const container of [...asList(spec['initContainers']), ...asList(spec['containers'])]) {
    defaultContainer(container, spec['hostNetwork'] === true);
  }
  for (const volume of asList(spec['volumes'])) defaultVolume(volume);
}

/** What only real pods get, not templates. */
export function defaultPod(pod: Draft): void {
  const spec = pod['spec'];
  spec['serviceAccountName'] ??= 'default';
  spec['serviceAccount'] ??= spec['serviceAccountName'];
  spec['enableServiceLinks'] ??= true;
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
  spec['priority'] ??= 0;
  const tolerations = asList(spec['tolerations']);
  const missing = NODE_TOLERATIONS.filter((wanted) => !tolerations.some((had) => covers(had, wanted.key)));
  spec['tolerations'] = [...tolerations, ...missing];
  pod['status'] = { phase: 'Pending', qosClass: qualityOfService(spec), ...pod['status'] };
}

function covers(toleration: Draft, key: string): boolean {
  return toleration['key'] === key || (toleration['key'] === undefined && toleration['operator'] === 'Exists');
}

function defaultContainer(container: Draft, hostNetwork: boolean): void {
  container['imagePullPolicy'] ??= /:(?!latest$)[^/]+$|@/.test(`${container['image']}`) ? 'IfNotPresent' : 'Always';
  container['terminationMessagePath'] ??= '/dev/termination-log';
  container['terminationMessagePolicy'] ??= 'File';
  container['resources'] ??= {};
  for (const port of asList(container['ports'])) {
    port['protocol'] ??= 'TCP';
    if (hostNetwork) port['hostPort'] ??= port['containerPort'];
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[name] !== undefined) defaultProbe(container[name]);
  }
  for (const variable of asList(container['env'])) {
    const field = variable['valueFrom']?.fieldRef;
    if (field !== undefined) field.apiVersion ??= 'v1';
  }
}

function defaultProbe(probe: Draft): void {
  probe['timeoutSeconds'] ??= 1;
  probe['periodSeconds'] ??= 10;
  probe['successThreshold'] ??= 1;
  probe['failureThreshold'] ??= 3;
  const http = probe['httpGet'];
  if (http !== undefined) {
    http.path ??= '/';
    http.scheme ??= 'HTTP';
  }
}

function defaultVolume(volume: Draft): void {
  for (const kind of ['configMap', 'secret', 'downwardAPI', 'projected']) {
    if (volume[kind] !== undefined) volume[kind].defaultMode ??= 0o644;
  }
  for (const item of asList(volume['downwardAPI']?.items)) {
    if (item['fieldRef'] !== undefined) item['fieldRef'].apiVersion ??= 'v1';
  }
}

function qualityOfService(spec: Draft): string {
  const resources = asList(spec['containers']).map((container) => container['resources'] ?? {});
  if (resources.every(({ limits, requests }) => isEmpty(limits) && isEmpty(requests))) return 'BestEffort';
  const isGuaranteed = resources.every(({ limits, requests }) =>
    ['cpu', 'memory'].every(
      (name) => limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name],
    ),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function isEmpty(map: object | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}

function asList(value: unknown): Draft[] {
  return Array.isArray(value) ? value : [];
}
