import { CST, Lexer } from "yaml";

/**
 * Where a YAML text nests deeper than `limit`, as an offset; undefined: nowhere. The parser and the composer of the library
 * recurse, and what exhausts the stack there may end the process; its lexer does not. Counted high rather than low: a
 * column in block style is two levels, since a list and a mapping may share it.
 */
export function findTooDeep(text: string, limit: number): number | undefined {
  const nesting = new Nesting();
  let offset = 0;
  let scalarNext = false;
  for (const token of new Lexer().lex(text)) {
    if (token === CST.SCALAR) scalarNext = true;
    else if (token !== CST.DOCUMENT && token !== CST.FLOW_END) {
      nesting.add(scalarNext ? "scalar" : CST.tokenType(token), token.length);
      scalarNext = false;
      if (nesting.depth() > limit) return offset;
      offset += token.length;
    }
  }
  return undefined;
}

/** The depth at one token after another. */
class Nesting {
  /** Columns at which block collections that are still open begin. */
  #columns: number[] = [];
  /** For each flow collection that is open: how many `:` and `?` there were in its last item. */
  #flows: number[] = [];
  #indicators = 0;
  #column = 0;
  /** What comes next may begin a collection. */
  #begins = true;

  depth(): number {
    return 2 * this.#columns.length + this.#flows.length + this.#indicators;
  }

  add(type: CST.TokenType | null, length: number): void {
    switch (type) {
      case "newline":
        this.#column = 0;
        this.#begins = true;
        return;
      case "doc-start":
      case "doc-end":
        this.#columns = [];
        this.#flows = [];
        this.#indicators = 0;
        this.#begins = true;
        break;
      case "space":
      case "comment":
      case "anchor":
      case "tag":
        break;
      default:
        if (this.#flows.length === 0 && this.#begins) this.#place();
        this.#begins = type === "seq-item-ind" || type === "explicit-key-ind" || type === "map-value-ind";
        this.#flow(type);
    }
    this.#column += length;
  }

  #place(): void {
    while ((this.#columns.at(-1) ?? -1) > this.#column) this.#columns.pop();
    if ((this.#columns.at(-1) ?? -1) < this.#column) this.#columns.push(this.#column);
  }

  #flow(type: CST.TokenType | null): void {
    const last = this.#flows.length - 1;
    if (type === "flow-map-start" || type === "flow-seq-start") this.#flows.push(0);
    else if (last < 0) return;
    else if (type === "flow-map-end" || type === "flow-seq-end") this.#indicators -= this.#flows.pop() ?? 0;
    else if (type === "comma") {
      this.#indicators -= this.#flows[last] ?? 0;
      this.#flows[last] = 0;
    } else if (type === "map-value-ind" || type === "explicit-key-ind") {
      this.#indicators++;
      this.#flows[last] = (this.#flows[last] ?? 0) + 1;
    }
  }
}
