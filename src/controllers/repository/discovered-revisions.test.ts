import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { FINALIZER, LABEL_LATEST } from "../../api/v1alpha1/well-known.ts";
import type { Discovered } from "../../core/repository/package-index.ts";
import { draftBranch, publishedRef, trailersOf } from "../../core/testing/discovered.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { ApiError } from "../../kube/client/errors.ts";
import { createMissing } from "./discovered-revisions.ts";

const LAYOUT = { directory: "", deployment: false };
const V1 = publishedRef("dns", "v1");
const V2 = publishedRef("dns", "v2");
const DRAFT = draftBranch("dns", "one", {
  trailers: trailersOf("dns", "one", { metadata: { labels: { tier: "gold" } } }),
});
const NAMES = { v1: "catalog.blue.dns.v1", v2: "catalog.blue.dns.v2", draft: "catalog.blue.dns.one" };

function apiError(code: number, reason: string): ApiError {
  return new ApiError({ code, reason, message: reason });
}

/** What Git has, by object name; `objects`: what the cluster has; `refuse`: throws for a request that is refused. */
function start(
  git: Readonly<Record<string, Discovered>>,
  objects: readonly PackageRevision[] = [],
  refuse: (object: PackageRevision) => void = () => {},
) {
  const created: PackageRevision[] = [];
  const client = {
    create: async <T>(_: unknown, object: T): Promise<T> => {
      refuse(object as PackageRevision);
      created.push(object as PackageRevision);
      return object;
    },
  };
  const revisions = {
    get: (key: string) => objects.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key),
    byIndex: (_: "repository", key: string) => (key === "default/blue" ? objects : []),
  };
  const store = { layout: LAYOUT, names: () => Object.keys(git), find: (name: string) => git[name], latest: () => V2 };
  const stopping = new AbortController();
  const run = async () => await createMissing({ client, revisions }, { key: "default/blue", store }, stopping.signal);
  return { created, run, stop: () => stopping.abort(new Error("stopped")) };
}

function objectCalled(name: string, more: Parameters<typeof aRevision>[0] = {}): PackageRevision {
  const revision = aRevision(more);
  return { ...revision, metadata: { ...revision.metadata, name } };
}

describe("createMissing", () => {
  it("creates the objects that the cluster lacks, each with the finalizer", async () => {
    const git = { [NAMES.v1]: V1, [NAMES.v2]: V2, [NAMES.draft]: DRAFT };
    const { created, run } = start(git, [objectCalled(NAMES.v1)]);
    await run();
    expect(created.map(({ metadata }) => [metadata.namespace, metadata.name, metadata.finalizers])).toEqual([
      ["default", NAMES.v2, [FINALIZER]],
      ["default", NAMES.draft, [FINALIZER]],
    ]);
  });

  it("labels the latest revision, and no other", async () => {
    const { created, run } = start({ [NAMES.v1]: V1, [NAMES.v2]: V2, [NAMES.draft]: DRAFT });
    await run();
    const labelled = created.filter(({ metadata }) => metadata.labels?.[LABEL_LATEST] === "true");
    expect(labelled.map(({ metadata }) => metadata.name)).toEqual([NAMES.v2]);
  });

  it("creates no second object for a tag that is shown under the name of its workspace", async () => {
    const shown = objectCalled(NAMES.draft, { status: { lifecycle: "published", revision: "v1" } });
    const { created, run } = start({ [NAMES.v1]: V1, [NAMES.v2]: V2 }, [shown]);
    await run();
    expect(created.map(({ metadata }) => metadata.name)).toEqual([NAMES.v2]);
  });

  it("creates the object of a tag while a proposal only waits to be published as it", async () => {
    const waiting = objectCalled(NAMES.draft, { status: { lifecycle: "proposed", revision: "v1" } });
    const { created, run } = start({ [NAMES.v1]: V1 }, [waiting]);
    await run();
    expect(created.map(({ metadata }) => metadata.name)).toEqual([NAMES.v1]);
  });

  it("takes an object that exists by now for created", async () => {
    const { run } = start({ [NAMES.v1]: V1 }, [], () => {
      throw apiError(409, "AlreadyExists");
    });
    await expect(run()).resolves.toBeUndefined();
  });

  it("leaves recorded metadata out if the API server rejects it", async () => {
    const refuseLabels = ({ metadata }: PackageRevision) => {
      if (metadata.labels?.tier !== undefined) throw apiError(422, "Invalid");
    };
    const { created, run } = start({ [NAMES.draft]: DRAFT }, [], refuseLabels);
    await run();
    expect(created.map(({ metadata }) => metadata.labels)).toEqual([{}]);
  });

  it.each([
    ["nothing is recorded that could be left out", V1, apiError(422, "Invalid")],
    ["the request is refused for another reason", DRAFT, apiError(403, "Forbidden")],
  ])("fails without another attempt if %s", async (_, found, error) => {
    let attempts = 0;
    const { run } = start({ [NAMES.v1]: found }, [], () => {
      attempts += 1;
      throw error;
    });
    await expect(run()).rejects.toBe(error);
    expect(attempts).toBe(1);
  });

  it("creates nothing after the reconcile was aborted", async () => {
    const { created, run, stop } = start({ [NAMES.v1]: V1 });
    stop();
    await expect(run()).rejects.toThrow("stopped");
    expect(created).toEqual([]);
  });
});
