/** Changes at places of an object that are there: a place that has gone is an error, so that the chart cannot fall behind. Pure. */

type Key = string | number;
type Change = (value: unknown) => unknown;

/** A copy of an object with the value at a path changed. */
export function edit(object: unknown, path: readonly Key[], change: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(object);
  if (typeof object !== 'object' || object === null || !(key in object)) throw new Error(`nothing at ${String(key)}`);
  if (Array.isArray(object)) return object.map((item, at) => (at === key ? edit(item, rest, change) : item));
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, name === key ? edit(value, rest, change) : value]),
  );
}

/** A list with the item of a name changed. */
export function editNamed(list: unknown, name: string, change: Change): unknown {
  if (!Array.isArray(list) || !list.some((each) => isNamed(each, name))) throw new Error(`no ${name}`);
  return list.map((each: unknown) => (isNamed(each, name) ? change(each) : each));
}

function isNamed(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && 'name' in value && value.name === name;
}
