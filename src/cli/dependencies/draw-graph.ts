/** A graph for other programs to draw. */
export interface DrawnGraph {
  /** Id → label. */
  readonly nodes: ReadonlyMap<string, { readonly label: string; readonly isDashed: boolean }>;
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: string;
    readonly isDashed: boolean;
  }[];
}

/** In the language of Graphviz. */
export function toDot({ nodes, edges }: DrawnGraph): readonly string[] {
  const dashed = (isDashed: boolean) => (isDashed ? ", style=dashed" : "");
  return [
    "digraph dependencies {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...[...nodes].map(
      ([id, { label, isDashed }]) => `  ${quoteDot(id)} [label=${quoteDot(label)}${dashed(isDashed)}];`,
    ),
    ...edges.map(
      ({ from, to, label, isDashed }) =>
        `  ${quoteDot(from)} -> ${quoteDot(to)} [label=${quoteDot(label)}${dashed(isDashed)}];`,
    ),
    "}",
  ];
}

/** As a flowchart of Mermaid. */
export function toMermaid({ nodes, edges }: DrawnGraph): readonly string[] {
  const ids = new Map([...nodes.keys()].map((id, index) => [id, `n${index}`]));
  return [
    "flowchart LR",
    ...[...nodes].map(([id, { label, isDashed }]) => {
      const text = quoteMermaid(label);
      return `  ${ids.get(id)}${isDashed ? `([${text}])` : `[${text}]`}`;
    }),
    ...edges.map(
      ({ from, to, label, isDashed }) =>
        `  ${ids.get(from)} ${isDashed ? "-.->" : "-->"}|${quoteMermaid(label)}| ${ids.get(to)}`,
    ),
  ];
}

function quoteDot(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ")}"`;
}

/** Mermaid has entities in place of escapes. */
function quoteMermaid(text: string): string {
  const toEntity = (character: string) => (character === "\n" ? " " : `#${character.codePointAt(0)};`);
  return `"${text.replaceAll(/["#<>&\n]/g, toEntity)}"`;
}
