import { describe, expect } from "vitest";
import { needs } from "../testenv/needs.ts";
import { annotate, CHANGED_BY, CONFIRM_BASE, CONFIRMED_BY, LIFECYCLE_CHANGED_BY, PROPOSED_BY } from "./cases/case.ts";
import { newRevision } from "./objects.ts";
import { expectResponse, it, type User } from "./testenv.ts";

interface Row {
  readonly user: User;
  readonly title: string;
  readonly revision?: string;
  readonly spec?: object;
  readonly refused?: string;
}

const NO_RIGHT = "user alice may not create what is published: it needs update on packagerevisions/approval";
const OWN_REVISION = "spec.packageRevID.revision is set by the operator when it publishes";
const UNNUMBERED = "spec.packageRevID.revision is required";
const NOT_BY_CREATION = "spec.approval is set by approving";
const APPROVAL = { digest: "d", by: "carol" };
const published = { lifecycle: "published" };
const rows: readonly Row[] = [
  { user: "alice", title: "a draft" },
  { user: "alice", title: "a draft that names its lifecycle", spec: { lifecycle: "draft" } },
  { user: "alice", title: "a proposal", spec: { lifecycle: "proposed" } },
  {
    user: "bob",
    title: "a draft without the right to create",
    refused: 'User "bob" cannot create resource "packagerevisions"',
  },
  {
    user: "alice",
    title: "a published one, without the right to approve",
    revision: "v3",
    spec: published,
    refused: NO_RIGHT,
  },
  { user: "carol", title: "a published one, with the right to approve", revision: "v3", spec: published },
  { user: "carol", title: "a published one without a revision", spec: published, refused: UNNUMBERED },
  { user: "admin", title: "a published one without a revision", spec: published, refused: UNNUMBERED },
  {
    user: "carol",
    title: "one proposed for deletion",
    spec: { lifecycle: "deletionProposed" },
    refused: "nothing is created as deletionProposed",
  },
  { user: "alice", title: "a draft with a revision", revision: "v3", refused: OWN_REVISION },
  {
    user: "admin",
    title: "a proposal with a revision",
    revision: "v3",
    spec: { lifecycle: "proposed" },
    refused: OWN_REVISION,
  },
  { user: "carol", title: "a draft with an approval", spec: { approval: APPROVAL }, refused: NOT_BY_CREATION },
  {
    user: "carol",
    title: "a published one with an approval",
    revision: "v3",
    spec: { ...published, approval: APPROVAL },
    refused: NOT_BY_CREATION,
  },
  {
    user: "alice",
    title: "a draft with the gate approve",
    spec: { readinessGates: [{ conditionType: "pkg.pkgserver.dev/approve" }] },
    refused: "user alice may not add the gate pkg.pkgserver.dev/approve",
  },
];

describe("policies of package revisions: creation", () => {
  it.for(rows.map((row) => ({ ...row, verdict: row.refused === undefined ? "accepted" : "refused" })))(
    "$user: $title: $verdict",
    async ({ user, revision, spec, refused }, { env }) => {
      const object = newRevision();
      const packageRevID = { ...object.spec.packageRevID, ...(revision !== undefined && { revision }) };
      const body = { ...object, spec: { ...spec, packageRevID } };
      expectResponse(await env.requestAs(user, "create", env.revisions, body), refused);
    },
  );

  it(
    ...needs("MutatingAdmissionPolicy", "records the requester as proposer and changer of a proposal"),
    async ({ env }) => {
      const object = newRevision();
      const body = { ...object, spec: { ...object.spec, lifecycle: "proposed" } };
      const response = await env.requestAs("alice", "create", env.revisions, body);
      expect(response.body.metadata.annotations).toEqual({
        [CHANGED_BY]: "alice",
        [LIFECYCLE_CHANGED_BY]: "alice",
        [PROPOSED_BY]: "alice",
      });
    },
  );

  it.for([
    {
      metadata: { labels: { "pkg.pkgserver.dev/latest": "true" } },
      refused: "the label pkg.pkgserver.dev/latest is written by the operator",
    },
    { ...annotate(PROPOSED_BY, "bob"), refused: "proposed-by is set by proposing" },
    {
      ...annotate(CHANGED_BY, "bob"),
      refused: "changed-by is filled in by the API server: leave it as it is, or add alice as its last line",
    },
    { ...annotate(CONFIRM_BASE, "v1"), refused: "user alice may not set the annotation" },
    { ...annotate(CONFIRMED_BY, "bob"), refused: "confirmed-by is set by setting pkg.pkgserver.dev/confirm-base" },
  ])("refuses $metadata", async ({ metadata, refused }, { env }) => {
    const object = newRevision();
    const body = { ...object, metadata: { ...object.metadata, ...metadata } };
    expectResponse(await env.requestAs("alice", "create", env.revisions, body), refused);
  });

  it("ignores a status in the request: no generation is observed yet", async ({ env }) => {
    const body = { ...newRevision(), status: { lifecycle: "published" } };
    const response = await env.requestAs("alice", "create", env.revisions, body);
    expect(response.body.status).toEqual({ observedGeneration: -1 });
  });
});
