import type { PackageApis } from "./package-apis.ts";
import { keyOfPackage } from "./revision-apis.ts";

/** Texts by which what packages offer and what they need find each other. */
export const kindTerm = (group: string, kind: string) => `kind ${group} ${kind}`;
export const resourceTerm = (group: string, resource: string) => `resource ${group} ${resource}`;
export const groupTerm = (group: string) => `group ${group}`;
export const packageTerm = (key: string) => `package ${key}`;

export function offeredTerms({ offers }: PackageApis): readonly string[] {
  return offers.flatMap(({ group, kind, plural }) => [
    kind === undefined ? groupTerm(group) : kindTerm(group, kind),
    ...(plural === undefined ? [] : [resourceTerm(group, plural)]),
  ]);
}

export function neededTerms({ kinds, rules, packages }: PackageApis): readonly string[] {
  return [
    ...kinds.flatMap(({ group, kind }) => [kindTerm(group, kind), groupTerm(group)]),
    ...rules.flatMap(({ group, resource }) => [resourceTerm(group, resource), groupTerm(group)]),
    ...packages.map((need) => packageTerm(keyOfPackage(need.package))),
  ];
}
