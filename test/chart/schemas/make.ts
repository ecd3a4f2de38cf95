/**
 * Writes Kubernetes' own schemas of the kinds in the chart, small and strict, under the names by which kubeconform looks for them:
 * `node test/chart/schemas/make.ts FOLDER`, where FOLDER is api/openapi-spec/v3 of Kubernetes' source.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';

interface Schema {
  readonly [key: string]: unknown;
}
interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const KINDS = {
  'api__v1_openapi.json': ['Namespace', 'ServiceAccount', 'ConfigMap', 'PersistentVolumeClaim', 'Pod'],
  'apis__batch__v1_openapi.json': ['CronJob'],
  'apis__rbac.authorization.k8s.io__v1_openapi.json': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'apis__admissionregistration.k8s.io__v1_openapi.json': [
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ],
};
/** What a check of shape has no use for. */
const NO_RULE = /^(?:description|default|title|x-.*|format)$/;
const REFERENCE = '#/components/schemas/';
const TEXT_OR_NUMBER = { anyOf: [{ type: 'string' }, { type: 'number' }] };
/** Schemas that say `string` of what may be a number, too. */
const LOOSE = /\.(?:Quantity|IntOrString)$/;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/chart/schemas/make.ts FOLDER');
for (const [file, kinds] of Object.entries(KINDS)) {
  const { components } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    components: { schemas: Record<string, Schema> };
  };
  for (const kind of kinds) write(components.schemas, kind);
}

function write(schemas: Record<string, Schema>, kind: string): void {
  const [name, own] = Object.entries(schemas).find(([, schema]) => kindOf(schema)?.kind === kind) ?? [];
  const about = kindOf(own ?? {});
  if (name === undefined || about === null) throw new Error(format('no %s', kind));
  const definitions: Record<string, unknown> = {};
  const root = strict(schemas[name] ?? {}, (used) => add(used));
  function add(used: string): void {
    if (used in definitions) return;
    definitions[used] = {};
    definitions[used] = LOOSE.test(used) ? TEXT_OR_NUMBER : strict(schemas[used] ?? {}, add);
  }
  const group = about.group === '' ? '' : `-${about.group.split('.')[0]}`;
  const file = `${kind.toLowerCase()}${group}-${about.version}.json`;
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...root, definitions };
  writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(schema)}\n`);
}

function kindOf(schema: Schema): Kind | null {
  const kinds = schema['x-kubernetes-group-version-kind'] as Kind[] | undefined;
  return kinds?.length === 1 ? (kinds[0] ?? null) : null;
}

/** Without prose, and with no field but those that are known. */
function strict(schema: Schema, use: (name: string) => void): Schema {
  const rules = Object.entries(schema).filter(([key]) => !NO_RULE.test(key));
  const made = Object.fromEntries(rules.map(([key, value]) => [key, inside(key, value, use)]));
  return 'properties' in schema ? { ...made, additionalProperties: false } : made;
}

function inside(key: string, value: unknown, use: (name: string) => void): unknown {
  if (key === '$ref') {
    const name = String(value).slice(REFERENCE.length);
    use(name);
    return `#/definitions/${name}`;
  }
  if (key === 'properties') {
    const fields = Object.entries(value as Record<string, Schema>);
    return Object.fromEntries(fields.map(([name, field]) => [name, strict(field, use)]));
  }
  if (Array.isArray(value)) return value.map((each: unknown) => (isSchema(each) ? strict(each, use) : each));
  return isSchema(value) ? strict(value, use) : value;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
