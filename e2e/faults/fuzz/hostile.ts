import fc from "fast-check";

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("a", "b.yaml", "A", "é", "e\u0301", "sub", "x y", "0", "1", "日本", "🎉", ".x", "v1"),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["..", ".", "", ".git", ".GIT", "git~1", ".g\u200cit", ".git ", ".git::$DATA", ".gitmodules", "GITMOD~1"],
      ...[
        "__proto__",
        "constructor",
        "toString",
        "-x",
        "--upload-pack=x",
        "+main",
        "~",
        "$(id)",
        "`id`",
        "%2e%2e",
        "a\\b",
      ],
      ...[
        "x\0y",
        "x\ny",
        "x\ry",
        "\u2028",
        "\ufeff",
        "\u202e",
        "CON",
        "nul.txt",
        "a:b",
        "*",
        "?",
        '"',
        "'",
        "|",
        "<>",
        "@{1}",
      ],
      ...["refs", "heads", "HEAD", "a.lock", "deleted-v1", "page-2", "main"],
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 300 }).map((length) => "l".repeat(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 140 }).map((length) => "é".repeat(length)) },
);

/** Names of one path part, such as a package, a workspace or a ref. */
export const hostileName = piece;

/** Paths of files: hostile ones, and valid ones that look hostile. */
export const hostilePath = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

const yamlPiece = fc.oneof(
  fc.constantFrom(
    ...[
      "a: 1\n",
      "- x\n",
      "  b: [1, 2\n",
      "{",
      "}",
      "[",
      "]",
      "&a ",
      "*a",
      "<<: *a\n",
      "!!binary x\n",
      "!!js/function x\n",
      "---\n",
    ],
    ...[
      "...\n",
      "%YAML 1.1\n",
      "%TAG ! x\n",
      "? ",
      ": ",
      "| \n  x\n",
      ">-\n",
      "\t",
      "\r\n",
      "\ufeff",
      "\0",
      "\u0085",
      "\u2028",
      "#c\n",
    ],
    ...[
      "__proto__: 1\n",
      "constructor: {}\n",
      "apiVersion: v1\nkind: ConfigMap\n",
      "'",
      '"',
      "\\x00",
      "1e999",
      "0o7",
      "~\n",
      "y: no\n",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.integer({ min: 100, max: 4000 }).map((depth) => "[".repeat(depth)),
  fc.integer({ min: 2, max: 9 }).map(bomb),
);

/** Texts that are hard for a YAML parser. */
export const hostileYaml = fc.array(yamlPiece, { maxLength: 12 }).map((parts) => parts.join(""));

/** Aliases of aliases: a small text with an expansion that exceeds the memory. */
function bomb(levels: number): string {
  const lines = Array.from({ length: levels }, (_, at) => {
    const refs = at === 0 ? "x" : Array.from({ length: 9 }, () => `*l${at - 1}`).join(", ");
    return `l${at}: &l${at} [${refs}]\n`;
  });
  return lines.join("");
}

const scheme = fc.constantFrom(
  "https",
  "http",
  "ssh",
  "git",
  "file",
  "ext",
  "ftp",
  "HTTPS",
  "javascript",
  "git+ssh",
  "",
);
const host = fc.constantFrom(
  "127.0.0.1:1",
  "[::1]:1",
  "localhost:1",
  "x@127.0.0.1:1",
  "u:p@127.0.0.1:1",
  "-oProxyCommand=x",
  "",
  "127.1:99999",
  "127.0.0.1:1#",
  "é.invalid",
);

/** URLs of Git repositories. Valid ones lead to a closed port. */
export const hostileUrl = fc.oneof(
  fc.tuple(scheme, host, hostilePath).map(([scheme, host, path]) => `${scheme}://${host}/${path}`),
  fc.tuple(host, hostilePath).map(([host, path]) => `${host}:${path}`),
  fc.constantFrom(
    "ext::sh -c id",
    "--upload-pack=id",
    "file:///etc/passwd",
    "/etc",
    "../..",
    "-x",
    "https://",
    "::",
    "\n",
  ),
  hostilePath,
);
