import { CST } from "yaml";
import type { OffsetProblem } from "../text-position.ts";

/** Lexemes of the library that are no part of the text. */
const MARKERS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** After these, a mapping may begin on the same line: white space is indentation. */
const BEFORE_INDENTATION: ReadonlySet<string | null> = new Set(["newline", "seq-item-ind", "explicit-key-ind"]);

/** A line at the beginning of a block scalar that is indented by a tab: it decides how far the others must be. */
const TAB_FIRST = /^(?: *\r?\n)* *\t/;

/**
 * Finds what YAML 1.2 allows and the parser of Kubernetes, which follows YAML 1.1 more closely, refuses: it gets the
 * text lexeme by lexeme.
 */
export class TokenRules {
  readonly found: OffsetProblem[] = [];
  #offset = 0;
  #flowLevel = 0;
  #before: string | null = "newline";
  #isScalar = false;
  /** Of the block scalar that comes next. */
  #header: string | undefined;

  next(lexeme: string): void {
    const type = this.#isScalar ? "scalar" : CST.tokenType(lexeme);
    if (MARKERS.has(lexeme) && !this.#isScalar) {
      this.#isScalar = lexeme === CST.SCALAR;
      if (lexeme === CST.FLOW_END) this.#flowLevel = 0;
      return;
    }
    if (this.#isScalar) this.#checkScalar(lexeme);
    else if (type === "space" && lexeme.includes("\t")) this.#checkTab(lexeme);
    if (type === "flow-map-start" || type === "flow-seq-start") this.#flowLevel++;
    if (type === "flow-map-end" || type === "flow-seq-end") this.#flowLevel = Math.max(this.#flowLevel - 1, 0);
    if (type === "block-scalar-header") this.#header = lexeme;
    if (this.#isScalar) this.#header = undefined;
    this.#isScalar = false;
    this.#before = type;
    this.#offset += lexeme.length;
  }

  #checkTab(space: string): void {
    if (this.#flowLevel > 0 || !BEFORE_INDENTATION.has(this.#before)) return;
    this.#report(this.#offset + space.indexOf("\t"), "Tabs are not allowed as indentation");
  }

  #checkScalar(source: string): void {
    if (this.#header !== undefined) {
      const tab = /\d/.test(this.#header) ? undefined : TAB_FIRST.exec(source)?.[0];
      if (tab !== undefined) this.#report(this.#offset + tab.length - 1, "Tabs are not allowed as indentation");
      return;
    }
    if (this.#flowLevel === 0) return;
    const at = source.startsWith(":") ? 0 : source.indexOf("?");
    if (at !== -1) this.#report(this.#offset + at, "A value in brackets that has ? or begins with : must be quoted");
  }

  #report(offset: number, message: string): void {
    this.found.push({ offset, message });
  }
}
