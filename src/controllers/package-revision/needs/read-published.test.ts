import { describe, expect, it } from "vitest";
import type { KubeObject, ObjectKey } from "../../../api/meta.ts";
import { definition, resource } from "../../../core/dependencies/testing/revisions.ts";
import type { ResourcesClient } from "../../../core/ports/resources-client.ts";
import { readApis } from "../../../core/processing/apis-call.ts";
import { aRepository, aRevision, condition } from "../../../core/testing/observed.ts";
import { ApiError } from "../../../kube/client/errors.ts";
import { createLog } from "../../../runtime/log.ts";
import { PublishedFiles } from "./published-files.ts";
import { PublishedReader } from "./read-published.ts";

const OBJECT = aRevision({ status: { lifecycle: "published", revision: "v1", commit: "1" } });
const { name } = OBJECT.metadata;
const page = (resources: Readonly<Record<string, string>>, pages?: number) => ({
  spec: { resources },
  status: { ...(pages !== undefined && { pages }), filesNotShown: [{ path: "large.yaml", reason: "TooLarge" }] },
});

/** A replica that has no copy of the repository. */
async function read(pages: Readonly<Record<string, object>>, isOwner = false, ready?: "True" | "False") {
  const get = async (_: unknown, { name: wanted }: ObjectKey): Promise<KubeObject> => {
    const found = pages[wanted];
    if (found === undefined) throw new ApiError({ code: 404, reason: "NotFound", message: "not found" });
    return { metadata: { name: wanted }, ...found };
  };
  const registry = { get: () => undefined };
  const reader = new PublishedReader({
    worker: { call: async (call) => readApis(call) },
    log: createLog({ level: "error" }),
    files: new PublishedFiles({ client: { get } as Pick<ResourcesClient, "get">, registry }),
    registry,
    repositories: { get: () => aRepository({}, ready === undefined ? {} : { ready: condition("Ready", ready) }) },
    ownership: { ownsRepository: () => isOwner },
    pauseMs: 0,
  });
  return await reader.read(OBJECT);
}

describe("PublishedReader", () => {
  const shown = {
    [name]: page({ "crd.yaml": definition("dns.io", "Zone", "v1") }, 2),
    [`${name}.page-2`]: page({ "zone.yaml": resource("other.io/v1", "Other") }),
  };

  it("reads all pages in the cluster of a package whose repository another replica has", async () => {
    expect(await read(shown)).toMatchObject({
      kind: "read",
      apis: { offers: [{ kind: "Zone" }], kinds: [{}, { kind: "Other" }], unreadable: ["large.yaml"] },
    });
  });

  it("does not know a package whose files are in Git only, or not all there", async () => {
    expect(await read({})).toEqual({ kind: "unread" });
    expect(await read({ [name]: page({}, 2) })).toEqual({ kind: "unread" });
  });

  it("waits for a Repository that is being read here, and not for one that cannot be", async () => {
    expect(await read(shown, true)).toEqual({ kind: "later" });
    expect(await read(shown, true, "True")).toEqual({ kind: "later" });
    expect(await read(shown, true, "False")).toMatchObject({ kind: "read" });
  });
});
