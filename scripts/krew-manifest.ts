/** The manifest by which krew installs kprobe as a kubectl plugin (krew.sigs.k8s.io, "Plugin Manifest"). Pure. */
import { stringify } from 'yaml';

/** Node's names of processors → Go's, which krew selects by. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface Archive {
  /** The folder in it, `kprobe-linux-x64`. */
  readonly name: string;
  /** As Node names it. */
  readonly cpu: string;
  readonly url: string;
  /** Of the archive, hexadecimal. */
  readonly sha256: string;
}

export function krewManifest(version: string, archives: readonly Archive[]): string {
  return stringify(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'kprobe' },
      spec: {
        version: `v${version}`,
        shortDescription: 'Find out why connections are slow or fail',
        description: [
          'Places small probe pods on the nodes for a few seconds, measures fresh connections on every path (through the ingress,',
          'through the Service, straight to the pod, between nodes, to each DNS server) and names the timer that fired, the hop that',
          'dropped, the object that caused it, and a fix made from the live objects.\n',
        ].join('\n'),
        caveats: [
          'Probe pods run any image that has Node, by default node:24-slim: --image names another.',
          'Whoever is no administrator needs some rights first: kubectl kprobe doctor says which.\n',
        ].join('\n'),
        platforms: archives.map(platform),
      },
    },
    { lineWidth: 0 },
  );
}

function platform({ name, cpu, url, sha256 }: Archive): object {
  const arch = ARCHITECTURES[cpu];
  if (arch === undefined) throw new Error(`krew is not told how ${cpu} is called`);
  return {
    selector: { matchLabels: { os: 'linux', arch } },
    uri: url,
    sha256,
    bin: 'kprobe',
    files: ['kprobe', 'LICENSE', 'licenses'].map((each) => ({ from: `${name}/${each}`, to: '.' })),
  };
}
