import { revisionFilter } from "../identity/revision-range.ts";
import { apiVersionOf } from "./core-kinds.ts";
import { filesOf, type Need } from "./graph.ts";
import type { PackageNeed } from "./package-apis.ts";
import { hasResource, offerOf, type PackageRevisionApis } from "./revision-apis.ts";

/** What one package asks of the revision of another one. */
export interface Demand {
  /** The id of its node. */
  readonly from: string;
  readonly by: PackageRevisionApis;
  readonly need: Need;
  /** True if no other package could take the place of this one. */
  readonly isFixed: boolean;
  readonly accepts: (one: PackageRevisionApis) => boolean;
}

/** The upstream of a package may be its folder on main, which no revision stands for. */
const MAIN = "main";

/** Undefined for a text that is neither a revision nor a range. */
export function acceptedRevisions({ revision }: PackageNeed): ((revision: string) => boolean) | undefined {
  return revision === undefined || revision === MAIN ? () => true : revisionFilter(revision);
}

/** Whether a revision of a package is what a need asks for. */
export function acceptanceOf(need: Need): Demand["accepts"] {
  switch (need.kind) {
    case "api":
      return (one) => offerOf(one, need.need)?.isServed === true;
    case "rule":
      return (one) => hasResource(one, need.need);
    case "package": {
      const accepts = acceptedRevisions(need.need) ?? (() => false);
      return (one) => accepts(one.revision);
    }
    default:
      return need satisfies never;
  }
}

/** Equal for needs that accept the same revisions. */
export function acceptanceKey(one: Need): string {
  switch (one.kind) {
    case "api":
      return `api ${gvkText(one.need)}`;
    case "rule":
      return `rule ${one.need.group} ${one.need.resource}`;
    case "package":
      return `package ${one.need.revision ?? ""}`;
    default:
      return one satisfies never;
  }
}

/** For messages: `cert-manager.io/v1, Kind=Certificate (issuer.yaml)`, `^1.2.0 (needs.yaml)`. */
export function describeNeed(one: Need): string {
  const [file = ""] = filesOf(one);
  return `${describeWithoutFile(one)} (${file})`;
}

function describeWithoutFile(one: Need): string {
  switch (one.kind) {
    case "api":
      return gvkText(one.need);
    case "rule":
      return `${one.need.resource}.${one.need.group}`;
    case "package":
      return one.need.revision ?? "any revision";
    default:
      return one satisfies never;
  }
}

/** As apimachinery prints it. */
export function gvkText({
  group,
  version,
  kind,
}: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}): string {
  return group === "" ? `/${version}, Kind=${kind}` : `${apiVersionOf(group, version)}, Kind=${kind}`;
}
