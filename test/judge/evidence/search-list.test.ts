import { describe, expect, test } from 'vitest';
import { candidatesOf, isOfCluster, ndotsOf, questionsOf } from '../../../src/judge/evidence/search-list.ts';

const pod = { search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], options: ['ndots:5'] };

describe('the names that glibc tries (timers.md 4.3, measured with three and four domains)', () => {
  test.for<[string, typeof pod, readonly string[]]>([
    [
      'api.example.com',
      pod,
      [
        'api.example.com.shop.svc.cluster.local',
        'api.example.com.svc.cluster.local',
        'api.example.com.cluster.local',
        'api.example.com',
      ],
    ],
    ['api.example.com.', pod, ['api.example.com']],
    [
      'api.example.com',
      { search: ['corp.example.net.'], options: [] },
      ['api.example.com', 'api.example.com.corp.example.net'],
    ],
    ['web', { search: [], options: [] }, ['web']],
  ])('%s', ([name, resolver, expected]) => {
    expect(candidatesOf(name, resolver)).toEqual(expected);
  });
});

test.for<[string, number]>([
  ['api.example.com', 8],
  ['api.example.com.', 2],
  ['web.shop.svc', 6],
])('%s costs %d questions', ([name, questions]) => {
  expect(questionsOf(name, pod)).toBe(questions);
  expect(questionsOf(name, { ...pod, search: [...pod.search, 'corp.example.net'] })).toBe(
    name === 'api.example.com' ? 10 : questions,
  );
});

test.for<[readonly string[], number]>([
  [[], 1],
  [['ndots:2'], 2],
  [['ndots:99'], 15],
  [['ndots:x'], 1],
])('ndots of %j', ([options, expected]) => {
  expect(ndotsOf({ search: [], options })).toBe(expected);
});

test('which domains are those of the cluster, whatever it is called', () => {
  const search = ['shop.svc.k8s.example.net', 'svc.k8s.example.net', 'k8s.example.net', 'example.net'];
  expect(search.filter((domain) => isOfCluster(domain, search))).toEqual(search.slice(0, 3));
  expect(isOfCluster('cluster.local', ['corp.example.net'])).toBe(false);
});
