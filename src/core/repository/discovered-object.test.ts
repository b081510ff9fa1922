import { describe, expect, it } from "vitest";
import type { RecordedMetadata } from "../revision/recorded-metadata.ts";
import { draftBranch, publishedRef, trailersOf } from "../testing/discovered.ts";
import { objectFor } from "./discovered-object.ts";
import type { Discovered } from "./package-index.ts";

const at = (name: string) => {
  const workspace = name.slice(name.lastIndexOf(".") + 1);
  return { name, workspace, namespace: "default", repository: "blue", finalizer: "example.com/git" };
};
const make = (found: Discovered, name: string, facts: { latest?: boolean; bare?: boolean } = {}) =>
  objectFor(found, at(name), { latest: false, bare: false, prefixes: [], ...facts });
/** Metadata as a pusher may write it, unchecked. */
const hostile = (text: string) => JSON.parse(text) as RecordedMetadata;

/** Nobody has changed the object of a draft. */
const UNCHANGED = { "pkg.pkgserver.dev/changed-by": "" };

describe("objectFor", () => {
  it("of an external tag is named by its revision", () => {
    expect(make(publishedRef("net/dns", "v1"), "catalog.blue.net.dns.v1", { latest: true })).toEqual({
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevision",
      metadata: {
        name: "catalog.blue.net.dns.v1",
        namespace: "default",
        finalizers: ["example.com/git"],
        labels: { "pkg.pkgserver.dev/latest": "true" },
      },
      spec: {
        packageRevID: {
          target: "catalog",
          repository: "blue",
          realm: "net",
          package: "dns",
          revision: "v1",
          workspace: "v1",
        },
        lifecycle: "published",
      },
    });
  });

  it("of a revision that the operator published has the workspace that it is given", () => {
    const { spec } = make(publishedRef("dns", "v1", { workspace: "one" }), "catalog.blue.dns.one");
    expect(spec.packageRevID).toMatchObject({ revision: "v1", workspace: "one" });
  });

  it.each([
    ["a draft", draftBranch("dns", "one"), "draft"],
    ["a recorded draft", draftBranch("dns", "one", { trailers: trailersOf("dns", "one") }), "draft"],
    [
      "a proposal",
      draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { lifecycle: "proposed" }) }),
      "proposed",
    ],
    [
      "what claims to be published",
      draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { lifecycle: "published" }) }),
      "draft",
    ],
  ])("of %s has its lifecycle", (_, draft, lifecycle) => {
    const { spec, metadata } = make(draft, "catalog.blue.dns.one");
    expect(metadata.annotations).toEqual(UNCHANGED);
    expect(spec).toStrictEqual({
      packageRevID: { target: "catalog", repository: "blue", package: "dns", workspace: "one" },
      lifecycle,
    });
  });

  it("of a draft in a deployment repository has its target and realm", () => {
    const location = { target: "edge", realm: "net", package: "dns" };
    const { spec } = make({ ...draftBranch("dns", "one"), location }, "edge.blue.net.dns.one");
    const packageRevID = { target: "edge", repository: "blue", realm: "net", package: "dns", workspace: "one" };
    expect(spec).toStrictEqual({ packageRevID, lifecycle: "draft" });
  });

  const restore = (metadata: RecordedMetadata, bare = false) => {
    const trailers = trailersOf("dns", "one", { lifecycle: "proposed", metadata });
    return make(draftBranch("dns", "one", { trailers }), "catalog.blue.dns.one", { bare });
  };

  it("restores the users' metadata, unless the API server rejects it", () => {
    const metadata: RecordedMetadata = {
      spec: { updatePolicy: "strict", tasks: [{ type: "init" }] },
      labels: { team: "net" },
      annotations: { note: "x" },
    };
    const { metadata: kept, spec } = restore(metadata);
    expect([kept.labels, kept.annotations]).toEqual([{ team: "net" }, { note: "x", ...UNCHANGED }]);
    expect(spec).toMatchObject({ updatePolicy: "strict", tasks: [{ type: "init" }], lifecycle: "proposed" });
    const bare = restore(metadata, true);
    expect([bare.metadata.labels, bare.metadata.annotations]).toEqual([{}, UNCHANGED]);
    expect(Object.keys(bare.spec)).toEqual(["packageRevID", "lifecycle"]);
  });

  it("restores the annotations of a revision as they were recorded", () => {
    const metadata: RecordedMetadata = { annotations: { note: "x" } };
    const trailers = trailersOf("dns", "one", { lifecycle: "published", metadata });
    const revision = make({ ...publishedRef("dns", "v1"), trailers }, "catalog.blue.dns.one");
    expect(revision.metadata.annotations).toEqual({ note: "x" });
  });

  it("never takes an approval, an ID, a lifecycle or keys of the operator from trailers", () => {
    const { metadata, spec } = restore(
      hostile(`{
        "spec": {
          "approval": {"digest": "d", "by": "eve"}, "lifecycle": "published",
          "packageRevID": {"repository": "red", "package": "x", "workspace": "y"}
        },
        "labels": {"pkg.pkgserver.dev/latest": "true"},
        "annotations": {"pkg.pkgserver.dev/confirm-base": "v1", "pkg.pkgserver.dev/proposed-by": "eve"}
      }`),
    );
    expect(spec).toEqual({
      packageRevID: { target: "catalog", repository: "blue", package: "dns", workspace: "one" },
      lifecycle: "proposed",
    });
    expect([metadata.labels, metadata.annotations]).toEqual([{}, UNCHANGED]);
  });

  it.each(['{"spec":{"updatePolicy":"nonsense"}}', '{"spec":{"tasks":7}}', '{"spec":{"readinessGates":[{}]}}'])(
    "does without a spec that is none: %s",
    (text) => {
      expect(Object.keys(restore(hostile(text)).spec)).toEqual(["packageRevID", "lifecycle"]);
    },
  );
});
