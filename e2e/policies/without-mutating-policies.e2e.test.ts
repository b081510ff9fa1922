import { describe, expect } from "vitest";
import { startOwnControlPlane } from "../testenv/own-control-plane.ts";
import {
  APPROVAL,
  annotate,
  CHANGED_BY,
  CONFIRM_BASE,
  CONFIRMED_BY,
  DIGEST,
  draft,
  moveTo,
  PROPOSED_BY,
  proposed,
  published,
  waiting,
} from "./cases/case.ts";
import { newRevision } from "./objects.ts";
import { it as base, expectResponse, type Given, type PolicyTestEnv, type User } from "./testenv.ts";

// A control plane of its own, as Kubernetes before 1.36 has it: users write what mutating policies would fill in.
const it = base
  .extend("mutating", { scope: "file" }, () => false)
  .extend("controlPlane", { scope: "file" }, async ({ mutating }, { onCleanup }) => {
    const own = await startOwnControlPlane("validating", { servesMutatingPolicies: mutating });
    onCleanup(() => own.end());
    return own.provided;
  });

async function merge(env: PolicyTestEnv, user: User, given: Given, patch: object) {
  const object = await env.arrange(given);
  return env.requestAs(user, "merge", `${env.revisions}/${object.metadata.name}`, patch);
}

