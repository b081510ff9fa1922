import { beforeAll, describe, expect, inject, it } from "vitest";
import {
  createPolicyTestEnv,
  expectAnswer,
  newRevision,
  type PolicyTestEnv,
  revisionOf,
  type User,
} from "./testenv.ts";

let env: PolicyTestEnv;

beforeAll(async () => {
  env = await createPolicyTestEnv(inject("controlPlane"), "policies-creation");
});

describe("policies: creation", () => {
  const NO_RIGHT = "user alice may not create what is published: it needs update on packagerevisions/approval";
  const OWN_REVISION = "spec.packageRevID.revision is set by the operator when it publishes";
  const rows: readonly [user: User, title: string, id: object, spec: object, refused?: string][] = [
    ["alice", "a draft", {}, {}],
    ["alice", "a draft, said so", {}, { lifecycle: "draft" }],
    ["alice", "a proposal", {}, { lifecycle: "proposed" }],
    ["bob", "a draft, without the right to create", {}, {}, 'User "bob" cannot create resource "packagerevisions"'],
    ["alice", "what is published", { revision: "v3" }, { lifecycle: "published" }, NO_RIGHT],
    ["carol", "what is published", { revision: "v3" }, { lifecycle: "published" }],
    [
      "carol",
      "what is published, unnumbered",
      {},
      { lifecycle: "published" },
      "spec.packageRevID.revision is required",
    ],
    [
      "admin",
      "what is published, unnumbered",
      {},
      { lifecycle: "published" },
      "spec.packageRevID.revision is required",
    ],
    [
      "carol",
      "what is proposed for deletion",
      {},
      { lifecycle: "deletionProposed" },
      "nothing is created as deletionProposed",
    ],
    ["alice", "a draft with a revision", { revision: "v3" }, {}, OWN_REVISION],
    ["admin", "a proposal with a revision", { revision: "v3" }, { lifecycle: "proposed" }, OWN_REVISION],
    [
      "carol",
      "a draft with an approval",
      {},
      { approval: { digest: "d", by: "carol" } },
      "spec.approval is set by approving",
    ],
    [
      "carol",
      "what is published, with an approval",
      { revision: "v3" },
      { lifecycle: "published", approval: { digest: "d", by: "carol" } },
      "spec.approval is set by approving",
    ],
    [
      "alice",
      "a draft with the gate approve",
      {},
      { readinessGates: [{ conditionType: "pkg.pkgserver.dev/approve" }] },
      "user alice may not add the gate pkg.pkgserver.dev/approve",
    ],
  ];
  it.each(rows.map(([user, title, ...row]) => ({ user, title, row })))("$user: $title", async ({ user, row }) => {
    const [id, spec, refused] = row;
    const object = newRevision();
    const body = { ...object, spec: { ...spec, packageRevID: { ...object.spec.packageRevID, ...id } } };
    expectAnswer(await env.requestAs(user, "create", env.revisions, body), refused);
  });

  it("writes down who proposed", async () => {
    const object = newRevision();
    const answer = await env.requestAs("alice", "create", env.revisions, {
      ...object,
      spec: { ...object.spec, lifecycle: "proposed" },
    });
    expect(answer.body.metadata.annotations).toEqual({
      "pkg.pkgserver.dev/changed-by": "alice",
      "pkg.pkgserver.dev/proposed-by": "alice",
    });
  });

  it.each([
    [
      { labels: { "pkg.pkgserver.dev/latest": "true" } },
      "the label pkg.pkgserver.dev/latest is written by the operator",
    ],
    [{ annotations: { "pkg.pkgserver.dev/proposed-by": "bob" } }, "proposed-by is set by proposing"],
    [{ annotations: { "pkg.pkgserver.dev/changed-by": "bob" } }, "changed-by must be the name of who changes, alice"],
    [{ annotations: { "pkg.pkgserver.dev/confirm-base": "v1" } }, "user alice may not set the annotation"],
  ])("refuses %j", async (metadata, refused) => {
    const object = newRevision();
    const body = { ...object, metadata: { ...object.metadata, ...metadata } };
    expectAnswer(await env.requestAs("alice", "create", env.revisions, body), refused);
  });

  it("starts with a status that says nobody has looked", async () => {
    const answer = await env.requestAs("alice", "create", env.revisions, {
      ...newRevision(),
      status: { lifecycle: "published" },
    });
    expect(answer.body.status).toEqual({ observedGeneration: -1 });
  });
});

