import fc from "fast-check";
import { stringify } from "yaml";
import type { FileMap } from "../package-side.ts";
import type { Three } from "../three.ts";

const word = fc.constantFrom("a", "b", "yes", "1", "x: y", "", "line\nline\n", "one\ntwo\nthree\n", "é", "__proto__");
const key = fc.constantFrom("a", "b", "name", "type", "key", "a.b/c", "on", "constructor");
const leaf = fc.oneof(word, fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constant(null));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("map"), tie("named")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  map: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  named: fc.uniqueArray(fc.record({ name: fc.constantFrom("a", "b", "c"), value: tie("value") }), {
    maxLength: 3,
    selector: ({ name }) => name,
  }),
}));

const small = fc.integer({ min: 1, max: 3 });
const container = fc.record(
  {
    name: fc.constantFrom("web", "side", "proxy"),
    image: fc.constantFrom("web:1", "web:2", "web:3"),
    args: fc.array(fc.constantFrom("-a", "-b"), { maxLength: 2 }),
    ports: fc.uniqueArray(
      fc.record({ name: fc.constantFrom("http", "dns"), containerPort: small }, { requiredKeys: ["containerPort"] }),
      { maxLength: 2, selector: ({ containerPort }) => containerPort },
    ),
    env: fc.array(fc.record({ name: fc.constantFrom("A", "B", "C"), value: word }), { maxLength: 3 }),
  },
  { requiredKeys: ["name"] },
);
const volume = fc.oneof(
  fc.record({ name: fc.constantFrom("v", "w"), emptyDir: fc.constant({}) }),
  fc.record({ name: fc.constantFrom("v", "w"), configMap: fc.record({ name: fc.constantFrom("a", "b") }) }),
);
const deployment = fc.record(
  {
    replicas: small,
    strategy: fc.oneof(
      fc.constant({ type: "Recreate" }),
      fc.record({ type: fc.constant("RollingUpdate"), rollingUpdate: fc.record({ maxSurge: small }) }),
    ),
    template: fc.record({
      spec: fc.record({
        containers: fc.uniqueArray(container, { maxLength: 3, selector: ({ name }) => name }),
        volumes: fc.uniqueArray(volume, { maxLength: 2, selector: ({ name }) => name }),
      }),
    }),
  },
  { requiredKeys: [] },
);

/** One object, with what a side has of it. */
interface Version {
  readonly path: string;
  readonly labels: Readonly<Record<string, unknown>> | undefined;
  readonly body: unknown;
}

const KINDS = [
  { apiVersion: "apps/v1", kind: "Deployment", field: "spec", body: deployment },
  { apiVersion: "v1", kind: "ConfigMap", field: "data", body: fc.dictionary(key, word, { maxKeys: 4 }) },
  { apiVersion: "shop.example.com/v1", kind: "Shop", field: "spec", body: value },
] as const;

const path = fc.constantFrom("a.yaml", "b.yaml", "c/d.yaml");
const labels = fc.option(fc.dictionary(fc.constantFrom("app", "a.b/c", "tier"), leaf, { maxKeys: 3 }), {
  nil: undefined,
});

/** What becomes of something on a side: mostly nothing. */
function sides<T>(version: fc.Arbitrary<T>): fc.Arbitrary<Three<T | undefined>> {
  const option = fc.option(version, { nil: undefined, freq: 5 });
  const change = fc.constantFrom("keep", "keep", "keep", "replace", "replace", "remove");
  return fc.tuple(option, option, option, change, change).map(([base, one, other, upstream, local]) => {
    const apply = (kind: typeof upstream, next: T | undefined) =>
      kind === "keep" ? base : kind === "remove" ? undefined : next;
    return { base, upstream: apply(upstream, one), local: apply(local, other) };
  });
}

const object = fc.constantFrom(...KINDS).chain((kind) => {
  const version = fc.record({ path, labels, body: kind.body as fc.Arbitrary<unknown> });
  return fc.record({ kind: fc.constant(kind), name: fc.constantFrom("x", "y"), versions: sides<Version>(version) });
});

const file = fc.record({
  path: fc.constantFrom("README.md", "docs/x.txt", "logo.png", "values.yaml"),
  versions: sides(
    fc.oneof(
      fc.array(fc.constantFrom("a\n", "b\n", "c\n", "k: v\n", "\n"), { maxLength: 8 }).map((lines) => lines.join("")),
      fc.constantFrom("\0\x01", "\0\x02", "last", "{", "k: 1\nl: 2\n", "k: 2\nl: 2\n", "# only a comment\n"),
    ),
  ),
});

/** How a side writes YAML: one that has changed nothing writes as the base does. */
const style = fc.record({
  comment: fc.boolean(),
  indentSeq: fc.boolean(),
  quotes: fc.boolean(),
  windows: fc.boolean(),
});

export const packages: fc.Arbitrary<Three<FileMap>> = fc
  .record({
    objects: fc.uniqueArray(object, { maxLength: 6, selector: ({ kind, name }) => `${kind.kind} ${name}` }),
    files: fc.uniqueArray(file, { maxLength: 3, selector: (one) => one.path }),
    styles: fc.tuple(style, style),
    isStyled: fc.boolean(),
  })
  .map(({ objects, files, styles, isStyled }) => {
    const write = (side: keyof Three<unknown>): FileMap => {
      const { comment, indentSeq, quotes, windows } = styles[isStyled && side === "local" ? 1 : 0];
      const texts = new Map<string, string[]>();
      for (const { kind, name, versions } of objects) {
        const version = versions[side];
        if (version === undefined) continue;
        const data = {
          apiVersion: kind.apiVersion,
          kind: kind.kind,
          metadata: { name, ...(version.labels && { labels: version.labels }) },
          [kind.field]: version.body,
        };
        const text = stringify(data, { indentSeq, aliasDuplicateObjects: false, ...QUOTES[quotes ? 1 : 0] });
        const written = `${comment ? `# about ${name}\n` : ""}${text}`;
        texts.set(version.path, [...(texts.get(version.path) ?? []), written]);
      }
      const encoder = new TextEncoder();
      const yaml = [...texts].map(([at, documents]) => {
        const text = documents.join("---\n");
        return [at, encoder.encode(windows ? text.replaceAll("\n", "\r\n") : text)] as const;
      });
      const others = files.flatMap((one) => {
        const text = one.versions[side];
        return text === undefined ? [] : [[one.path, encoder.encode(text)] as const];
      });
      return new Map([...yaml, ...others]);
    };
    return { base: write("base"), upstream: write("upstream"), local: write("local") };
  });

const QUOTES = [{}, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }] as const;
