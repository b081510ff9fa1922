import { describe, expect, it } from "vitest";
import type { PackageDependenciesStatus } from "../../src/api/v1alpha1/package-dependencies.ts";
import { definition, resource } from "../../src/core/dependencies/testing/revisions.ts";
import { checkDependencies } from "./dependencies.ts";
import { observationOf, sample } from "./sample.ts";

const missing: PackageDependenciesStatus = {
  error: "cannot find api reference: group: dns.io, kind: Zone",
  errors: [
    {
      ref: { apiVersion: "dns.io/v1", kind: "Zone" },
      reason: "cannot find api reference: group: dns.io, kind: Zone",
      files: ["zone.yaml"],
    },
  ],
  errorCount: 1,
};

/** The violations where a draft with a Zone is said to need this, and the published revision has these files. */
function violationsOf(dependencies: object, published: Readonly<Record<string, string>> | "in Git only") {
  const parts = sample();
  const { cluster } = observationOf(parts);
  const { next } = parts;
  const before = cluster.revisions.find(({ status }) => status?.revision !== undefined);
  const packageRevID = { repository: "catalog", package: "dns", workspace: "one" };
  const draft = { ...next, status: { observedGeneration: 1, ...next.status, lifecycle: "draft", dependencies } };
  const page = (name: string, resources: Readonly<Record<string, string>>) => ({
    ...cluster.contents[0],
    metadata: { ...cluster.contents[0]?.metadata, namespace: next.metadata.namespace, name, generation: 1 },
    spec: { resources },
    status: { observedGeneration: 1 },
  });
  const own = page(next.metadata.name, { "zone.yaml": resource("dns.io/v1", "Zone") });
  const contents = [own, ...(published === "in Git only" ? [] : [page(before?.metadata.name ?? "", published)])];
  return checkDependencies({ revisions: [draft, { ...before, spec: { packageRevID } }], contents } as never).map(
    ({ message }) => message,
  );
}

describe("checkDependencies", () => {
  it("accepts what the files show", () => {
    expect(violationsOf(missing, { "a.txt": "1\n" })).toEqual([]);
  });

  it("reports what they do not show", () => {
    const [message] = violationsOf(missing, { "crd.yaml": definition("dns.io", "Zone", "v1") });
    expect(message).toContain('is said to need {"error":"cannot find api reference');
    expect(message).toContain(', and the files show {"');
  });

  it("says nothing where files are in Git only", () => {
    expect(violationsOf({}, "in Git only")).toEqual([]);
  });
});
