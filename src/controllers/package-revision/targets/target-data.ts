import { isBelow } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { OwnerIndex } from "../../../core/identity/owner-index.ts";
import type { FoundDefinitions, PublishedFile } from "../../../core/processing/outside-objects.ts";
import { filesFor, lookupKey, MAX_BYTES, MAX_FILES } from "../../../core/processing/published-files.ts";
import type { DataRequest } from "../../../core/render/kform/given.ts";
import { changedFiles } from "../../../core/validation/target/folder.ts";
import { type TargetInventory, typeOf } from "../../../core/validation/target/inventory.ts";
import {
  type DefinitionFile,
  definedGroup,
  definitionFiles,
  type Precedence,
  precedenceOf,
} from "./definition-files.ts";
import { PublishedTargets, type PublishedTargetsOptions, type Target, type TargetFolder } from "./published-targets.ts";

/** A draft or proposal, in its target. Paths are from the target's folder. */
export interface PackageOfTarget {
  /** `namespace/name` of its package revision. */
  readonly key: string;
  readonly target: TargetFolder;
  readonly path: string;
  /** The published packages below it, which are others. */
  readonly nested: readonly string[];
}

export interface TargetDataOptions extends Pick<PublishedTargetsOptions, "files" | "log"> {
  /** The objects that a package revision has asked for may be others now. */
  readonly onChanged: (key: string) => void;
}

export interface FoundFiles {
  readonly files: readonly PublishedFile[];
  /** There are more files that may have the objects than are read. */
  readonly isTooMuch: boolean;
}

/**
 * Finds what packages need of other packages of their targets, as these are published: objects for data blocks, and the
 * definitions of their kinds. A target is followed while a package has asked for something of it.
 */
export class TargetData {
  readonly #targets: PublishedTargets;
  readonly #onChanged: TargetDataOptions["onChanged"];
  /** What packages have asked for, by target and object. */
  readonly #asked = new OwnerIndex();
  /** Which API groups packages have kinds of, by target. */
  readonly #compared = new OwnerIndex();
  /** Which definitions count where several files have one, by target. */
  readonly #precedence = new WeakMap<TargetInventory, Precedence>();

  constructor({ onChanged, ...options }: TargetDataOptions) {
    this.#onChanged = onChanged;
    this.#targets = new PublishedTargets({
      ...options,
      changes: changedFiles,
      onChanged: ({ target, isFirst, touched }) => {
        const decided = this.#decideAnew(target);
        if (!isFirst) this.#report(target, [...touched, ...decided]);
      },
    });
  }

  /** The files of other packages that may have the objects. From now on their changes are reported. */
  async find(of: PackageOfTarget, requests: readonly DataRequest[]): Promise<FoundFiles> {
    const lookups = requests.flatMap((request) => lookupKey(request) ?? []);
    const target = await this.#follow(this.#asked, of, lookups);
    const paths = filesFor(requests, target.inventory).filter(isOfOthers(of));
    return await readFiles(
      target,
      paths.map((path) => ({ path })),
    );
  }

  /**
   * The files of other packages that define kinds of these API groups, those that were published last first. From now
   * on their changes are reported.
   */
  async findDefinitions(of: PackageOfTarget, groups: readonly string[]): Promise<FoundDefinitions> {
    const target = await this.#follow(this.#compared, of, groups.map(definitionsOf));
    const isOther = isOfOthers(of);
    return await readFiles(
      target,
      definitionFiles(target, groups).filter(({ path }) => isOther(path)),
    );
  }

  /** The package asks for nothing any more. */
  forget(key: string): void {
    for (const index of [this.#asked, this.#compared]) index.set(key, []);
    this.#targets.release(key);
  }

  /** The branch of published packages may have moved. */
  repositoryChanged(repository: string): void {
    this.#targets.repositoryChanged(repository);
  }

  /** Remembers what a package revision looks up, in the place of what it looked up before. */
  async #follow(
    index: OwnerIndex,
    { key, target: folder }: PackageOfTarget,
    lookups: readonly string[],
  ): Promise<Target> {
    const target = this.#targets.use(key, folder);
    index.set(
      key,
      lookups.map((one) => within(target, one)),
    );
    await target.current;
    return target;
  }

  #report(target: Target, touched: readonly string[]): void {
    const changed = new Set(touched.flatMap((id) => [id, typeOf(id), ...definedLookup(id)]));
    const affected = [...changed].flatMap((one) => {
      const lookup = within(target, one);
      return [...this.#asked.ownersOf(lookup), ...this.#compared.ownersOf(lookup)];
    });
    for (const key of new Set(affected)) this.#onChanged(key);
  }

  /** The definitions of which another file counts than before: a publication may leave all files as they were. */
  #decideAnew(target: Target): readonly string[] {
    const { inventory } = target;
    const before = this.#precedence.get(inventory);
    const now = precedenceOf(target);
    this.#precedence.set(inventory, now);
    return [...now].flatMap(([id, order]) => (before?.get(id) === order ? [] : [id]));
  }
}

/** True for files that are not the package's own. */
function isOfOthers({ path, nested }: PackageOfTarget): (file: string) => boolean {
  return (file) => !isBelow(file, path) || nested.some((one) => isBelow(file, one));
}

/** As far as they may be read. */
async function readFiles(
  target: Target,
  found: readonly Pick<DefinitionFile, "path" | "publishedAt">[],
): Promise<FoundFiles> {
  const files: PublishedFile[] = [];
  let size = 0;
  for (const { path, publishedAt } of found.slice(0, MAX_FILES)) {
    const oid = blobAt(target, path);
    const bytes = oid === undefined ? undefined : await target.store.readBlob(oid);
    if (oid === undefined || bytes === undefined) continue;
    size += bytes.length;
    if (size > MAX_BYTES) return { files, isTooMuch: true };
    const source = `${target.path}/${path}`;
    files.push({ path, source, cacheKey: oid, bytes, ...(publishedAt !== undefined && { publishedAt }) });
  }
  return { files, isTooMuch: found.length > MAX_FILES };
}

function definitionsOf(group: string): string {
  return `definitions of ${group}`;
}

function definedLookup(id: string): readonly string[] {
  const group = definedGroup(id);
  return group === undefined ? [] : [definitionsOf(group)];
}

function within({ repository, path }: Pick<TargetFolder, "repository" | "path">, lookup: string): string {
  return `${repository}/${path}\0${lookup}`;
}

function blobAt({ folder }: Target, path: string): Oid | undefined {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  let at = folder;
  for (const part of parts) at = at?.folders.get(part);
  return at?.files.get(name);
}
