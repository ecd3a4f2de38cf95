import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { archiveOf } from '../../scripts/bundling/executables.ts';
import { type Archive, krewManifest } from '../../scripts/krew-manifest.ts';

const archive = (cpu: string): Archive => ({
  name: `kprobe-linux-${cpu}`,
  cpu,
  url: `https://example.com/${archiveOf(`kprobe-linux-${cpu}`, '1.2.3')}`,
  sha256: cpu.padEnd(64, '0'),
});

test('each archive is a platform, by the names of krew', () => {
  const { metadata, spec } = parse(krewManifest('1.2.3', ['x64', 'arm64'].map(archive)));
  expect({ ...metadata, version: spec.version }).toEqual({ name: 'kprobe', version: 'v1.2.3' });
  expect(spec.platforms).toMatchObject([
    {
      selector: { matchLabels: { os: 'linux', arch: 'amd64' } },
      uri: 'https://example.com/kprobe-1.2.3-linux-x64.tar.gz',
      sha256: 'x64'.padEnd(64, '0'),
      bin: 'kprobe',
      files: expect.arrayContaining([{ from: 'kprobe-linux-x64/kprobe', to: '.' }]),
    },
    {
      selector: { matchLabels: { os: 'linux', arch: 'arm64' } },
      uri: 'https://example.com/kprobe-1.2.3-linux-arm64.tar.gz',
    },
  ]);
});

test('what the list of plugins shows fits into it', () => {
  // krew.sigs.k8s.io, "Best practices": short, without the words "kubectl" or "plugin", no full stop.
  const { shortDescription } = parse(krewManifest('1.2.3', [archive('x64')])).spec;
  expect(shortDescription.length).toBeLessThanOrEqual(50);
  expect(shortDescription).not.toMatch(/kubectl|plugin|\.$/iu);
});

test('a processor without a name there is a mistake of who builds', () => {
  expect(() => krewManifest('1.2.3', [archive('s390x')])).toThrow('s390x');
});