describe("policies: names", () => {
  const FORM = "must be a DNS label: 1 to 63 lower-case letters, digits and -";
  const rows: readonly [id: Record<string, string>, name: string, refused?: string][] = [
    [{}, "edge.deployments.net.w"],
    [{ realm: "core/ran" }, "edge.deployments.core.ran.net.w"],
    [{ target: "catalog" }, "catalog.deployments.net.w"],
    [{}, "something-else", "metadata.name must be edge.deployments.net.w (target.repository.realm.package.workspace)"],
    [{ realm: "core" }, "edge.deployments.net.w", "metadata.name must be edge.deployments.core.net.w"],
    [{ package: "Net" }, "edge.deployments.net.w", `spec.packageRevID.package ${FORM}`],
    [{ package: "../net" }, "edge.deployments.net.w", `spec.packageRevID.package ${FORM}`],
    [{ package: "net.core" }, "edge.deployments.net.core.w", `spec.packageRevID.package ${FORM}`],
    [{ package: "2024" }, "edge.deployments.2024.w", `spec.packageRevID.package ${FORM}`],
    [{ package: "n".repeat(64) }, "edge.deployments.net.w", `spec.packageRevID.package ${FORM}`],
    [{ package: "net\n" }, "edge.deployments.net.w", `spec.packageRevID.package ${FORM}`],
    [{ target: "-edge" }, "edge.deployments.net.w", `spec.packageRevID.target ${FORM}`],
    [{ realm: "a//b" }, "edge.deployments.a.b.net.w", `spec.packageRevID.realm: each part between slashes ${FORM}`],
    [{ realm: "/a" }, "edge.deployments.a.net.w", "spec.packageRevID.realm: each part between slashes"],
    [{ realm: "a/../b" }, "edge.deployments.a.b.net.w", "spec.packageRevID.realm: each part between slashes"],
    [{ workspace: "W_1" }, "edge.deployments.net.w", `spec.packageRevID.workspace ${FORM}`],
    [{ workspace: "v2" }, "edge.deployments.net.v2", "v and a digit at its beginning are reserved"],
    [{ workspace: "v2-fix" }, "edge.deployments.net.v2-fix", "v and a digit at its beginning are reserved"],
    [{ workspace: "vnext" }, "edge.deployments.net.vnext"],
    [{ workspace: "page-2" }, "edge.deployments.net.page-2", "page-N is reserved for the pages of big packages"],
    [{ workspace: "page-two" }, "edge.deployments.net.page-two"],
    [{ realm: Array(4).fill("r".repeat(60)).join("/") }, "edge", "metadata.name"],
  ];
  it.each(rows.map((row) => ({ id: row[0], row })))("$id", async ({ row: [id, name, refused] }) => {
    const object = revisionOf("w", id);
    const body = { ...object, metadata: { name } };
    expectAnswer(await env.requestAs("alice", "create", `${env.revisions}?dryRun=All`, body), refused);
    expectAnswer(await env.requestAs("admin", "create", `${env.revisions}?dryRun=All`, body), refused);
  });

  it("lets what is published be shown under its revision's name", async () => {
    const object = revisionOf("v3", { revision: "v3" });
    const body = { ...object, spec: { ...object.spec, lifecycle: "published" } };
    expectAnswer(await env.requestAs("carol", "create", `${env.revisions}?dryRun=All`, body));
  });

  it("lets the operator fold the names that others have given in Git", async () => {
    const body = {
      ...revisionOf("w", { package: "My Net" }),
      metadata: { name: "edge.deployments.my-net-1a2b3c4d.w" },
    };
    expectAnswer(await env.requestAs("operator", "create", `${env.revisions}?dryRun=All`, body));
  });
});
