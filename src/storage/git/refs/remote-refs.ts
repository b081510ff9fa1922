import type { Oid } from "../../../core/identity/oid.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";
import { NAME_RESEMBLES_SECRET, WITHHELD_NAME } from "../error-text.ts";
import { GitError } from "../errors.ts";
import { type GitLimits, LIMIT_SETTINGS } from "../exec/limits.ts";
import { containsSecret } from "../secret-likeness.ts";
import { LineReader } from "./line-reader.ts";
import { parentNamesOf, type RefusedRef, refNameProblem } from "./ref-table.ts";

/** The refs that a remote lists. */
export interface RemoteRefs {
  /** Branches and tags: full name → object id, tags not peeled. */
  readonly refs: ReadonlyMap<string, Oid>;
  /** Refs whose names no repository can hold, either at all or beside one of `refs`. */
  readonly unusable: readonly RefusedRef[];
}

export type RefLimits = Pick<GitLimits, "refs" | "refsBytes">;

export interface RemoteRefsOptions {
  readonly limits: RefLimits;
  readonly secrets?: readonly string[];
  /** Names that were used before are not looked at again: a remote has thousands, and few are new. */
  readonly isKnown?: (name: string) => boolean;
}

/** The error for a remote with more branches and tags than are read. */
export function tooManyRefs({ refs, refsBytes }: RefLimits): GitError {
  const inMiB = `${Math.round(refsBytes / 1024 / 102.4) / 10} MiB`;
  return new GitError(
    "TooManyRefs",
    `the remote lists more branches and tags than are read: at most ${refs} (${LIMIT_SETTINGS.refs}) in a list of at ` +
      `most ${inMiB} (${LIMIT_SETTINGS.refsBytes})`,
  );
}

/**
 * Parses the output of `git ls-remote` as it comes. The names are untrusted: git prints whatever the remote sends. A
 * name with one of the secrets is used nowhere, since it would be that of a branch, an object and its messages.
 */
export class RemoteRefsReader {
  readonly #options: RemoteRefsOptions;
  readonly #lines = new LineReader();
  readonly #refs = new Map<string, Oid>();
  readonly #unusable: RefusedRef[] = [];
  #bytes = 0;

  constructor(options: RemoteRefsOptions) {
    this.#options = options;
  }

  /** Throws `GitError` `TooManyRefs`. */
  read(chunk: Buffer): void {
    const { limits, secrets = [], isKnown = () => false } = this.#options;
    this.#bytes += chunk.length;
    if (this.#bytes > limits.refsBytes) throw tooManyRefs(limits);
    const lines = this.#lines.read(chunk);
    // Most remotes have none: one look at all names of a piece.
    const added = lines.map(nameIn).filter((name) => !isKnown(name));
    const isSuspect = containsSecret(added.join("\n"), secrets);
    for (const line of lines) {
      const name = nameIn(line);
      if (!/^refs\/(?:heads|tags)\//.test(name) || name.endsWith("^{}")) continue;
      this.#add(name, line.slice(0, line.indexOf("\t")), isSuspect && !isKnown(name) && containsSecret(name, secrets));
    }
    if (this.#refs.size + this.#unusable.length > limits.refs) throw tooManyRefs(limits);
  }

  /** Call once, when all output was read. */
  async finish(): Promise<RemoteRefs> {
    const conflicting: string[] = [];
    await forEachInTurns(this.#refs.keys(), (name) => {
      if (parentNamesOf(name).some((parent) => this.#refs.has(parent))) conflicting.push(name);
    });
    // Of two names that exclude each other the shorter one is kept.
    await forEachInTurns(
      conflicting.sort((a, b) => a.length - b.length),
      (name) => {
        const other = parentNamesOf(name).find((parent) => this.#refs.has(parent));
        const oid = this.#refs.get(name);
        if (other === undefined || oid === undefined) return;
        this.#refs.delete(name);
        this.#refuse(name, oid, `cannot be beside ${other}`);
      },
    );
    return { refs: this.#refs, unusable: this.#unusable };
  }

  #add(name: string, oid: Oid, hasSecret: boolean): void {
    if (hasSecret) {
      const kind = name.startsWith("refs/tags/") ? "tags" : "heads";
      // Numbered, since refs are known by their names.
      this.#refuse(`refs/${kind}/${WITHHELD_NAME} ${this.#unusable.length + 1}`, oid, NAME_RESEMBLES_SECRET);
      return;
    }
    const problem = refNameProblem(name);
    if (problem === undefined) this.#refs.set(name, oid);
    else this.#refuse(name, oid, problem);
  }

  #refuse(ref: string, oid: Oid, problem: string): void {
    this.#unusable.push({ ref, oid, reason: "UnusableName", message: `the name ${problem}` });
  }
}

function nameIn(line: string): string {
  return line.slice(line.indexOf("\t") + 1);
}
