import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type AutomaticRule, isAutomaticRule } from "../../src/api/v1alpha1/repository-approval.ts";
import { decideAutomatically } from "../../src/core/revision/automatic/automatic-approval.ts";
import { describeInvalidRules } from "../../src/core/revision/automatic/compile-rules.ts";
import {
  aJudgedProposal,
  aVariantProposal,
  type Judged,
  lockAt,
  TAG_CHANGED,
} from "../../src/core/revision/automatic/testing/judged.ts";

interface Example {
  readonly spec?: { readonly approval?: { readonly automatic?: readonly AutomaticRule[] } };
}

/** The rules that docs/approval.md shows, without the targets, which the proposals of the test do not have. */
function documentedRules(): readonly AutomaticRule[] {
  const page = readFileSync("docs/approval.md", "utf8");
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => parse(text) as Example);
  return blocks.flatMap((one) => one.spec?.approval?.automatic ?? []).map(({ match: _, ...rule }) => rule);
}

const UPGRADE = {
  before: { spec: { tasks: [{ type: "clone" as const }] }, upstreamLock: lockAt("v1.2.3") },
  after: { spec: { tasks: [{ type: "upgrade" as const }] }, upstreamLock: lockAt("v1.2.4") },
};
const REPLACED = { ...UPGRADE, after: { ...UPGRADE.after, spec: UPGRADE.before.spec } };
const EDITED = { edited: true } as const;
const SCRIPT = { ...TAG_CHANGED, isImageVersions: false, otherFileCount: 1 };

describe("the automatic rules of docs/approval.md", () => {
  const rules = documentedRules();
  const named = (name: string) => rules.filter((one) => one.name === name);

  it("are valid", () => {
    expect(rules.map(({ name }) => name)).toEqual(["image-versions", "patches", "rest-of-a-variant"]);
    expect(rules.every(isAutomaticRule)).toBe(true);
    expect(describeInvalidRules(rules)).toBeUndefined();
  });

  it.each<[string, Judged, string]>([
    ["image-versions", { after: EDITED }, "approved"],
    ["image-versions", { changes: SCRIPT }, "refused"],
    ["patches", { metadata: UPGRADE }, "approved"],
    ["patches", { metadata: UPGRADE, after: EDITED }, "refused"],
    ["patches", { metadata: UPGRADE, changes: SCRIPT }, "refused"],
    ["patches", { metadata: REPLACED }, "refused"],
    ["patches", {}, "refused"],
    ["rest-of-a-variant", {}, "refused"],
  ])("%s with %j: %s", (name, judged, expected) => {
    const { observation, view, draft } = aJudgedProposal({ ...judged, rules: named(name) });
    expect(decideAutomatically(observation, view, draft).kind).toBe(expected);
  });

  it("have one for what a variant makes", () => {
    const { observation, view, draft } = aVariantProposal({ rules: named("rest-of-a-variant") });
    expect(decideAutomatically(observation, view, draft).kind).toBe("approved");
  });
});
