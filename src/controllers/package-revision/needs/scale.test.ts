import { describe, expect, it, vi } from "vitest";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import { readPackageApis } from "../../../core/dependencies/read-package.ts";
import { definition, resource } from "../../../core/dependencies/testing/revisions.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { expectInProportion } from "../../../event-loop/testing/in-proportion.ts";
import { PackageNeeds } from "./package-needs.ts";

/** Ten times as many are what a namespace may have. */
const PACKAGES = 100;

function apisOf(...texts: readonly string[]): PackageApis {
  return readPackageApis(texts.map((text, index) => [`${index}.yaml`, new TextEncoder().encode(text)] as const));
}

const kindOf = (index: number) => resource(`g${index}.io/v1`, "Kind");
const offering = (index: number) => definition(`g${index}.io`, "Kind", "v1");

function named(name: string, target: string | undefined, revision?: string): PackageRevision {
  const repository = target === undefined ? "catalog" : "deployments";
  const isPublished = revision !== undefined;
  const packageRevID = {
    repository,
    package: name,
    workspace: revision ?? "one",
    ...(target !== undefined && { target }),
  };
  const object = aRevision({
    labels: isPublished ? { [LABEL_LATEST]: "true" } : {},
    spec: { packageRevID, ...(isPublished && { lifecycle: "published" }) },
    ...(isPublished && { status: { lifecycle: "published", revision, commit: "1" } }),
  });
  const place = [target ?? "catalog", name, revision ?? "draft"].join(".");
  return { ...object, metadata: { ...object.metadata, name: place } };
}

/** Published packages with what they offer and need. */
class Namespace {
  readonly published: PackageRevision[] = [];
  readonly changed = new Set<string>();
  readonly #apis = new Map<string, PackageApis>();
  readonly needs = new PackageNeeds({
    revisions: { list: () => this.published },
    channel: { emit: ({ revision }) => void this.changed.add(revision) },
    reader: { read: async ({ metadata }) => ({ kind: "read", apis: this.#apis.get(metadata.name) ?? apisOf() }) },
  });

  add(object: PackageRevision, apis: PackageApis): PackageRevision {
    this.#apis.set(object.metadata.name, apis);
    this.published.push(object);
    return object;
  }

  /** Reads everything for a first draft. */
  async read(): Promise<void> {
    expect(await this.needs.resolve(named("first", "other"), apisOf(kindOf(0)))).toBeUndefined();
    await this.toldTo(1);
  }

  async toldTo(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.changed.size).toBe(count), { timeout: 60_000, interval: 5 });
    this.changed.clear();
  }
}

describe("many packages", { timeout: 180_000 }, () => {
  it("that one draft needs are found in turns, at a cost in proportion", async () => {
    await expectInProportion(PACKAGES, async (count, measure) => {
      const namespace = new Namespace();
      for (let at = 0; at < count; at++) namespace.add(named(`p${at}`, undefined, "v1"), apisOf(offering(at)));
      await measure("read", () => namespace.read());
      const apis = apisOf(...Array.from({ length: count }, (_, at) => kindOf(at)));
      const draft = named("shop", "edge1");
      await measure("resolve", async () => {
        expect((await namespace.needs.resolve(draft, apis))?.status).toMatchObject({ missingCount: count });
      });
      const next = namespace.add(named("p1", undefined, "v2"), apisOf(offering(1)));
      await measure("resolve after a change", async () => {
        namespace.needs.revisionChanged(next, undefined);
        await namespace.toldTo(1);
      });
    });
  });

  it("of one target that need one each are looked at in turns", async () => {
    await expectInProportion(PACKAGES, async (count, measure) => {
      const namespace = new Namespace();
      for (let at = 0; at < count; at++) {
        namespace.add(named(`p${at}`, undefined, "v1"), apisOf(offering(at)));
        namespace.add(named(`e${at}`, "edge1", "v1"), apisOf(kindOf(at)));
      }
      await namespace.read();
      await measure("resolve", async () => {
        const resolved = await namespace.needs.resolve(named("shop", "edge1"), apisOf(kindOf(0)));
        expect(resolved?.status).toMatchObject({ missingCount: 1 });
      });
    });
  });

  it("that need a revision are told of the next one in turns", async () => {
    await expectInProportion(PACKAGES, async (count, measure) => {
      const namespace = new Namespace();
      namespace.add(named("p0", undefined, "v1"), apisOf(offering(0)));
      await namespace.read();
      const apis = apisOf(kindOf(0));
      const drafts = Array.from({ length: count }, (_, at) => named("shop", `t${at}`));
      await measure("resolve", async () => {
        await Promise.all(drafts.map((one) => namespace.needs.resolve(one, apis)));
      });
      const next = namespace.add(named("p0", undefined, "v2"), apisOf(offering(0)));
      await measure("tell", async () => {
        namespace.needs.revisionChanged(next, undefined);
        await namespace.toldTo(count);
      });
    });
  });

  it("with a thousand revisions cost in proportion", async () => {
    await expectInProportion(PACKAGES, async (count, measure) => {
      const namespace = new Namespace();
      for (let at = 1; at <= count; at++) {
        const apis = apisOf(definition("g0.io", "Kind", `v${at}`));
        namespace.add(named("p0", undefined, `v${at}`), apis);
      }
      await measure("read", () => namespace.read());
      const wanted = Array.from({ length: 20 }, (_, at) => resource(`g0.io/v${at}x`, "Kind"));
      await measure("resolve", () => namespace.needs.resolve(named("shop", "edge1"), apisOf(...wanted)));
    });
  });
});
