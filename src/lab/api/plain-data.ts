/** Deep comparison and freezing of JSON-like values. */

/** Deep equality; a property that is undefined counts as absent. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const entries = Object.entries(left).filter(([, value]) => value !== undefined);
  const others = Object.entries(right).filter(([, value]) => value !== undefined);
  if (entries.length !== others.length) return false;
  return entries.every(([key, value]) => isSame(value, (right as Record<string, unknown>)[key]));
}

/** So that a reader of the store cannot change what others see. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
