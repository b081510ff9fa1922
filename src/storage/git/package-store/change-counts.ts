import { countChanges, type FileCounts } from "../../../core/files/file-counts.ts";
import { sha256Hex } from "../../../core/identity/hash.ts";
import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { PackageReader } from "./mirror-reader.ts";

/** Comparisons that are remembered. */
const MAX_COMPARISONS = 1_000;

/** A package's folder, and the packages below that are no part of it. */
export interface PackageTree {
  readonly path: string;
  readonly tree: Oid;
  readonly nested: readonly string[];
}

/**
 * How many files differ between two states of a package. Reads the trees alone, once for all packages that were made
 * from one: a later revision of a blueprint concerns each of them.
 */
export class ChangeCounts {
  readonly #reader: PackageReader;
  readonly #counts = new Map<string, Promise<FileCounts>>();

  constructor(reader: PackageReader) {
    this.#reader = reader;
  }

  /** Throws `GitError`, see `ObjectReader.files`. */
  async between(before: PackageTree, after: PackageTree): Promise<FileCounts> {
    const key = sha256Hex([before, after].flatMap(({ path, tree, nested }) => [path, tree, ...nested, ""]).join("\0"));
    const known = this.#counts.get(key);
    if (known !== undefined) return await known;
    const [oldest] = this.#counts.keys();
    if (this.#counts.size >= MAX_COMPARISONS && oldest !== undefined) this.#counts.delete(oldest);
    const counts = this.#count(before, after);
    this.#counts.set(key, counts);
    try {
      return await counts;
    } catch (error) {
      // Not remembered: objects that are missing may be fetched again.
      this.#counts.delete(key);
      throw error;
    }
  }

  async #count(before: PackageTree, after: PackageTree): Promise<FileCounts> {
    const [old, next] = await Promise.all([before, after].map(async (one) => await this.#list(one)));
    return countChanges(old ?? new Map(), next ?? new Map());
  }

  async #list({ path, tree, nested }: PackageTree): Promise<ReadonlyMap<string, string>> {
    const files = await this.#reader.files(tree, { except: relativeTo(path, nested) });
    return new Map(files.map((file) => [file.path, `${file.mode} ${file.oid}`] as const));
  }
}
