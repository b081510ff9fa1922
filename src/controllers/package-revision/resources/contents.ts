import type { OwnerReference } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { PKG_GROUP } from "../../../api/v1alpha1/package-revision.ts";
import {
  type FileNotShown,
  type PackageRevisionResources,
  type PackageRevisionResourcesStatus,
  packageRevisionResourcesKind,
} from "../../../api/v1alpha1/package-revision-resources.ts";
import { firstThatFit } from "../../../core/files/first-that-fit.ts";
import type { ShownFile } from "../../../core/files/package-file.ts";
import { type ContentsPage, layOutPages, pageSpec } from "../../../core/files/pages.ts";
import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { pageName, pageNumber } from "../../../core/identity/names.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { ignoreNotFound, isAlreadyExists } from "../../../kube/client/errors.ts";
import { forEachLimited } from "../../shared/for-each.ts";
import { packageContents } from "../../shared/kinds.ts";
import type { PackageRevisionContext } from "../context.ts";
import { PageCache, problemStatus } from "./page-cache.ts";

const AT_ONCE = 8;

/** For a note of pages of which not every generation is known to be in Git. */
export const UNACKNOWLEDGED = { acknowledge: false } as const;

/** What the objects are to say of themselves. */
export interface PageStatus {
  readonly frozen: boolean;
  readonly commit: string;
  readonly hidden: readonly FileNotShown[];
  /** Absent: what the objects say of their files stays. */
  readonly report?: FileReport | undefined;
}

/** The contents objects of package revisions: written and read only here. */
export class Contents {
  readonly #operator: PackageRevisionContext;
  readonly #known = new PageCache();
  /** Package revisions, by key, of which a page has gone since they were written. */
  readonly #torn = new Set<string>();

  constructor(operator: PackageRevisionContext) {
    this.#operator = operator;
  }

