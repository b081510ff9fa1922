import { provideKind, provideRule } from "./provide-api.ts";
import { providePackage } from "./provide-package.ts";
import type { Needing, Provision } from "./provisions.ts";

/** What provides each need of a package. */
export function provideAll(needing: Needing): readonly Provision[] {
  const { kinds, rules, packages } = needing.by.apis;
  return [
    ...kinds.map((need) => provideKind(needing, { kind: "api", need })),
    ...rules.map((need) => provideRule(needing, { kind: "rule", need })),
    ...packages.map((need) => providePackage(needing, { kind: "package", need })),
  ];
}
