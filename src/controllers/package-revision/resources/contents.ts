import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { ShownFile } from "../../../core/files/package-file.ts";
import { layOutPages } from "../../../core/files/pages.ts";
import { pageName, pageNumber } from "../../../core/identity/names.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Admit } from "../../../core/ports/package-store.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import { forEachLimited } from "../../shared/for-each.ts";
import { packageContents } from "../../shared/kinds.ts";
import type { RevisionDependencies } from "../dependencies.ts";
import { requiresAttribution } from "../repository-of.ts";
import { type PackageResults, PageCache, problemStatus, resultStatus } from "./page-cache.ts";
import { type Acknowledgement, type PageStatus, PageWriter } from "./page-writer.ts";
import { replacePages } from "./replace-pages.ts";

/** Pages that are written at the same time. */
const CONCURRENCY = 8;

/** Pages that are read before their size is known, and how large each may be, in bytes. */
const FEW_PAGES = 2;
const LARGEST_PAGE = 1024 * 1024;

/** For status updates of pages whose generations are not all known to be in Git. */
export const UNACKNOWLEDGED: Acknowledgement = { acknowledge: false };

/** The contents objects of package revisions. All reads and writes of them go through here. */
export class Contents {
  readonly #client: RevisionDependencies["client"];
  readonly #lister: RevisionDependencies["contents"];
  readonly #cache = new PageCache();
  readonly #writer: PageWriter;
  readonly #requiresAttribution: (owner: PackageRevision) => boolean;
  /** Keys of package revisions that have lost a page since their pages were written. */
  readonly #incomplete = new Set<string>();

  constructor({ client, contents, repositories }: Pick<RevisionDependencies, "client" | "contents" | "repositories">) {
    this.#client = client;
    this.#lister = contents;
    this.#requiresAttribution = (owner) => requiresAttribution({ repositories }, owner);
    this.#writer = new PageWriter(client, this.#cache, this.#requiresAttribution);
  }