describe("validating policies without mutating ones", () => {
  it("name the commands of an approval to a user who gave none, and not the digest", async ({ env }) => {
    const bare = await merge(env, "bob", proposed, moveTo("published"));
    expectResponse(bare, "spec.approval is missing");
    expect(bare.body.message).toContain('{"digest":"$DIGEST","by":"bob"}'.replaceAll('"', '\\"'));
    expect(bare.body.message).not.toContain(DIGEST);
    const unnamed = await merge(env, "bob", proposed, moveTo("published", { approval: { digest: DIGEST } }));
    expectResponse(unnamed, "spec.approval.by: Required value");
    expectResponse(await merge(env, "bob", proposed, moveTo("published", { approval: APPROVAL })));
  });

  it("refuse to take a publication back while its approval stays", async ({ env }) => {
    expectResponse(
      await merge(env, "alice", waiting, moveTo("proposed")),
      "spec.approval must be removed when the request to publish is taken back: patch it to null together with spec.lifecycle",
    );
    expectResponse(await merge(env, "alice", waiting, moveTo("proposed", { approval: null })));
  });

  it("demand the groups that count of an approver, and that a rejection removes further approvals", async ({ env }) => {
    const required = [{ rule: "edge", groups: ["net-owners", "system:masters"], required: 1 }];
    const given: Given = { ...proposed, status: { ...proposed.status, requiredApprovals: required } };
    const first = (groups?: readonly string[]) =>
      moveTo("published", { approval: { digest: DIGEST, by: "admin", ...(groups && { groups }) } });
    const further = (groups?: readonly string[]) => ({
      spec: { approvals: { admin: { digest: DIGEST, ...(groups && { groups }) } } },
    });
    const missing = "name your groups in the approval, groups: [system:masters]";
    for (const approve of [first, further]) {
      expectResponse(await merge(env, "admin", given, approve()), missing);
      expectResponse(await merge(env, "admin", given, approve(["system:authenticated"])), missing);
      expectResponse(await merge(env, "admin", given, approve(["net-owners"])), "admin is not in all of them");
      expectResponse(await merge(env, "admin", given, approve(["system:masters"])));
    }
    expectResponse(await merge(env, "bob", given, moveTo("published", { approval: APPROVAL })));
    const approved: Given = { ...proposed, spec: { ...proposed.spec, approvals: { carol: { digest: DIGEST } } } };
    const refused = "patch them to null together with spec.lifecycle draft";
    expectResponse(await merge(env, "alice", approved, moveTo("draft")), refused);
    expectResponse(await merge(env, "alice", approved, moveTo("draft", { approvals: null })));
  });

  it("refuse a proposer's name that is another user's or left from an earlier proposal", async ({ env }) => {
    const named = (name: string | null) => ({ ...moveTo("proposed"), ...annotate(PROPOSED_BY, name) });
    const rejected: Given = { ...draft, metadata: proposed.metadata ?? {} };
    const refused = (user: User) => `must be the name of who proposes, ${user}, or be left out`;
    expectResponse(await merge(env, "alice", draft, moveTo("proposed")));
    expectResponse(await merge(env, "alice", draft, named("alice")));
    expectResponse(await merge(env, "alice", draft, named("bob")), refused("alice"));
    expectResponse(await merge(env, "bob", rejected, moveTo("proposed")), refused("bob"));
    expectResponse(await merge(env, "bob", rejected, named("bob")));
    expectResponse(await merge(env, "bob", rejected, named(null)));
  });

  it("let only a creation begin the record of changers before the operator has seen the object", async ({ env }) => {
    const label = (...names: readonly string[]) => ({
      metadata: { labels: { a: "b" }, ...(names.length > 0 && annotate(CHANGED_BY, names.join("\n")).metadata) },
    });
    const unseen = "has not seen this package revision yet";
    const patch = async (given: Given, body: object) => merge(env, "alice", given, body);
    expectResponse(await patch({}, label()), unseen);
    expectResponse(await patch({}, label("alice")), unseen);
    expectResponse(await patch({}, annotate(CHANGED_BY, "")), "changed-by must have a name, or be left out");
    const discovered: Given = annotate(CHANGED_BY, "");
    expectResponse(await patch(discovered, label()), "add alice as the last line");
    expectResponse(await patch(discovered, label("alice")));
    expectResponse(await patch(annotate(CHANGED_BY, "bob"), label("bob", "alice")));
    const created = newRevision();
    const body = { ...created, metadata: { ...created.metadata, ...discovered.metadata } };
    expectResponse(await env.requestAs("alice", "create", env.revisions, body), "must have a name, or be left out");
  });

  it("demand names while status.attribution is set, and of no other change of the lifecycle than a proposal", async ({
    env,
  }) => {
    const attributed: Given = { ...draft, status: { lifecycle: "draft", attribution: "Partial" } };
    const strict = { spec: { updatePolicy: "strict" } };
    expectResponse(await merge(env, "alice", draft, strict));
    expectResponse(await merge(env, "alice", attributed, strict), "add alice as the last line");
    expectResponse(await merge(env, "alice", attributed, { ...strict, ...annotate(CHANGED_BY, "alice") }));
    expectResponse(await merge(env, "alice", attributed, moveTo("proposed")), "proposed-by to alice");
    expectResponse(await merge(env, "alice", attributed, { ...moveTo("proposed"), ...annotate(PROPOSED_BY, "alice") }));
    const submitted: Given = { ...proposed, status: { ...proposed.status, attribution: "Partial" } };
    expectResponse(await merge(env, "bob", submitted, { ...moveTo("draft"), ...annotate(PROPOSED_BY, null) }));
    expectResponse(await merge(env, "alice", attributed, annotate("pkg.pkgserver.dev/sync-requested-at", "x")));
  });

  it("demand the name of who confirms a base while status.attribution is set", async ({ env }) => {
    const confirm = (value: string, by?: string) => ({
      metadata: { annotations: { [CONFIRM_BASE]: value, ...(by !== undefined && { [CONFIRMED_BY]: by }) } },
    });
    const required: Given = { ...draft, status: { lifecycle: "draft", attribution: "Complete" } };
    const byCarol: Given = { ...required, ...confirm("v3", "carol") };
    const refused = "who confirms a base must be recorded";
    expectResponse(await merge(env, "bob", draft, confirm("v3")));
    expectResponse(await merge(env, "bob", required, confirm("v3")), refused);
    expectResponse(await merge(env, "bob", required, confirm("v3", "carol")), refused);
    expectResponse(await merge(env, "bob", required, confirm("v3", "bob")));
    expectResponse(await merge(env, "bob", byCarol, confirm("v4")), refused);
    expectResponse(await merge(env, "bob", byCarol, confirm("v4", "bob")));
    expectResponse(await merge(env, "bob", byCarol, confirm("v3", "bob")));
    expectResponse(await merge(env, "alice", byCarol, annotate(CONFIRM_BASE, null)), "and removed with it");
    const removed = { metadata: { annotations: { [CONFIRM_BASE]: null, [CONFIRMED_BY]: null } } };
    expectResponse(await merge(env, "alice", byCarol, removed));
  });

  it("let a replace leave out the number and the label of a published revision, and not the finalizer", async ({
    env,
  }) => {
    const finalizers = ["pkg.pkgserver.dev/git"];
    const labels = { "pkg.pkgserver.dev/latest": "true" };
    const object = await env.arrange({ ...published, id: { revision: "v1" }, metadata: { labels, finalizers } });
    const { revision: _, ...packageRevID } = object.spec.packageRevID as { readonly revision?: string };
    const { name, resourceVersion } = object.metadata;
    const replace = (metadata: object, id: object = packageRevID) => {
      const manifest = { ...object, metadata: { name, resourceVersion, ...metadata } };
      const spec = { ...object.spec, packageRevID: id };
      return env.requestAs("alice", "replace", `${env.revisions}/${name}`, { ...manifest, spec });
    };
    expectResponse(await replace({}), "keep it in metadata.finalizers, or use kubectl apply");
    expectResponse(await replace({ finalizers }, { ...packageRevID, revision: "v2" }), "immutable once set");
    expectResponse(await replace({ finalizers }));
  });

  it("let only a creation begin the record of who changed a PackageVariant", async ({ env }) => {
    const path = `config.pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagevariants`;
    const create = async (name: string, metadata: object = {}) =>
      await env.requestAs("alice", "create", path, {
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "PackageVariant",
        metadata: { name, ...metadata },
        spec: {
          upstream: { repository: "catalog", package: "shop" },
          downstream: { repository: "other", package: "shop" },
        },
      });
    const change = async (name: string, revision: string, metadata: object = {}) =>
      await env.requestAs("alice", "merge", `${path}/${name}`, { metadata, spec: { upstream: { revision } } });
    expectResponse(await create("unnamed"));
    expectResponse(await change("unnamed", "v1"));
    expectResponse(await change("unnamed", "v2", annotate(CHANGED_BY, "alice").metadata), "changed-by is filled in");
    expectResponse(await create("named", annotate(CHANGED_BY, "alice").metadata));
    const carols = await env.requestAs("carol", "merge", `${path}/named`, { spec: { upstream: { revision: "v1" } } });
    expectResponse(carols, "who changes it must be recorded: add carol as the last line");
    expectResponse(await change("named", "v1"));
  });
});
