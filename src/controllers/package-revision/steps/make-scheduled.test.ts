import { describe, expect, it } from "vitest";
import type { KubeObject, Resource } from "../../../api/meta.ts";
import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { aRevision, observed } from "../../../core/testing/observed.ts";
import { ApiError } from "../../../kube/client/errors.ts";
import { subjectAccessReviews } from "../../shared/kinds.ts";
import type { Processed } from "../processing/process-contents.ts";
import { makeScheduled } from "./make-scheduled.ts";

const BOT = "system:serviceaccount:ci:bot";
const node = (name: string) => ({
  revision: { package: { repository: "catalog", package: name }, revision: "v1" },
});
const processed = (unrecorded: readonly string[] = []) =>
  ({
    status: {},
    graph: { root: { revision: { package: { repository: "blue", target: "edge1", package: "shop" } } } },
    schedule: { toMake: ["a", "b", "c"].map(node), unrecorded },
  }) as unknown as Processed;
const made = (...names: readonly string[]) => names.map((name) => `edge1.blue.${name}.pkginstall`);

/** The API server refuses the draft of this package, and access reviews that are not allowed. */
function open({
  refused,
  allowed = true,
  proposer = "alice",
}: {
  refused?: string;
  allowed?: boolean;
  proposer?: string | null;
}) {
  const created: string[] = [];
  const client = {
    create: async (resource: Resource<KubeObject>, object: KubeObject) => {
      if (resource.plural === subjectAccessReviews.plural) return { ...object, status: { allowed } };
      const { name = "" } = object.metadata;
      if (name === made(refused ?? "")[0]) throw new ApiError({ code: 403, reason: "Forbidden", message: "no" });
      created.push(name);
      return object;
    },
  };
  const object = aRevision(proposer === null ? {} : { annotations: { [ANNOTATION_PROPOSED_BY]: proposer } });
  return { created, scope: { object, observation: observed(object), dependencies: { client } as never } };
}

describe("makeScheduled", () => {
  it("records the drafts that it made before one was refused, and says so the next time", async () => {
    const { scope, created } = open({ refused: "c" });
    const first = await makeScheduled(scope, processed());
    expect(first.again).toBe(true);
    expect(first.processed?.status).toMatchObject({ scheduled: made("a", "b") });
    expect(created).toEqual(made("a", "b"));
    const none = open({ refused: "a" });
    await expect(makeScheduled(none.scope, processed())).rejects.toMatchObject({ reason: "DraftRefused" });
    expect((await makeScheduled(open({ refused: "a" }).scope, processed(["x"]))).processed?.status).toMatchObject({
      scheduled: ["x"],
    });
  });

  it("makes none for a ServiceAccount that may not create them itself", async () => {
    const { scope, created } = open({ proposer: BOT, allowed: false });
    await expect(makeScheduled(scope, processed())).rejects.toMatchObject({
      reason: "DraftRefused",
      message: expect.stringContaining(
        `${BOT} proposes this, and may not create packagerevisions in namespace default`,
      ),
    });
    expect(created).toEqual([]);
    const allowed = open({ proposer: BOT });
    expect((await makeScheduled(allowed.scope, processed())).again).toBe(false);
    expect(allowed.created).toEqual(made("a", "b", "c"));
    // It might leave out its name where no policy sets it.
    const unknown = open({ proposer: null });
    await expect(makeScheduled(unknown.scope, processed())).rejects.toMatchObject({
      reason: "DraftRefused",
      message: expect.stringMatching(/^nobody is known to propose this: .*pkg\.pkgserver\.dev\/proposed-by/),
    });
    expect(unknown.created).toEqual([]);
    // The groups of a person are not known.
    const person = open({ allowed: false });
    await makeScheduled(person.scope, processed());
    expect(person.created).toEqual(made("a", "b", "c"));
  });
});
