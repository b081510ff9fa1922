import { describe, expect, it } from "vitest";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { revisionKey, workspaceKey } from "../../core/identity/revision-key.ts";
import { aRevision, condition } from "../../core/testing/observed.ts";
import { packageKey, revisionIndexes } from "./indexes.ts";

const BLUE = "default/blue";
const { identity, interrupted, numbered, waitingToBegin, waitingToPublish } = revisionIndexes;

describe("revisionIndexes", () => {
  it("waitingToBegin: drafts without a lifecycle in status, and no discovered tags", () => {
    expect(waitingToBegin(aRevision({}))).toEqual([BLUE]);
    expect(waitingToBegin(aRevision({ spec: { lifecycle: "proposed" } }))).toEqual([BLUE]);
    expect(waitingToBegin(aRevision({ spec: { lifecycle: "published" } }))).toEqual([]);
    expect(waitingToBegin(aRevision({ status: { lifecycle: "draft" } }))).toEqual([]);
  });

  it("waitingToPublish: approved proposals that wait for more than the remote's consent", () => {
    const approved = (status: Partial<PackageRevisionStatus>) =>
      aRevision({ spec: { lifecycle: "published" }, status: { lifecycle: "proposed", ...status } });
    expect(waitingToPublish(approved({ waitingFor: ["MainDiverged"] }))).toEqual([BLUE]);
    expect(waitingToPublish(approved({ waitingFor: ["PushRejected", "MainDiverged"] }))).toEqual([BLUE]);
    expect(waitingToPublish(approved({ waitingFor: ["PushRejected"] }))).toEqual([]);
    expect(waitingToPublish(approved({}))).toEqual([]);
    expect(waitingToPublish(approved({ lifecycle: "published", waitingFor: ["MainDiverged"] }))).toEqual([]);
    const waiting = approved({ waitingFor: ["MainDiverged"] });
    const proposal = { ...waiting, spec: { ...waiting.spec, lifecycle: "proposed" as const } };
    expect(waitingToPublish(proposal)).toEqual([]);
  });

  it("waitingToPublish: proposals that a rule has approved, and that are held back", () => {
    const asked = (lifecycle: "draft" | "proposed", status: "True" | "False") =>
      aRevision({ spec: { lifecycle }, status: { lifecycle: "proposed", conditions: [condition("Ready", status)] } });
    expect(waitingToPublish(asked("proposed", "False"))).toEqual([BLUE]);
    expect(waitingToPublish(asked("proposed", "True"))).toEqual([]);
    expect(waitingToPublish(asked("draft", "False"))).toEqual([]);
  });

  it("interrupted: revisions that are not ready for a reason in Git that a retry may resolve", () => {
    const ready = (status: "True" | "False", reason: string) =>
      aRevision({ status: { conditions: [{ ...condition("Ready", status), reason }] } });
    expect(interrupted(ready("False", "ConnectionFailed"))).toEqual([BLUE]);
    expect(interrupted(ready("True", "ConnectionFailed"))).toEqual([]);
    expect(interrupted(ready("False", "AuthenticationFailed"))).toEqual([]);
    expect(interrupted(aRevision({}))).toEqual([]);
  });

  it("identity: the workspace, and the revision in status, in the ID, or in the name of an external tag", () => {
    const dns = { package: "dns", target: "catalog" };
    const packageRevID = { repository: "blue", package: "dns", workspace: "one" };
    const one = `default/${workspaceKey("blue", dns, "one")}`;
    const at = (revision: string) => `default/${revisionKey("blue", dns, revision)}`;
    expect(identity(aRevision({ status: { revision: "v3" } }))).toEqual([one, at("v3")]);
    expect(identity(aRevision({ spec: { packageRevID: { ...packageRevID, revision: "v2" } } }))).toEqual([
      one,
      at("v2"),
    ]);
    expect(identity(aRevision({}))).toEqual([one, at("one")]);
  });

  it("numbered: equal for revisions of one package, and for no others", () => {
    const of = (packageRevID: object) =>
      aRevision({
        spec: { packageRevID: { repository: "blue", package: "dns", workspace: "one", ...packageRevID } },
        status: { revision: "v1" },
      });
    expect(numbered(of({}))).toEqual([packageKey(aRevision({}))]);
    expect(numbered(of({ workspace: "two" }))).toEqual(numbered(of({})));
    expect(numbered(of({ target: "catalog" }))).toEqual(numbered(of({})));
    const others = [{ target: "edge" }, { realm: "core" }, { package: "web" }, { repository: "red" }];
    expect(new Set([{}, ...others].map((id) => numbered(of(id))[0])).size).toBe(5);
    expect(numbered(aRevision({}))).toEqual([]);
  });
});
