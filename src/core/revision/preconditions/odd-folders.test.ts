import { describe, expect, it } from "vitest";
import type { PackageRevisionStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import { objectName } from "../../identity/names.ts";
import { draftBranch, publishedRef } from "../../testing/discovered.ts";
import { aRepository, aRevision, aView, observed } from "../../testing/observed.ts";
import type { RevisionView } from "../observation.ts";
import { planRevision } from "../plan.ts";

const odd = { repository: "blue", realm: "web", package: "My_App", workspace: "one" };
const path = "web/My_App";
const name = objectName("blue", odd, "one");
const latest = publishedRef(path, "v1");
const wrong = "catalog.blue.web.my-app-00000000000000000000.one";

function planOf(
  named: string,
  view: Partial<RevisionView> = {},
  more: { readonly status?: Partial<PackageRevisionStatus>; readonly deleted?: boolean } = {},
) {
  const object = aRevision({ spec: { packageRevID: odd }, ...more });
  const renamed = { ...object, metadata: { ...object.metadata, name: named } };
  return planRevision(
    observed(renamed, { repository: aRepository(), upstream: { kind: "none" }, view: aView({ path, ...view }) }),
  );
}

describe("a package revision in a folder that is no DNS label", () => {
  it("begins under the folded name, if the package is published", () => {
    expect(planOf(name, { latest })).toMatchObject({ kind: "createDraft" });
  });

  it.each([
    ["is new", { latest }],
    ["has a branch, which is another object's", { latest, found: draftBranch(path, "one") }],
    ["has a tag, which is another object's", { latest, found: latest }],
  ])("is refused under another name, and told which, where its ID %s", (_, view) => {
    const message = expect.stringContaining(`metadata.name must be ${name}`);
    expect(planOf(wrong, view)).toMatchObject({ kind: "block", blocker: { reason: "InvalidName", message } });
  });

  it("changes nothing in Git when it is deleted after that", () => {
    const view = { latest, found: draftBranch(path, "one") };
    expect(planOf(wrong, view, { deleted: true })).toEqual({ kind: "removeFinalizer" });
  });

  it("is refused as a new package", () => {
    expect(planOf(name)).toMatchObject({ kind: "block", blocker: { reason: "InvalidName" } });
  });
});
