import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { advice } from '../../src/lab/door/isolation.ts';
import { listScenarios, loadScenario } from '../../src/lab/scenario/load-scenario.ts';
import { missingTools } from '../../src/lab/door/tools.ts';
import { UserError } from '../../src/model/user-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-scenario-'));
const SCENARIO = 'title: t\ndiagnose: [svc/x]\nexpect: {status: healthy}\n';
const MANIFEST = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
const write = (scenario: string, manifests = MANIFEST) => {
  writeFileSync(join(folder, 'scenario.yaml'), scenario);
  writeFileSync(join(folder, 'manifests.yaml'), manifests);
};
const complaint = async (name: string) =>
  loadScenario(name).then(
    () => expect.unreachable(),
    (error: unknown) => error as UserError,
  );

describe('loading a scenario', () => {
  beforeEach(() => write(SCENARIO));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('every scenario that comes with kprobe can be read', async () => {
    const ids = await listScenarios();
    expect(ids).toContain('policy-misses-hostnetwork');
    for (const id of ids) expect((await loadScenario(id)).id).toBe(id);
  });

  test('a folder of the user is as good, and an empty manifest is no object', async () => {
    write(SCENARIO, `${MANIFEST}---\n---\n${MANIFEST}`);
    expect((await loadScenario(folder)).manifests).toHaveLength(2);
  });

  test.each([
    ['titel: t\ndiagnose: []\nexpect: {status: healthy}\n', /scenario\.yaml:1:\d+/u, null],
    [`${SCENARIO}faultz: []\n`, /scenario\.yaml:4:\d+: unknown field faultz/u, /did you mean faults\?/u],
    [`${SCENARIO}nodes: [{name: a, syn: 3}]\n`, /4:\d+: unknown field syn in nodes\.0/u, /synLinearTimeouts/u],
    [
      `${SCENARIO}faults: [{kind: drop-syn, to: {namespace: a}, shore: 1, share: 1}]\n`,
      /unknown field shore in faults\.0/u,
      /share/u,
    ],
    [`${SCENARIO}faults: [{kind: drop-overlay, node: worker-9}]\n`, /no node "worker-9"/u, /worker-/u],
    [`${SCENARIO}profile: calco\n`, /4:\d+: .*in profile/u, null],
    [`${SCENARIO}nodes: [{name: "a;reboot"}]\n`, /node name "a;reboot"/u, null],
    [`${SCENARIO}nodes: [\n`, /scenario\.yaml:\d+:\d+/u, null],
    ['', /scenario\.yaml/u, null],
  ])('%j is one line with file and place', async (text, message, hint) => {
    write(text);
    const error = await complaint(folder);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint ?? '').toMatch(hint ?? /^/u);
  });

  test('a document that is no object of Kubernetes is named with its place', async () => {
    write(SCENARIO, `${MANIFEST}---\nkind: Service\n`);
    expect((await complaint(folder)).message).toMatch(/manifests\.yaml:5:\d+: not a Kubernetes object/u);
  });

  test('a mistyped id names the nearest one', async () => {
    expect((await complaint('policy-mises-hostnetwork')).hint).toMatch(/policy-misses-hostnetwork/u);
    expect((await complaint('')).hint).toMatch(/lab list/u);
  });
});

describe('a machine that cannot run the lab', () => {
  test('missing programs come with the packages that hold them', () => {
    expect(missingTools('/nonexistent')?.packages).toEqual(
      expect.arrayContaining(['nftables', 'nginx-light', 'iproute2']),
    );
    expect(missingTools()).toBeNull();
  });

  test.each([
    ['user.max_user_namespaces', '0', /user\.max_user_namespaces=15000/u],
    ['kernel.unprivileged_userns_clone', '0', /kernel\.unprivileged_userns_clone=1/u],
    ['kernel.apparmor_restrict_unprivileged_userns', '1', /apparmor_restrict_unprivileged_userns=0/u],
    ['none', '', /--privileged/u],
  ])('%s=%s is said with the value that allows it', (name, value, says) => {
    expect(advice((asked) => (asked === name ? value : null))).toMatch(says);
  });
});