  /** True if every page is as this process left it: nothing was edited since, and none says that something was refused. */
  isSettled(owner: PackageRevision, frozen: boolean): boolean {
    if (!this.hasAllPages(owner)) return false;
    const pages = this.#operator.contents.byIndex("owner", keyOf(owner));
    return pages.every(({ metadata }) => this.#known.isSettled(metadata, frozen));
  }

  /** True if all pages are there, as far as the store knows: page 1 is made last, and their numbers have no gap. */
  hasAllPages(owner: PackageRevision): boolean {
    const { name } = owner.metadata;
    const pages = this.#operator.contents.byIndex("owner", keyOf(owner));
    const numbers = pages.map((page) => pageNumber(name, page.metadata.name ?? ""));
    return numbers.includes(1) && Math.max(...numbers) === numbers.length && !this.#torn.has(keyOf(owner));
  }

  /** True if any page is there, as far as the store knows. */
  hasAnyPage(owner: PackageRevision): boolean {
    return this.#operator.contents.byIndex("owner", keyOf(owner)).length > 0;
  }

  /** The pages as the API server has them, sorted; none if the first is not there. */
  async read(owner: PackageRevision): Promise<readonly PackageRevisionResources[]> {
    const { namespace, name } = owner.metadata;
    const first = await this.#get(namespace, name);
    if (first === undefined) return [];
    const seen = this.#operator.contents
      .byIndex("owner", keyOf(owner))
      .map((page) => pageNumber(name, page.metadata.name ?? ""));
    const count = Math.max(1, first.status?.pages ?? 1, ...seen);
    const others = Array.from({ length: count - 1 }, (_, index) => this.#get(namespace, pageName(name, index + 2)));
    const found = [first, ...(await Promise.all(others)).flatMap((page) => page ?? [])];
    const pages = await Promise.all(found.map((page) => this.#ensureOwned(owner, page)));
    for (const page of pages) this.#known.remember(page);
    return pages;
  }

  /** A replace may have left the owner reference out. */
  async #ensureOwned(owner: PackageRevision, page: PackageRevisionResources): Promise<PackageRevisionResources> {
    const { namespace, name, ownerReferences = [], resourceVersion } = page.metadata;
    if (ownerReferences.some((one) => one.uid === owner.metadata.uid)) return page;
    const others = ownerReferences.map((one) => ({ ...one, controller: false }));
    const body = { metadata: { resourceVersion, ownerReferences: [...others, referenceTo(owner)] } };
    return await this.#operator.client.patch(packageContents, { namespace, name }, { kind: "merge", body });
  }

  /** Makes the objects, page 1 last, so that its being there means that all are. */
  async create(owner: PackageRevision, files: readonly ShownFile[], updatePageStatus: PageStatus): Promise<void> {
    const [first, ...others] = layOutPages(files);
    if (first === undefined) return;
    const pages = others.length + 1;
    await forEachLimited(
      others,
      AT_ONCE,
      async (page) => void (await this.#createPage(owner, page, updatePageStatus, pages)),
    );
    await this.#createPage(owner, first, updatePageStatus, pages);
    this.#torn.delete(keyOf(owner));
  }

  /** Makes the objects show other files, page 1 last (see `note`); a page that was edited meanwhile is `ApiError` Conflict. */
  async replaceFiles(
    owner: PackageRevision,
    pages: readonly PackageRevisionResources[],
    files: readonly ShownFile[],
    note: PageStatus,
  ): Promise<void> {
    const name = owner.metadata.name;
    const wanted = new Set(files.map((file) => file.path));
    const placed = new Map<string, number>();
    for (const page of pages) {
      const number = pageNumber(name, page.metadata.name);
      for (const path of Object.keys({ ...page.spec.resources, ...page.spec.binaryResources }))
        if (wanted.has(path)) placed.set(path, number);
    }
    const layout = layOutPages(files, placed);
    const count = Math.max(layout.length, pages.length);
    const write = async (page: ContentsPage) => {
      const object = pages.find((one) => pageNumber(name, one.metadata.name) === page.number);
      if (object === undefined) return void (await this.#createPage(owner, page, note, count));
      const spec = pageSpec(page);
      const same = canonicalJson(object.spec) === canonicalJson(spec);
      const now = same ? object : await this.#operator.client.update(packageContents, { ...object, spec });
      await this.note(owner, [now], note, { count });
    };
    const [first, ...others] = layout;
    await forEachLimited(others, AT_ONCE, write);
    if (first !== undefined) await write(first);
    this.#torn.delete(keyOf(owner));
  }

  /**
   * Says in each page's status what it shows, and whether it is frozen; acknowledges the generation that is given, unless that is not
   * known to be in Git. Page 1 says it for all of them, last: another page of which there is nothing else to say keeps the commit that
   * it says it shows, since a big package has many, and an edit changes one.
   * Returns the pages as they are then: with `frozen`, exactly what no one can change any more.
   */
  async note(
    owner: PackageRevision,
    pages: readonly PackageRevisionResources[],
    note: Partial<PageStatus> & { readonly frozen: boolean; readonly error?: string | undefined },
    { count = countPages(pages), acknowledge = true }: { readonly count?: number; readonly acknowledge?: boolean } = {},
  ): Promise<readonly PackageRevisionResources[]> {
    const write = async (page: PackageRevisionResources) => {
      const isFirst = page.metadata.name === owner.metadata.name;
      const status = {
        ...(acknowledge && { observedGeneration: page.metadata.generation }),
        frozen: note.frozen,
        ...(note.commit !== undefined && { commit: note.commit }),
        pages: count,
        ...(isFirst && note.hidden !== undefined && hiddenStatus(note.hidden)),
        ...(isFirst && note.report !== undefined && problemStatus(note.report)),
        ...("error" in note && { error: note.error?.slice(0, 4096) }),
      };
      return await this.#patchStatus(page, status, isFirst ? [] : ["commit"]);
    };
    const [first, ...others] = pages;
    if (first?.metadata.name !== owner.metadata.name) return await Promise.all(pages.map(write));
    const written = await Promise.all(others.map(write));
    return [await write(first), ...written];
  }

  /** Says on page 1 what is wrong with the files, if it does not say so yet. */
  async updateFileProblems(owner: PackageRevision, report: FileReport): Promise<void> {
    const { namespace, name } = owner.metadata;
    const first = this.#operator.contents.byIndex("owner", keyOf(owner)).find((page) => page.metadata.name === name);
    const wanted = problemStatus(report);
    if (this.#known.hasFileProblems(first?.metadata.uid, wanted)) return;
    const page = await this.#get(namespace, name);
    if (page !== undefined) await this.#patchStatus(page, wanted);
  }

  /** Deletes the objects. */
  async remove(owner: PackageRevision): Promise<void> {
    const { namespace, name } = owner.metadata;
    const seen = this.#operator.contents.byIndex("owner", keyOf(owner)).map((page) => page.metadata.name ?? "");
    // Page 1 last again: while it is there, the others are looked for.
    for (const page of [...new Set([...seen, name])].sort((a, b) => pageNumber(name, b) - pageNumber(name, a))) {
      await ignoreNotFound(this.#operator.client.delete(packageContents, { namespace, name: page }));
    }
  }

  async #createPage(owner: PackageRevision, page: ContentsPage, note: PageStatus, count: number): Promise<void> {
    const { namespace, name, uid = "" } = owner.metadata;
    const object: PackageRevisionResources = {
      apiVersion: `${PKG_GROUP}/${packageRevisionResourcesKind.version}`,
      kind: packageRevisionResourcesKind.kind,
      metadata: {
        name: pageName(name, page.number),
        namespace,
        ownerReferences: [referenceTo(owner)],
      },
      spec: pageSpec(page),
    };
    const created = await this.#createOrReplace(object, uid);
    // Frozen is what a new object is: a status that says nothing more is not worth a write.
    const saysMore = note.hidden.length > 0 || (note.report?.count ?? 0) > 0;
    if (note.frozen && count === 1 && !saysMore) this.#known.remember(created);
    else await this.note(owner, [created], note, { count });
  }

  async #createOrReplace(object: PackageRevisionResources, owner: string): Promise<PackageRevisionResources> {
    const { namespace, name } = object.metadata;
    try {
      return await this.#operator.client.create(packageContents, object);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const present = await this.#operator.client.get(packageContents, { namespace, name });
    const ours = present.metadata.ownerReferences?.some((one) => one.uid === owner) ?? false;
    if (ours && canonicalJson(present.spec) === canonicalJson(object.spec)) return present;
    // Left by an owner of the same name that is gone, or cut off half-way: never edited by anyone, since it is frozen.
    const uid = present.metadata.uid ?? "";
    await ignoreNotFound(
      this.#operator.client.delete(packageContents, { namespace, name }, { preconditions: { uid } }),
    );
    return await this.#operator.client.create(packageContents, object);
  }

  async #get(namespace: string, name: string): Promise<PackageRevisionResources | undefined> {
    return await ignoreNotFound(this.#operator.client.get(packageContents, { namespace, name }));
  }

  /** `beside`: fields that alone are not worth a write. */
  async #patchStatus(
    page: PackageRevisionResources,
    wanted: object,
    beside: readonly string[] = [],
  ): Promise<PackageRevisionResources> {
    const { namespace, name } = page.metadata;
    const before = (page.status ?? {}) as PackageRevisionResourcesStatus & Record<string, unknown>;
    const changed = Object.entries(wanted).filter(
      ([key, value]) => canonicalJson(before[key] ?? null) !== canonicalJson(value ?? null),
    );
    const body = { status: Object.fromEntries(changed.map(([key, value]) => [key, value ?? null])) };
    const now = changed.every(([key]) => beside.includes(key))
      ? page
      : await this.#operator.client.patchStatus(packageContents, { namespace, name }, { kind: "merge", body });
    this.#known.remember(now);
    return now;
  }

  /** Forgets what it knows of all pages, so that each is read before anything is said of it. */
  forgetAll(): void {
    this.#known.clear();
  }

  /** Forgets a page that is gone; `owners`: the keys of the package revisions that it is missing in now. */
  forget(uid: string, owners: readonly string[]): void {
    this.#known.forget(uid);
    for (const owner of owners) {
      // Without any page there is nothing that lacks one.
      if (this.#operator.contents.byIndex("owner", owner).length === 0) this.#torn.delete(owner);
      else this.#torn.add(owner);
    }
  }
}

/** How many pages there are, or were before somebody took one away: what is not known to be missing counts as emptied. */
function countPages(pages: readonly PackageRevisionResources[]): number {
  return Math.max(pages.length, pages[0]?.status?.pages ?? 1);
}

function referenceTo({ apiVersion, kind, metadata: { name, uid = "" } }: PackageRevision): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function hiddenStatus(hidden: readonly FileNotShown[]): Partial<Record<keyof PackageRevisionResourcesStatus, unknown>> {
  const some = hidden.length > 0;
  return {
    filesNotShownCount: some ? hidden.length : undefined,
    filesNotShown: some ? firstThatFit(hidden) : undefined,
  };
}

function keyOf(owner: PackageRevision): string {
  return `${owner.metadata.namespace}/${owner.metadata.name}`;
}
