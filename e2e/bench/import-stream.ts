import type { Files } from "./package.ts";

const PERSON = "External User <external@example.com>";

/** The shortest input of one `git fast-import` for the work; objects have marks. */
export class ImportStream {
  readonly #parts: string[] = [];
  #marks = 0;
  #seconds: number;

  /** `seconds`: time of the commits, Unix time. */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  get marks(): number {
    return this.#marks;
  }

  /**
   * Adds a commit on `ref` with files in a folder. Its parent is `from`, by default the stream's previous commit on
   * `ref`.
   */
  addCommit(
    ref: string,
    options: { readonly from?: string; readonly message: string; readonly folder: string; readonly files: Files },
  ): number {
    const mark = ++this.#marks;
    const { from, message, folder, files } = options;
    this.#parts.push(`commit ${ref}\nmark :${mark}\ncommitter ${this.#person()}\n${data(message)}`);
    if (from !== undefined) this.#parts.push(`from ${from}\n`);
    for (const [path, text] of Object.entries(files))
      this.#parts.push(`M 100644 inline ${folder}/${path}\n${data(text)}`);
    this.#parts.push("\n");
    return mark;
  }

  /** An annotated tag; `name` without refs/tags/. */
  addTag(name: string, target: string, message: string): number {
    const mark = ++this.#marks;
    this.#parts.push(`tag ${name}\nmark :${mark}\nfrom ${target}\ntagger ${this.#person()}\n${data(message)}`);
    return mark;
  }

  /** The whole input. With it, fast-import prints the ids of all marks in their order. */
  finish(): string {
    const marks = Array.from({ length: this.#marks }, (_, at) => `get-mark :${at + 1}\n`);
    return `${this.#parts.join("")}${marks.join("")}`;
  }

  #person(): string {
    return `${PERSON} ${this.#seconds} +0000`;
  }
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
