import { isCollection, isNode, isScalar, type Node, parseDocument, visit } from "yaml";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";

/** The value of a side, as the list has it. Undefined if it is no JSON. */
export function readJsonValue(text: string): Node | undefined {
  const { contents, errors } = parseDocument(text, { schema: "json", version: "1.2" });
  return errors.length > 0 || contents === null ? undefined : forAnotherFile(contents);
}

/** A value that a user gives, read as Kubernetes reads YAML; or why it is none. */
export function readYamlValue(text: string): { readonly node: Node } | { readonly problem: string } {
  const read = readYamlFile(text);
  if ("problems" in read) return { problem: read.problems[0]?.message ?? "it cannot be read" };
  const [first, second] = read.documents;
  const node: unknown = first?.document.contents;
  if (second !== undefined) return { problem: "it has several documents" };
  if (!isNode(node) || (isScalar(node) && node.source === "" && node.value === null)) {
    return { problem: 'it is empty: write null, or "" in quotes for an empty text' };
  }
  return hasAnchors(node) ? { problem: "it has anchors or aliases" } : { node: forAnotherFile(node) };
}

function hasAnchors(node: Node): boolean {
  let isFound = false;
  visit(node, {
    Alias: () => {
      isFound = true;
      return visit.BREAK;
    },
    Value: (_, { anchor }) => {
      isFound ||= anchor !== undefined;
    },
  });
  return isFound;
}

/** Written as the file writes others, and with the numbers as they are. */
function forAnotherFile(node: Node): Node {
  visit(node, {
    Node: (_, one) => {
      // A position would be taken for one in the file.
      delete one.range;
      if (isScalar(one)) delete one.type;
      else if (isCollection(one)) one.flow = one.items.length === 0;
    },
  });
  return node;
}
