import { compare } from "./compare.ts";

const VERSION = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/;

/**
 * Negative, zero or positive if version `a` of a kind is lower than, equal to or higher than `b`, as Kubernetes ranks
 * them. From the highest on: `v10`, `v2`, `v11beta2`, `v1beta1`, `v12alpha1`, and then others, `foo1` before `foo10`.
 */
export function compareKubeVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (left === undefined || right === undefined) {
    return left === right ? compare(b, a) : left === undefined ? -1 : 1;
  }
  for (const [at, part] of left.entries()) if (part !== right[at]) return part < (right[at] ?? 0n) ? -1 : 1;
  return 0;
}

function rankOf(version: string): readonly bigint[] | undefined {
  const match = VERSION.exec(version);
  if (match === null) return undefined;
  const [, major = "0", stage, minor = "0"] = match;
  return [stage === undefined ? 2n : stage === "beta" ? 1n : 0n, BigInt(major), BigInt(minor)];
}
