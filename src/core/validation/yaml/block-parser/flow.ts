import { type CST, Parser } from "yaml";
import { lexemesOf } from "../lexer.ts";
import { TokenRules } from "../token-rules.ts";
import { notPlain } from "./not-plain.ts";
import { isLead } from "./token-tree.ts";

/**
 * Reads a collection in brackets, which begins here and ends on its line, with the library; with its line break.
 * @param indent of the tokens on this line
 */
export function readFlowLine(text: string, at: number, indent: number, maxDepth: number): CST.FlowCollection {
  const lineEnd = text.indexOf("\n", at);
  const line = text.slice(at, lineEnd === -1 ? text.length : lineEnd + 1);
  const parser = new Parser();
  Object.assign(parser, { offset: at, indent, atNewLine: false });
  const rules = new TokenRules();
  for (const lexeme of lexemesOf(line)) {
    rules.next(lexeme);
    for (const _ of parser.next(lexeme)) notPlain();
    if (parser.stack.length > maxDepth || rules.found.length > 0) notPlain();
  }
  const [document, open] = parser.stack;
  const value = open ?? (document?.type === "document" ? document.value : undefined);
  if (value?.type !== "flow-collection" || parser.stack.length > 2) notPlain();
  // What is open lacks its end, and what has another value after it is an error.
  if (value.end.length === 0 || value.end.some((one, at) => at > 0 && !isLead(one))) notPlain();
  for (const _ of parser.end()) break;
  return { ...value, indent };
}
