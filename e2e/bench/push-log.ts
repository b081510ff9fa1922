import { type FSWatcher, watch } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitRepositories } from "../harness/git-repositories.ts";
import { clock } from "./measure.ts";

interface Wait {
  readonly ref: string;
  readonly before: string | undefined;
  readonly resolve: (at: number) => void;
}

/**
 * Reports when refs of a bare repository move. Its post-receive hook writes each ref to a file, which adds a
 * millisecond or two to every push, and a file watch notices.
 */
export class PushLog {
  readonly #file: string;
  readonly #watcher: FSWatcher;
  readonly #refs = new Map<string, { readonly oid: string; readonly at: number }>();
  readonly #waits = new Set<Wait>();
  #read = 0;
  #rest = "";
  #pushes = 0;
  #reading: Promise<void> = Promise.resolve();

  private constructor(file: string) {
    this.#file = file;
    this.#watcher = watch(file, () => {
      this.#reading = this.#reading.then(() => this.#readNew());
    });
  }

  static async start(repositories: GitRepositories, name: string): Promise<PushLog> {
    const file = join(repositories.path(name), "pushes.log");
    await writeFile(file, "");
    const postReceive = `{ echo push; while read -r old new ref; do echo "$new $ref"; done; } >> '${file}'\n`;
    await repositories.setHooks(name, { postReceive });
    return new PushLog(file);
  }

  /** Number of pushes so far. */
  get pushes(): number {
    return this.#pushes;
  }

  /** Id of the last push to a ref; undefined if it was not pushed since the start. */
  oid(ref: string): string | undefined {
    return this.#refs.get(ref)?.oid;
  }

  /** Time on `clock` of the push of an id other than `before` to a ref; waits for it. */
  async waitFor(ref: string, before: string | undefined): Promise<number> {
    const last = this.#refs.get(ref);
    if (last !== undefined && last.oid !== before) return last.at;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waits.add({ ref, before, resolve });
    return await promise;
  }

  close(): void {
    this.#watcher.close();
  }

  async #readNew(): Promise<void> {
    const at = clock();
    const file = await open(this.#file);
    try {
      const { size } = await file.stat();
      if (size === this.#read) return;
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - this.#read), position: this.#read });
      this.#read += bytesRead;
      const lines = `${this.#rest}${buffer.toString("utf8", 0, bytesRead)}`.split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#handle(line, at);
    } finally {
      await file.close();
    }
  }

  #handle(line: string, at: number): void {
    if (line === "push") {
      this.#pushes += 1;
      return;
    }
    const [oid = "", ref = ""] = line.split(" ");
    this.#refs.set(ref, { oid, at });
    for (const wait of this.#waits) {
      if (wait.ref !== ref || wait.before === oid) continue;
      this.#waits.delete(wait);
      wait.resolve(at);
    }
  }
}
