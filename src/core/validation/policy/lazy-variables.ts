import type { CelValue } from "../../cel/values.ts";

/**
 * The variables of a policy: each is evaluated when an expression first uses it, and once. What an expression does not
 * use cannot fail, so that `has(object.spec) ? variables.size : 0` has a value for every object.
 */
export function lazyVariables(variables: readonly LazyVariable[]): ReadonlyMap<string, CelValue> {
  const byName = new Map(variables.map(({ name, evaluate }) => [name, evaluate]));
  const values = new Map<string, CelValue>();
  const get = (name: string) => {
    const known = values.get(name);
    if (known !== undefined) return known;
    const value = byName.get(name)?.();
    if (value !== undefined) values.set(name, value);
    return value;
  };
  // The library takes only a Map itself for a map, and no class that extends it.
  return Object.assign(new Map<string, CelValue>(), { get, has: (name: string) => byName.has(name) });
}

export interface LazyVariable {
  readonly name: string;
  readonly evaluate: () => CelValue;
}
