import { expect, test } from 'vitest';
import { oldestFirst } from '../../src/discover/oldest-first.ts';

const made = (name: string, creationTimestamp?: string, namespace = 'shop') => ({
  metadata: { name, namespace, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
});

test('the oldest comes first, then the first by namespace and name; what does not tell its age comes last', () => {
  const objects = [
    made('a'),
    made('b', '2026-05-02T10:00:00Z'),
    made('z', '2026-05-01T10:00:00Z'),
    made('d', '2026-05-01T10:00:00Z', 'alpha'),
    made('c', 'yesterday'),
    made('y', '2026-05-01T10:00:00Z'),
  ];
  expect(oldestFirst(objects).map(({ metadata }) => metadata)).toMatchObject(
    ['d', 'y', 'z', 'b', 'a', 'c'].map((name) => ({ name })),
  );
});
