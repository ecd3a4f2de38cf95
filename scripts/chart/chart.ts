/** The files of the Helm chart that are made from the source, by their path in it. Pure. */
import { stringify } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { OLDEST } from '../../src/doctor/api.ts';
import { objectTemplates } from './objects.ts';
import { valuesSchema } from './values.ts';

const MADE = 'Made by npm run helm from src/install: change it there.';

/** `rules`: deploy/prometheus/kprobe.rules.yaml. */
export function chartFiles(rules: string): Record<string, string> {
  const { name, version, description } = packageJson;
  const templates = Object.entries(objectTemplates(`${name}-${version}`));
  return {
    'Chart.yaml': chartYaml({ name, version, description }),
    'values.schema.json': valuesSchema(),
    // Helm does not read it as a template: it is full of what would look like one.
    'files/kprobe.rules.yaml': rules,
    ...Object.fromEntries(templates.map(([file, text]) => [`templates/${file}`, `{{- /* ${MADE} */ -}}\n${text}`])),
  };
}

function chartYaml({ name, version, description }: { name: string; version: string; description: string }): string {
  const chart = {
    apiVersion: 'v2',
    name,
    description,
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: `>=${OLDEST.major}.${OLDEST.minor}.0-0`,
    keywords: ['network', 'latency', 'networkpolicy', 'dns', 'diagnosis'],
  };
  return `# ${MADE.replace('src/install', 'package.json')}\n${stringify(chart)}`;
}
