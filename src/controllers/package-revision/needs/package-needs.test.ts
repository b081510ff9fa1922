import { describe, expect, it, vi } from "vitest";
import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import { readPackageApis } from "../../../core/dependencies/read-package.ts";
import { definition, resource } from "../../../core/dependencies/testing/revisions.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { PackageNeeds } from "./package-needs.ts";
import type { PublishedReading } from "./published-packages.ts";

const CERTIFICATES = definition("cert-manager.io", "Certificate", "v1");

function apisOf(...texts: readonly string[]): PackageApis {
  return readPackageApis(texts.map((text, index) => [`${index}.yaml`, new TextEncoder().encode(text)] as const));
}

const NEEDS_CERTIFICATE = apisOf(resource("cert-manager.io/v1", "Certificate"));

function named(name: string, object: PackageRevision): PackageRevision {
  return { ...object, metadata: { ...object.metadata, name } };
}

/** Published revisions whose files are known when `finish` says so. */
class Harness {
  readonly objects = new Map<string, PackageRevision>();
  readonly files = new Map<string, readonly string[]>();
  readonly read: string[] = [];
  readonly enqueued: string[] = [];
  reading: PublishedReading["kind"] = "read";
  readonly needs = new PackageNeeds({
    revisions: { list: () => [...this.objects.values()] },
    channel: { emit: ({ revision }) => void this.enqueued.push(revision) },
    reader: {
      read: async (object): Promise<PublishedReading> => {
        this.read.push(`${object.metadata.name} ${object.status?.commit}`);
        if (this.reading !== "read") return { kind: this.reading };
        return { kind: "read", apis: apisOf(...(this.files.get(object.metadata.name) ?? [])) };
      },
    },
  });
  readonly draft = aRevision({
    spec: { packageRevID: { target: "edge1", repository: "deployments", package: "shop", workspace: "one" } },
  });

  publish(
    name: string,
    files: readonly string[],
    { target, revision = "v1", commit = "1" }: { target?: string; revision?: string; commit?: string } = {},
  ): void {
    const repository = target === undefined ? "catalog" : "deployments";
    const id = { repository, package: name, workspace: revision, ...(target !== undefined && { target }) };
    const labels = { [LABEL_LATEST]: "true" };
    const status = { lifecycle: "published", revision, commit } as const;
    const spec = { packageRevID: id, lifecycle: "published" } as const;
    this.files.set(`${name}-${revision}`, files);
    this.set(named(`${name}-${revision}`, aRevision({ labels, spec, status })));
  }

  set(object: PackageRevision): void {
    const previous = this.objects.get(object.metadata.name);
    this.objects.set(object.metadata.name, object);
    this.needs.revisionChanged(object, previous);
  }

  /** The draft's dependencies, as status has them. */
  async ask(apis: PackageApis = NEEDS_CERTIFICATE) {
    const resolved = await this.needs.resolve(this.draft, apis);
    return resolved === undefined ? "unknown" : resolved.status;
  }

  async enqueuedOnce(): Promise<void> {
    await vi.waitFor(() => expect(this.enqueued).toEqual([keyOf(this.draft)]));
    this.enqueued.length = 0;
  }
}

describe("PackageNeeds", () => {
  it("reads no package for a draft that needs Kubernetes and itself alone", async () => {
    const harness = new Harness();
    harness.publish("cert-manager", [CERTIFICATES]);
    const own = apisOf(CERTIFICATES, resource("cert-manager.io/v1", "Certificate"), resource("v1", "ConfigMap"));
    expect(await harness.ask(own)).toMatchObject({ dependencyCount: 2 });
    expect(harness.read).toEqual([]);
  });

  it("reads the published packages once, and tells the draft that asked", async () => {
    const harness = new Harness();
    harness.publish("cert-manager", [CERTIFICATES]);
    harness.publish("other", []);
    expect(await harness.ask()).toBe("unknown");
    await harness.enqueuedOnce();
    expect(await harness.ask()).toMatchObject({ missing: ["catalog/cert-manager@v1"] });
    expect(await harness.ask()).toMatchObject({ missing: ["catalog/cert-manager@v1"] });
    expect(harness.read).toEqual(["cert-manager-v1 1", "other-v1 1"]);
  });

  it("tells a draft that its answer is another one, and no draft whose answer stays", async () => {
    const harness = new Harness();
    expect(await harness.ask()).toMatchObject({ errorCount: 1 });
    harness.publish("unrelated", [definition("dns.io", "Zone", "v1")]);
    await vi.waitFor(() => expect(harness.read).toHaveLength(1));
    harness.publish("cert-manager", [CERTIFICATES]);
    await harness.enqueuedOnce();
    expect(await harness.ask()).toMatchObject({ missing: ["catalog/cert-manager@v1"] });
    harness.publish("certs", [CERTIFICATES], { target: "edge1" });
    await harness.enqueuedOnce();
    expect(await harness.ask()).toMatchObject({ dependencies: [{ packageDependencies: [{ target: "edge1" }] }] });
    const gone = harness.objects.get("certs-v1");
    harness.needs.revisionChanged(undefined, gone);
    await harness.enqueuedOnce();
  });

  it("reads a moved tag again, and of a target's earlier revisions nothing", async () => {
    const harness = new Harness();
    harness.publish("cert-manager", []);
    const earlier = named(
      "certs-v1",
      aRevision({
        spec: { packageRevID: { target: "edge1", repository: "deployments", package: "certs", workspace: "v1" } },
        status: { lifecycle: "published", revision: "v1", commit: "1" },
      }),
    );
    harness.set(earlier);
    await harness.ask();
    await harness.enqueuedOnce();
    expect(await harness.ask()).toMatchObject({ errorCount: 1 });
    harness.publish("cert-manager", [CERTIFICATES], { commit: "2" });
    await harness.enqueuedOnce();
    expect(harness.read).toEqual(["cert-manager-v1 1", "cert-manager-v1 2"]);
    harness.set({ ...earlier, metadata: { ...earlier.metadata, labels: { [LABEL_LATEST]: "true" } } });
    await vi.waitFor(() => expect(harness.read.at(-1)).toBe("certs-v1 1"));
  });

  it("says nothing before Repositories that are being read have been read", async () => {
    const harness = new Harness();
    harness.reading = "later";
    harness.publish("cert-manager", [CERTIFICATES]);
    expect(await harness.ask()).toBe("unknown");
    await vi.waitFor(() => expect(harness.read).toHaveLength(1));
    expect(await harness.ask()).toBe("unknown");
    harness.reading = "read";
    harness.needs.repositoryChanged("default/catalog");
    await harness.enqueuedOnce();
    expect(await harness.ask()).toMatchObject({ missingCount: 1 });
  });

  it("goes on without a package that cannot be read, and says which", async () => {
    const harness = new Harness();
    harness.reading = "unread";
    harness.publish("certs", [], { target: "edge1" });
    await harness.ask();
    await harness.enqueuedOnce();
    expect(await harness.ask()).toMatchObject({ errorCount: 1 });
    harness.reading = "read";
    harness.files.set("certs-v1", [CERTIFICATES]);
    harness.needs.repositoryChanged("default/deployments");
    await harness.enqueuedOnce();
    expect(await harness.ask()).not.toHaveProperty("errorCount");
  });

  it("tells nothing to a draft that is gone", async () => {
    const harness = new Harness();
    await harness.ask();
    harness.needs.forget(keyOf(harness.draft));
    harness.publish("cert-manager", [CERTIFICATES]);
    await vi.waitFor(() => expect(harness.read).toHaveLength(1));
    expect(harness.enqueued).toEqual([]);
  });
});
