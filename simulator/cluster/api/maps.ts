/** A JSON object. */
export type JsonMap = Record<string, unknown>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A shallow copy without some members. */
export function omit(object: object, ...names: string[]): JsonMap {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
