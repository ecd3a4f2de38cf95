/** Pod Security admission (https://kubernetes.io/docs/concepts/security/pod-security-standards/), as far as the lab's pods can offend. */

type Draft = Record<string, any>;

const LEVEL_LABEL = 'pod-security.kubernetes.io/enforce';
const RESTRICTED_VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** Why the namespace's level forbids this pod, in admission's words; null when it does not. */
export function podSecurityProblem(labels: Readonly<Record<string, string>> | undefined, spec: Draft): string | null {
  const level = labels?.[LEVEL_LABEL];
  if (level !== 'baseline' && level !== 'restricted') return null;
  const violations = [...baselineViolations(spec), ...(level === 'restricted' ? restrictedViolations(spec) : [])];
  if (violations.length === 0) return null;
  const version = labels?.[`${LEVEL_LABEL}-version`] ?? 'latest';
  return `violates PodSecurity "${level}:${version}": ${violations.join(', ')}`;
}

function baselineViolations(spec: Draft): string[] {
  const violations: string[] = [];
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((name) => spec[name] === true);
  if (host.length > 0) violations.push(`host namespaces (${host.map((name) => `${name}=true`).join(', ')})`);
  const privileged = containersWhere(spec, (container) => container['securityContext']?.privileged === true);
  if (privileged !== null) violations.push(`privileged (${privileged} must not set securityContext.privileged=true)`);
  const paths = volumesWhere(spec, (volume) => volume['hostPath'] !== undefined);
  if (paths.length > 0) violations.push(`hostPath volumes (${plural('volume', paths)})`);
  const ports = asList(spec['containers']).flatMap((container) =>
    asList(container['ports']).filter((port) => port['hostPort'] > 0),
  );
  if (ports.length > 0 && spec['hostNetwork'] !== true)
    violations.push(`hostPort (${ports.map((port) => port['hostPort']).join(', ')})`);
  return violations;
}

function restrictedViolations(spec: Draft): string[] {
  const violations: string[] = [];
  const pod = spec['securityContext'] ?? {};
  const add = (title: string, named: string | null, rule: string): void => {
    if (named !== null) violations.push(`${title} (${named} must set ${rule})`);
  };
  add(
    'allowPrivilegeEscalation != false',
    containersWhere(spec, (container) => container['securityContext']?.allowPrivilegeEscalation !== false),
    'securityContext.allowPrivilegeEscalation=false',
  );
  add(
    'unrestricted capabilities',
    containersWhere(spec, keepsCapabilities),
    'securityContext.capabilities.drop=["ALL"]',
  );
  const volumes = volumesWhere(
    spec,
    (volume) => !Object.keys(volume).some((key) => RESTRICTED_VOLUMES.has(key)) && Object.keys(volume).length > 1,
  );
  if (volumes.length > 0) violations.push(`restricted volume types (${plural('volume', volumes)})`);
  const podOr = (named: string | null): string | null => (named === null ? null : `pod or ${named}`);
  const mayBeRoot = containersWhere(
    spec,
    (container) => (container['securityContext']?.runAsNonRoot ?? pod.runAsNonRoot) !== true,
  );
  add('runAsNonRoot != true', podOr(mayBeRoot), 'securityContext.runAsNonRoot=true');
  if (
    pod.runAsUser === 0 ||
    containersWhere(spec, (container) => container['securityContext']?.runAsUser === 0) !== null
  ) {
    violations.push('runAsUser=0 (pod or containers must not set runAsUser=0)');
  }
  const unconfined = containersWhere(spec, (container) => !hasSeccompProfile(container['securityContext'] ?? {}, pod));
  add('seccompProfile', podOr(unconfined), 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"');
  return violations;
}

function keepsCapabilities(container: Draft): boolean {
  const { drop, add } = container['securityContext']?.capabilities ?? {};
  return !asList(drop).includes('ALL' as never) || asList(add).some((name) => (name as unknown) !== 'NET_BIND_SERVICE');
}

function hasSeccompProfile(container: Draft, pod: Draft): boolean {
  return ['RuntimeDefault', 'Localhost'].includes((container['seccompProfile'] ?? pod['seccompProfile'])?.type);
}

function containersWhere(spec: Draft, offends: (container: Draft) => boolean): string | null {
  const all = [...asList(spec['initContainers']), ...asList(spec['containers'])];
  const names = all.filter(offends).map((container) => String(container['name']));
  return names.length === 0 ? null : plural('container', names);
}

function volumesWhere(spec: Draft, offends: (volume: Draft) => boolean): string[] {
  return asList(spec['volumes'])
    .filter(offends)
    .map((volume) => String(volume['name']));
}

function plural(noun: string, names: readonly string[]): string {
  return `${noun}${names.length > 1 ? 's' : ''} ${names.map((name) => `"${name}"`).join(', ')}`;
}

function asList(value: unknown): Draft[] {
  return Array.isArray(value) ? value : [];
}
