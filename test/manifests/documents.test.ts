import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/model/user-error.ts';
import { readDocuments } from '../../src/manifests/documents.ts';
import { placeOf, type Spot } from '../../src/manifests/place.ts';

const kindsIn = (text: string) => readDocuments(text, 'x.yaml').manifests.map(({ object }) => object['kind']);

/** The text from where a spot of the nth object is said to be to the end of its line. */
function pointed(text: string, spot: Spot, nth = 0): string {
  const { manifests } = readDocuments(text, 'x.yaml');
  const { line, column } = placeOf(manifests[nth]!.source, spot);
  return text.split('\n')[line - 1]!.slice(column - 1);
}

describe('what is read', () => {
  test.for([
    ['documents', 'apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Pod\n', ['Service', 'Pod']],
    ['comments and empty documents', '# helm\n---\n---\n# nothing\n---\napiVersion: v1\nkind: Pod\n...\n', ['Pod']],
    [
      'Windows line ends',
      'apiVersion: v1\r\nkind: Pod\r\n---\r\napiVersion: v1\r\nkind: Service\r\n',
      ['Pod', 'Service'],
    ],
    ['a byte order mark', '\ufeffapiVersion: v1\nkind: Pod\n', ['Pod']],
    ['JSON', '{"apiVersion": "v1", "kind": "Pod"}', ['Pod']],
    [
      'a List, and Lists in it',
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service}]}\n',
      ['Pod', 'Service'],
    ],
    [
      'a typed list, whose items leave out their kind',
      'apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}]\n',
      ['Pod'],
    ],
    ['text with braces in it', "apiVersion: v1\nkind: ConfigMap\ndata: {alert: '{{ $labels.pod }}'}\n", ['ConfigMap']],
  ] as const)('%s', ([, text, kinds]) => {
    expect(kindsIn(text)).toEqual(kinds);
  });

  test('what is no object is named', () => {
    expect(readDocuments('replicas: 2\n---\napiVersion: v1\nkind: Pod\n---\n- 1\n', 'values.yaml')).toMatchObject({
      manifests: [{}],
      strange: ['values.yaml:1:1', 'values.yaml:6:1'],
    });
  });
});

test.for([
  ['a bad indent', 'a: 1\n b: 2\n', 'x.yaml:1:4: '],
  ['an open quote', 'kind: "Pod\n', 'x.yaml:2:1: Missing closing "quote'],
  ['a tab', 'a:\n\tb: 1\n', 'x.yaml:2:1: '],
  ['the same key twice', 'a: 1\na: 2\n', 'x.yaml:2:1: Map keys must be unique'],
  ['an alias of nothing', 'a: *b\n', 'x.yaml:1:1: Unresolved alias'],
  [
    'a billion laughs',
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    'x.yaml:1:1: Excessive alias count',
  ],
  [
    'a chart',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n',
    'x.yaml:4:10: a template that was not rendered',
  ],
  ['a chart with statements', '{{- if .Values.on }}\nkind: Pod\n{{- end }}\n', 'x.yaml:'],
] as const)('one line with its place: %s', ([, text, begins]) => {
  try {
    readDocuments(text, 'x.yaml');
    expect.unreachable('it was read');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message.startsWith(begins) ? begins : error.message).toBe(begins);
    expect(error.message).not.toContain('\n');
    if (text.includes('{{')) expect(error.hint).toContain('helm template');
  }
});

describe('where a part of an object stands', () => {
  const text = `# first
apiVersion: v1
kind: Service
---
# second
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec:
    selector: {app: wbe}
    ports:
    - port: 80
      targetPort: htpp
`;
  test.for([
    ['a key', { path: ['spec', 'selector'] }, 'selector: {app: wbe}'],
    ['a key in flow style', { path: ['spec', 'selector', 'app'] }, 'app: wbe}'],
    ['an item', { path: ['spec', 'ports', 0] }, 'port: 80'],
    ['a scalar by its value', { path: ['spec'], value: 'htpp' }, 'htpp'],
    ['a number by its value', { path: ['spec'], value: 80 }, '80'],
    ['what is not there: the nearest above', { path: ['spec', 'selector', 'tier', 'x'] }, 'selector: {app: wbe}'],
    ['the object itself', { path: [] }, 'apiVersion: v1'],
    ['a value that is not there', { path: ['spec', 'ports'], value: 'x' }, 'ports:'],
  ] as const)('%s', ([, spot, begins]) => {
    expect(pointed(text, spot, 1)).toBe(begins);
  });
  test('in the first document, and with Windows line ends', () => {
    expect(pointed(text, { path: ['kind'] })).toBe('kind: Service');
    expect(pointed(text.replaceAll('\n', '\r\n'), { path: ['spec', 'ports', 0, 'targetPort'] }, 1)).toBe(
      'targetPort: htpp\r',
    );
  });
});
