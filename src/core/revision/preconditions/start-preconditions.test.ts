import { describe, expect, it } from "vitest";
import type { PackageRevisionSpec } from "../../../api/v1alpha1/package-revision.ts";
import { publishedRef } from "../../testing/discovered.ts";
import { aRepository, aRevision, aView, observed } from "../../testing/observed.ts";
import type { RevisionView, UpstreamView } from "../observation.ts";
import { startBlocker } from "./start-preconditions.ts";

const id = { repository: "blue", package: "dns", workspace: "one" };
const upstream = { repository: "red", package: "dns" };
const blockerOf = (more: {
  target?: string;
  deployment?: boolean;
  view?: Partial<RevisionView>;
  spec?: Partial<PackageRevisionSpec>;
  upstream?: UpstreamView;
}) => {
  const packageRevID = { ...id, ...(more.target !== undefined && { target: more.target }) };
  const view = aView(more.view);
  const observation = observed(aRevision({ spec: { packageRevID, ...more.spec } }), {
    repository: aRepository({ deployment: more.deployment ?? false }),
    upstream: more.upstream ?? { kind: "none" },
    view,
  });
  return startBlocker(observation, view);
};
const clone = { tasks: [{ type: "clone" as const }] };

describe("startBlocker", () => {
  it.each([
    ["a catalog without a target", {}],
    ["a catalog's own target", { target: "catalog" }],
    ["a deployment's target", { deployment: true, target: "edge" }],
    [
      "a clone whose upstream is found",
      { spec: { ...clone, upstream }, upstream: { kind: "found", source: publishedRef("dns", "v1") } },
    ],
    ["an upstream that is not cloned", { spec: { upstream }, upstream: { kind: "missing", message: "" } }],
    [
      "a new draft of a package that has others below",
      { view: { latest: publishedRef("dns", "v1"), nested: [{ path: "dns/sub" }] } },
    ],
    ["a new draft of a package within another", { view: { latest: publishedRef("dns", "v1"), overlapping: ["net"] } }],
  ] as const)("allows %s", (_, facts) => {
    expect(blockerOf(facts)).toBeUndefined();
  });

  it.each([
    ["a deployment without a target", { deployment: true }, "TargetRequired", "stalled"],
    ["a deployment for the catalog", { deployment: true, target: "catalog" }, "TargetRequired", "stalled"],
    ["a catalog with a target", { target: "edge" }, "TargetNotAllowed", "stalled"],
    ["a branch name that Git misreads", { view: { path: "refs/heads" } }, "RefConflict", "stalled"],
    ["refs that Git cannot hold together", { view: { conflictingRefs: ["refs/heads/dns"] } }, "RefConflict", "stalled"],
    ["a new package above another", { view: { overlapping: ["dns/sub"] } }, "OverlappingPackage", "stalled"],
    ["a new package below another", { view: { overlapping: ["net"] } }, "OverlappingPackage", "stalled"],
    ["a clone without an upstream", { spec: clone }, "UpstreamRequired", "stalled"],
    [
      "an upstream whose Repository was not read",
      { spec: { ...clone, upstream }, upstream: { kind: "notReady", message: "m" } },
      "UpstreamNotReady",
      "waiting",
    ],
    [
      "a missing upstream",
      { spec: { ...clone, upstream }, upstream: { kind: "missing", message: "m" } },
      "UpstreamNotFound",
      "waiting",
    ],
    ["an upstream that was not searched for", { spec: { ...clone, upstream } }, "UpstreamNotFound", "waiting"],
  ] as const)("blocks %s: %s", (_, facts, reason, kind) => {
    expect(blockerOf(facts)).toMatchObject({ reason, kind, message: expect.stringMatching(/./) });
  });

  it("names the conflicting ref or package", () => {
    expect(blockerOf({ view: { conflictingRefs: ["refs/heads/dns"] } })?.message).toContain("refs/heads/dns");
    expect(blockerOf({ view: { overlapping: ["net"] } })?.message).toContain("net");
  });

  it("says what to do about a missing target, a file in the way, and an overlap", () => {
    expect(blockerOf({ deployment: true })?.message).toBe(
      "Repository blue is a deployment repository: spec.packageRevID.target must name the target of the package",
    );
    expect(blockerOf({ view: { fileInPlace: "dns" } })).toMatchObject({
      reason: "PathConflict",
      message: expect.stringMatching(/has a file dns at the path of the folder dns: remove the file, or use another/),
    });
    expect(blockerOf({ view: { overlapping: ["net"] } })?.message).toMatch(
      /cannot be created above or below one another$/,
    );
  });

  it("needs no upstream for a package without tasks", () => {
    expect(blockerOf({ spec: { tasks: [] } })).toBeUndefined();
  });

  it("passes on why an upstream is missing", () => {
    const missing = { kind: "missing", message: "there is no v7" } as const;
    expect(blockerOf({ spec: { ...clone, upstream }, upstream: missing })?.message).toBe("there is no v7");
    expect(blockerOf({ spec: { ...clone, upstream } })?.message).toBe("spec.upstream was not looked up");
  });
});
