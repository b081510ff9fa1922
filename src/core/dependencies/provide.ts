import { provideKind, provideRule } from "./provide-api.ts";
import { providePackage } from "./provide-package.ts";
import type { Needing, Provision } from "./provisions.ts";

/** What provides each need of a package. Each need is a step, or several. */
export function* provideInSteps(needing: Needing): Generator<void, readonly Provision[]> {
  const { kinds, rules, packages } = needing.by.apis;
  const provisions: Provision[] = [];
  for (const need of kinds) {
    yield;
    provisions.push(yield* provideKind(needing, { kind: "api", need }));
  }
  for (const need of rules) {
    yield;
    provisions.push(yield* provideRule(needing, { kind: "rule", need }));
  }
  for (const need of packages) {
    yield;
    provisions.push(providePackage(needing, { kind: "package", need }));
  }
  return provisions;
}
