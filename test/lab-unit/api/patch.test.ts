import { describe, expect, test } from 'vitest';
import { jsonPatch, mergePatch, strategicMerge } from '../../../src/lab/api/patch.ts';

test('a merge patch deletes with null and replaces lists', () => {
  expect(mergePatch({ a: 1, b: { c: 2, d: [1] } }, { a: null, b: { d: [2] } })).toEqual({ b: { c: 2, d: [2] } });
});

test('no patch reaches the prototype chain', () => {
  mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'));
  strategicMerge({}, JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'));
  expect(jsonPatch({}, [{ op: 'add', path: '/__proto__/polluted', value: true }]).ok).toBe(false);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

describe('a strategic merge', () => {
  const target = {
    spec: {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y' },
      ],
      tolerations: [{ key: 'k' }],
    },
  };

  test('merges containers by name and replaces lists without a key', () => {
    const patch = { spec: { containers: [{ name: 'b', image: 'z' }], tolerations: [] } };
    expect(strategicMerge(target, patch)).toEqual({
      spec: {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'z' },
        ],
        tolerations: [],
      },
    });
  });

  test('deletes an item that says so', () => {
    const patch = {
      spec: { containers: [{ name: 'a', $patch: 'delete' }], '$setElementOrder/containers': [{ name: 'b' }] },
    };
    expect(strategicMerge(target, patch)).toMatchObject({ spec: { containers: [{ name: 'b', image: 'y' }] } });
  });

  test('tells the ports of a Service apart by port and replaces those of an EndpointSlice', () => {
    expect(strategicMerge({ spec: { ports: [{ port: 80 }] } }, { spec: { ports: [{ port: 443 }] } })).toEqual({
      spec: { ports: [{ port: 80 }, { port: 443 }] },
    });
    expect(strategicMerge({ ports: [{ port: 80 }] }, { ports: [{ port: 443 }] })).toEqual({ ports: [{ port: 443 }] });
  });
});

describe('a JSON patch', () => {
  test.for([
    [[{ op: 'add', path: '/list/-', value: 3 }], { list: [1, 2, 3] }],
    [[{ op: 'add', path: '/list/0', value: 0 }], { list: [0, 1, 2] }],
    [[{ op: 'remove', path: '/list/0' }], { list: [2] }],
    [[{ op: 'replace', path: '/list/1', value: 9 }], { list: [1, 9] }],
    [[{ op: 'add', path: '/a~1b', value: 1 }], { list: [1, 2], 'a/b': 1 }],
    [[{ op: 'move', from: '/list', path: '/other' }], { other: [1, 2] }],
    [[{ op: 'test', path: '/list/0', value: 1 }], { list: [1, 2] }],
  ] as const)('%j gives %j', ([operations, expected]) => {
    expect(jsonPatch({ list: [1, 2] }, operations)).toEqual({ ok: true, value: expected });
  });

  test.for([
    [{ op: 'test', path: '/list/0', value: 2 }],
    [{ op: 'remove', path: '/missing' }],
    [{ op: 'replace', path: '/missing', value: 1 }],
    [{ op: 'fly', path: '/list' }],
    [{ op: 'add', path: 'list', value: 1 }],
  ])('%j fails as a whole', (operation) => {
    expect(jsonPatch({ list: [1, 2] }, [operation]).ok).toBe(false);
  });
});