  /** True if every page is as this process left it: not edited since, and none reports a refusal. */
  isSettled(owner: PackageRevision, frozen: boolean): boolean {
    if (!this.hasAllPages(owner)) return false;
    const pages = this.#lister.byIndex("owner", keyOf(owner));
    const attributed = this.#requiresAttribution(owner);
    return pages.every(({ metadata }) => this.#cache.isSettled(metadata, frozen, attributed));
  }

  /** True if all pages exist, as far as the cache knows: page 1 is created last, and the numbers have no gap. */
  hasAllPages(owner: PackageRevision): boolean {
    const { name } = owner.metadata;
    const pages = this.#lister.byIndex("owner", keyOf(owner));
    const numbers = pages.map((page) => pageNumber(name, page.metadata.name ?? ""));
    return numbers.includes(1) && Math.max(...numbers) === numbers.length && !this.#incomplete.has(keyOf(owner));
  }

  /** True if any page exists, as far as the cache knows. */
  hasAnyPage(owner: PackageRevision): boolean {
    return this.countPages(owner) > 0;
  }

  /** As far as the cache knows. */
  countPages(owner: PackageRevision): number {
    return this.#lister.byIndex("owner", keyOf(owner)).length;
  }

  /** The pages as the API server has them, in order; none if the first does not exist. */
  async read(owner: PackageRevision, admit?: Admit): Promise<readonly PackageRevisionResources[]> {
    const { namespace, name } = owner.metadata;
    const numbers = this.#lister
      .byIndex("owner", keyOf(owner))
      .map((page) => pageNumber(name, page.metadata.name ?? ""));
    // How large they are is known only when they have been read.
    if (numbers.length > FEW_PAGES) await admit?.(numbers.length * LARGEST_PAGE);
    const first = await this.#get(namespace, name);
    if (first === undefined) return [];
    const count = Math.max(1, first.status?.pages ?? 1, ...numbers);
    const others = Array.from({ length: count - 1 }, (_, index) => this.#get(namespace, pageName(name, index + 2)));
    const found = [first, ...(await Promise.all(others)).flatMap((page) => page ?? [])];
    const pages = await Promise.all(found.map((page) => this.#writer.ensureOwnerReference(owner, page)));
    for (const page of pages) this.#cache.remember(page);
    await admit?.(sizeOf(pages));
    return pages;
  }

  /** The newest commit that the pages show: page 1 has it. Reads the pages unless this process wrote or read them. */
  async shownCommit(owner: PackageRevision, admit?: Admit): Promise<Oid | undefined> {
    const { name } = owner.metadata;
    const first = this.#lister.byIndex("owner", keyOf(owner)).find(({ metadata }) => metadata.name === name);
    if (first === undefined) return undefined;
    return this.#cache.shownCommit(first.metadata.uid) ?? (await this.read(owner, admit))[0]?.status?.commit;
  }

  /** Creates the objects, page 1 last: if it exists, all do. */
  async create(owner: PackageRevision, files: readonly ShownFile[], status: PageStatus): Promise<void> {
    const [first, ...others] = layOutPages(files);
    if (first === undefined) return;
    const count = others.length + 1;
    await forEachLimited(others, CONCURRENCY, (page) => this.#writer.create(owner, page, status, count));
    await this.#writer.create(owner, first, status, count);
    this.#incomplete.delete(keyOf(owner));
  }

  /**
   * Replaces the files that the objects show, page 1 last. Throws `ApiError` Conflict if a page was edited since it was
   * read.
   */
  async replaceFiles(
    owner: PackageRevision,
    pages: readonly PackageRevisionResources[],
    files: readonly ShownFile[],
    status: PageStatus,
  ): Promise<void> {
    await replacePages(this.#writer, owner, pages, files, status, CONCURRENCY);
    this.#incomplete.delete(keyOf(owner));
  }

  /**
   * Writes the status of each page. Page 1 is written last, and speaks for all: another page whose status would change
   * only in its commit is not written, since a big package has many pages and an edit changes one.
   * Returns the pages as they are then: with `frozen`, exactly the contents that cannot change any more.
   */
  async updatePageStatus(
    owner: PackageRevision,
    pages: readonly PackageRevisionResources[],
    status: Partial<PageStatus> & { readonly frozen: boolean; readonly error?: string | undefined },
    options: Acknowledgement = {},
  ): Promise<readonly PackageRevisionResources[]> {
    return await this.#writer.updateStatus(owner, pages, status, options);
  }

  /** Reports the problems in the files in the status of page 1, unless it has them already. */
  async updateFileProblems(owner: PackageRevision, report: FileReport): Promise<void> {
    const wanted = problemStatus(report);
    await this.#updateFirst(owner, wanted, (uid) => this.#cache.hasFileProblems(uid, wanted));
  }

  /** The same for the results of render and validation. */
  async updateResults(owner: PackageRevision, results: PackageResults): Promise<void> {
    const wanted = resultStatus(results);
    await this.#updateFirst(owner, wanted, (uid) => this.#cache.hasResults(uid, wanted), ["changes"]);
  }

  async #updateFirst(
    owner: PackageRevision,
    wanted: object,
    isKnown: (uid: string | undefined) => boolean,
    incidentalInDrafts: readonly string[] = [],
  ): Promise<void> {
    const { namespace, name } = owner.metadata;
    const first = this.#lister.byIndex("owner", keyOf(owner)).find((page) => page.metadata.name === name);
    if (isKnown(first?.metadata.uid)) return;
    const page = await this.#get(namespace, name);
    if (page === undefined) return;
    await this.#writer.patchStatus(page, wanted, page.status?.frozen === false ? incidentalInDrafts : []);
  }

  /** Refuses further edits of the pages that are known to the lister. Reads those that this process has not read. */
  async freeze({ metadata }: PackageRevision): Promise<void> {
    const pages = this.#lister.byIndex("owner", keyOf({ metadata }));
    const open = pages.filter((page) => !this.#cache.isFrozen(page.metadata.uid));
    await forEachLimited(open, CONCURRENCY, async (page) => {
      const { namespace = "", name = "", uid } = page.metadata;
      const present = this.#cache.has(uid) ? undefined : await this.#get(namespace, name);
      if (present !== undefined) this.#cache.remember(present);
      if (present?.status?.frozen === true) return;
      const patch = { kind: "merge", body: { status: { frozen: true } } } as const;
      const frozen = await ignoreNotFound(this.#client.patchStatus(packageContents, { namespace, name }, patch));
      if (frozen !== undefined) this.#cache.remember(frozen);
    });
  }

  /** Deletes the objects, page 1 last: while it exists, the others are looked for. */
  async remove(owner: PackageRevision): Promise<void> {
    const { namespace, name } = owner.metadata;
    const known = this.#lister.byIndex("owner", keyOf(owner)).map((page) => page.metadata.name ?? "");
    const names = [...new Set([...known, name])].sort((a, b) => pageNumber(name, b) - pageNumber(name, a));
    for (const page of names) {
      await ignoreNotFound(this.#client.delete(packageContents, { namespace, name: page }));
    }
  }

  /** Drops all cached knowledge, so that every page is read before its status is written. */
  forgetAll(): void {
    this.#cache.clear();
  }

  /** Drops what is known of the pages of a package revision: another replica may write them. */
  forgetOwner(key: string): void {
    for (const { metadata } of this.#lister.byIndex("owner", key)) this.#cache.forget(metadata.uid ?? "");
  }

  /** Drops a deleted page; `owners`: the keys of the package revisions that have lost it. */
  forget(uid: string, owners: readonly string[]): void {
    this.#cache.forget(uid);
    for (const owner of owners) {
      // Without any page there is nothing incomplete.
      if (this.#lister.byIndex("owner", owner).length === 0) this.#incomplete.delete(owner);
      else this.#incomplete.add(owner);
    }
  }

  async #get(namespace: string, name: string): Promise<PackageRevisionResources | undefined> {
    return await ignoreNotFound(this.#client.get(packageContents, { namespace, name }));
  }
}

/** The characters of their files, roughly. */
function sizeOf(pages: readonly PackageRevisionResources[]): number {
  let size = 0;
  for (const { spec } of pages) {
    for (const files of [spec.resources, spec.binaryResources]) {
      for (const text of Object.values(files ?? {})) size += text.length;
    }
  }
  return size;
}
