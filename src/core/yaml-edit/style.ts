import type { CST } from "yaml";

/** How a document is written: what is new in it follows that. */
export interface Style {
  readonly lineBreak: "\n" | "\r\n";
  /** Columns for each level of mappings. */
  readonly indent: number;
  /** True if the items of a list are indented more than the key that they belong to. */
  readonly isListIndented: boolean;
}

const DEFAULT_INDENT = 2;
const MAX_INDENT = 8;

/** The style of a document, from the first list and mapping in it; kpt's where it has none. */
export function styleOf(text: string, root: CST.Token | null | undefined): Style {
  const found = new StyleSearch();
  found.visit(root);
  const firstBreak = text.indexOf("\n");
  return {
    lineBreak: firstBreak > 0 && text[firstBreak - 1] === "\r" ? "\r\n" : "\n",
    indent: found.indent ?? DEFAULT_INDENT,
    isListIndented: found.isListIndented ?? false,
  };
}

class StyleSearch {
  indent: number | undefined;
  isListIndented: boolean | undefined;

  visit(token: CST.Token | null | undefined): void {
    if (this.indent !== undefined && this.isListIndented !== undefined) return;
    if (token?.type !== "block-map" && token?.type !== "block-seq") return;
    for (const { value } of token.items) {
      if (token.type === "block-map") this.#compare(token.indent, value);
      this.visit(value);
    }
  }

  #compare(indent: number, value: CST.Token | undefined): void {
    if (value?.type === "block-seq") this.isListIndented ??= value.indent > indent;
    if (value?.type === "block-map" && value.indent > indent) {
      this.indent ??= Math.min(value.indent - indent, MAX_INDENT);
    }
  }
}
