import { asPartialMetadata, type KubeObject, type Resource } from "../../src/api/meta.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import {
  packageContents,
  packageRevisions,
  packageVariantSets,
  packageVariants,
} from "../../src/controllers/shared/kinds.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import { readWatch } from "../../src/kube/informer/watch.ts";
import type { FloorDrafts } from "./floor-drafts.ts";
import { FloorObjects } from "./floor-objects.ts";
import { CATALOG, DEPLOYMENTS, EDITED_FILE, objectNameOf, packageFiles, placement } from "./package.ts";
import type { System } from "./system.ts";

const SILENCE_MS = 600_000;
/** Requests at the same time. */
const CONCURRENCY = 32;
const UPSTREAM = { repository: CATALOG, package: "fleet-app" };

export interface FloorFleetOptions {
  readonly system: System;
  readonly namespace: string;
  readonly drafts: FloorDrafts;
  readonly main: () => Promise<string>;
}

/**
 * What any operator must do for a set, and nothing else: it watches what it manages; for each target the variant, one
 * branch with the commit of the files and that of their render, the objects of the draft with the result, and one
 * status of each; for a draft that another one follows, the end of its objects and of its branch. One push for all
 * branches. It reads nothing else, and renders nothing: all targets have the same files.
 */
export class FloorFleet {
  readonly #system: System;
  readonly #namespace: string;
  readonly #drafts: FloorDrafts;
  readonly #objects: FloorObjects;
  readonly #main: () => Promise<string>;
  readonly #closing = new AbortController();

  constructor({ system, namespace, drafts, main }: FloorFleetOptions) {
    this.#system = system;
    this.#namespace = namespace;
    this.#drafts = drafts;
    this.#objects = new FloorObjects(system.clients.operator, namespace);
    this.#main = main;
  }

  /**
   * The watches that the measured namespace has: those of the operator, and the two of the benchmark, with what they
   * cost the API server and whoever reads them.
   */
  async watch(): Promise<void> {
    const { operator, admin } = this.#system.clients;
    const watches: readonly (readonly [KubeClient, Resource<KubeObject>])[] = [
      [operator, packageRevisions],
      [operator, asPartialMetadata(packageContents)],
      [operator, packageVariants],
      [operator, packageVariantSets],
      [admin, packageRevisions],
      [admin, packageContents],
    ];
    const options = { namespace: this.#namespace, timeoutSeconds: 36_000, signal: this.#closing.signal };
    for (const [client, resource] of watches) {
      const body = await client.watch(resource, options);
      void readWatch(body, SILENCE_MS, () => {}).catch(() => {});
    }
  }

  close(): void {
    this.#closing.abort();
  }

  async create(names: readonly string[]): Promise<void> {
    const { operator } = this.#system.clients;
    const apiVersion = "config.pkg.pkgserver.dev/v1alpha1";
    await forEachLimited(names, CONCURRENCY, async (name) => {
      const spec = {
        upstream: UPSTREAM,
        downstream: { target: name, repository: DEPLOYMENTS, package: "fleet-app" },
      };
      const metadata = { namespace: this.#namespace, name };
      await operator.create(packageVariants, { apiVersion, kind: "PackageVariant", metadata, spec });
    });
  }

  /** Another input of the variants. */
  async change(names: readonly string[]): Promise<void> {
    const { operator } = this.#system.clients;
    const inputs = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" }, data: { changed: "yes" } }];
    await forEachLimited(names, CONCURRENCY, async (name) => {
      const body = { spec: { packageContext: { inputs } } };
      await operator.patch(packageVariants, { namespace: this.#namespace, name }, { kind: "merge", body });
    });
  }

  /** The drafts of variants, with rendered files. */
  async begin(names: readonly string[], variants: readonly string[]): Promise<void> {
    const main = await this.#main();
    const files = packageFiles("fleet-app", 1);
    const rendered = { ...files, [EDITED_FILE]: placement("fleet-app", 1) };
    const objects = new Map<string, PackageRevision>();
    await forEachLimited(names, CONCURRENCY, async (name) => {
      objects.set(name, await this.#objects.createDraft(name, "first"));
    });
    const push = await this.#drafts.commitTwice(names, main, files, { [EDITED_FILE]: rendered[EDITED_FILE] });
    await forEachLimited(names, CONCURRENCY, async (name) => {
      const at = names.indexOf(name);
      const object = objects.get(name);
      if (object === undefined) throw new Error(`${name} was not created`);
      const commit = push[at] ?? "";
      const contents = await this.#objects.createContents(object, rendered);
      const draft = { object, contents, files: rendered, commit };
      draft.contents = await this.#objects.writeContentsStatus(contents, { commit, frozen: false });
      draft.object = await this.#objects.writeDraftStatus(draft);
      this.#drafts.add(name, draft);
      await this.#writeVariant(variants[at] ?? name, { draft: name });
    });
  }

  /** What a variant says of a publication. */
  async reportPublished(names: readonly string[]): Promise<void> {
    await forEachLimited(names, CONCURRENCY, async (name) => await this.#writeVariant(name, { published: name }));
  }

  /** What published packages say of a newer upstream. */
  async reportUpgrade(names: readonly string[]): Promise<void> {
    await forEachLimited(names, CONCURRENCY, async (name) => {
      const key = { namespace: this.#namespace, name: objectNameOf(name) };
      const body = { status: { upgrade: "v2", upgradeChanges: "1 file changed" } };
      await this.#system.clients.operator.patchStatus(packageRevisions, key, { kind: "merge", body });
    });
  }

  /** Ends drafts: nobody edits them from now on, their branches go in one push and stay as tags, then their objects. */
  async end(names: readonly string[]): Promise<void> {
    const { operator } = this.#system.clients;
    const keyOf = (name: string) => ({ namespace: this.#namespace, name: objectNameOf(name) });
    await forEachLimited(names, CONCURRENCY, async (name) => {
      await operator.delete(packageRevisions, keyOf(name));
      await this.#objects.writeContentsStatus(this.#drafts.get(name).contents, { frozen: true });
    });
    await this.#drafts.remove(names);
    await forEachLimited(names, CONCURRENCY, async (name) => {
      await operator.delete(packageContents, keyOf(name));
      await operator.patch(packageRevisions, keyOf(name), { kind: "merge", body: { metadata: { finalizers: [] } } });
    });
  }

  async #writeVariant(name: string, status: object): Promise<void> {
    const condition = { type: "Ready", status: "True", reason: "DraftReady", message: `${name} is there: propose it` };
    const conditions = [{ ...condition, observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" }];
    const body = { status: { ...status, upstreamRevision: "v1", observedGeneration: 1, conditions } };
    const key = { namespace: this.#namespace, name };
    await this.#system.clients.operator.patchStatus(packageVariants, key, { kind: "merge", body });
  }
}
