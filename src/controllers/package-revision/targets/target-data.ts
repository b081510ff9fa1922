import { isBelow } from "../../../core/identity/location.ts";
import { OwnerIndex } from "../../../core/identity/owner-index.ts";
import type { PublishedFile } from "../../../core/processing/outside-objects.ts";
import { filesFor, lookupKey } from "../../../core/processing/published-files.ts";
import type { DataRequest } from "../../../core/render/kform/given.ts";
import { changedFiles } from "../../../core/validation/target/folder.ts";
import { typeOf } from "../../../core/validation/target/inventory.ts";
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

/** Of all files that may have the objects that one package needs. */
const MAX_FILES = 500;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Finds the objects that packages take from other packages of their targets, as these are published. A target is
 * followed while a package has asked for something of it.
 */
export class TargetData {
  readonly #targets: PublishedTargets;
  readonly #onChanged: TargetDataOptions["onChanged"];
  /** What packages have asked for, by target and object. */
  readonly #asked = new OwnerIndex();

  constructor({ onChanged, ...options }: TargetDataOptions) {
    this.#onChanged = onChanged;
    this.#targets = new PublishedTargets({
      ...options,
      changes: changedFiles,
      onChanged: ({ target, isFirst, touched }) => {
        if (!isFirst) this.#report(target, touched);
      },
    });
  }

  /** The files of other packages that may have the objects. From now on their changes are reported. */
  async find(of: PackageOfTarget, requests: readonly DataRequest[]): Promise<FoundFiles> {
    const { key, path, nested } = of;
    const target = this.#targets.use(key, of.target);
    const lookups = requests.flatMap((request) => lookupKey(request) ?? []);
    this.#asked.set(
      key,
      lookups.map((one) => within(target, one)),
    );
    await target.current;
    const isOwn = (file: string) => isBelow(file, path) && !nested.some((one) => isBelow(file, one));
    const paths = filesFor(requests, target.inventory).filter((file) => !isOwn(file));
    const files: PublishedFile[] = [];
    let size = 0;
    for (const file of paths.slice(0, MAX_FILES)) {
      const bytes = await readFile(target, file);
      if (bytes === undefined) continue;
      size += bytes.length;
      if (size > MAX_BYTES) return { files, isTooMuch: true };
      files.push({ path: file, source: `${target.path}/${file}`, bytes });
    }
    return { files, isTooMuch: paths.length > MAX_FILES };
  }

  /** The package asks for nothing any more. */
  forget(key: string): void {
    this.#asked.set(key, []);
    this.#targets.release(key);
  }

  /** The branch of published packages may have moved. */
  repositoryChanged(repository: string): void {
    this.#targets.repositoryChanged(repository);
  }

  #report(target: Target, touched: ReadonlySet<string>): void {
    const changed = new Set([...touched].flatMap((id) => [id, typeOf(id)]));
    const affected = new Set([...changed].flatMap((one) => [...this.#asked.ownersOf(within(target, one))]));
    for (const key of affected) this.#onChanged(key);
  }
}

function within({ repository, path }: Pick<TargetFolder, "repository" | "path">, lookup: string): string {
  return `${repository}/${path}\0${lookup}`;
}

async function readFile({ store, folder }: Target, path: string): Promise<Uint8Array | undefined> {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  let at = folder;
  for (const part of parts) at = at?.folders.get(part);
  const oid = at?.files.get(name);
  return oid === undefined ? undefined : await store.readBlob(oid);
}
