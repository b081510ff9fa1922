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
/** The type of their ids. */
const DEFINITION = "CustomResourceDefinition.apiextensions.k8s.io";

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
    const lookups = requests.flatMap((request) => lookupKey(request) ?? []);
    const target = await this.#follow(this.#asked, of, lookups);
    return await readFiles(target, of, filesFor(requests, target.inventory));
  }

  /** The files of other packages that define kinds of these API groups. From now on their changes are reported. */
  async findDefinitions(of: PackageOfTarget, groups: readonly string[]): Promise<FoundFiles> {
    const target = await this.#follow(this.#compared, of, groups.map(definitionsOf));
    const wanted = new Set(groups);
    const isDefined = (id: string) => wanted.has(definedGroup(id) ?? "");
    const paths = [...target.inventory.filesOfType(DEFINITION)].sort();
    return await readFiles(
      target,
      of,
      paths.filter((path) => target.inventory.idsOf(path).some(isDefined)),
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

  #report(target: Target, touched: ReadonlySet<string>): void {
    const changed = new Set([...touched].flatMap((id) => [id, typeOf(id), ...definedLookup(id)]));
    const affected = [...changed].flatMap((one) => {
      const lookup = within(target, one);
      return [...this.#asked.ownersOf(lookup), ...this.#compared.ownersOf(lookup)];
    });
    for (const key of new Set(affected)) this.#onChanged(key);
  }
}

/** As far as they may be read. Those of the package itself are left out. */
async function readFiles(target: Target, of: PackageOfTarget, found: readonly string[]): Promise<FoundFiles> {
  const { path, nested } = of;
  const isOwn = (file: string) => isBelow(file, path) && !nested.some((one) => isBelow(file, one));
  const paths = found.filter((file) => !isOwn(file));
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

/** The API group of the kind that a CustomResourceDefinition with this id defines; undefined for another object. */
function definedGroup(id: string): string | undefined {
  const dot = id.indexOf(".", DEFINITION.length + 1);
  return typeOf(id) === DEFINITION && dot !== -1 ? id.slice(dot + 1) : undefined;
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

async function readFile({ store, folder }: Target, path: string): Promise<Uint8Array | undefined> {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  let at = folder;
  for (const part of parts) at = at?.folders.get(part);
  const oid = at?.files.get(name);
  return oid === undefined ? undefined : await store.readBlob(oid);
}
