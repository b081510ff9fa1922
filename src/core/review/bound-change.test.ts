import { describe, expect, it } from "vitest";
import { boundChange } from "./bound-change.ts";
import { comparePackages } from "./compare-packages.ts";
import { compareFiles, type ReviewFile, type ReviewFiles } from "./file-pairs.ts";

const files = (entries: Readonly<Record<string, string | ReviewFile>>): ReviewFiles =>
  new Map(
    Object.entries(entries).map(([path, file]) => {
      return [path, typeof file === "string" ? new TextEncoder().encode(file) : file] as const;
    }),
  );

function bound(before: ReviewFiles, after: ReviewFiles, maxBytes?: number) {
  const pairs = compareFiles(before, after);
  return boundChange(comparePackages(before, after, pairs), pairs, maxBytes);
}

const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: ${value}\n`;

describe("boundChange", () => {
  it("has the lists, what is counted, and a diff", () => {
    expect(
      bound(
        files({ "a.yaml": configMap("a", "b"), link: { object: "1", size: 3 } }),
        files({ "a.yaml": configMap("a", "c"), link: { object: "2" } }),
      ),
    ).toEqual({
      summary: "+0 ~1 -0 resources",
      risks: [],
      riskCount: 0,
      resources: [
        {
          kind: "changed",
          resource: { apiVersion: "v1", kind: "ConfigMap", name: "a" },
          file: "a.yaml",
          fields: [{ field: "data.a", before: '"b"', after: '"c"' }],
          fieldCount: 1,
        },
      ],
      resourceCount: 1,
      files: [
        { kind: "changed", path: "a.yaml" },
        { kind: "changed", path: "link" },
      ],
      fileCount: 2,
      unreadCount: 0,
      otherFileCount: 1,
      diff: [
        "--- a/a.yaml",
        "+++ b/a.yaml",
        "@@ -3,4 +3,4 @@ ConfigMap v1 a",
        " metadata:",
        "   name: a",
        " data:",
        "-  a: b",
        "+  a: c",
        "--- a/link",
        "+++ b/link",
        "not shown: 3 bytes in Git only -> in Git only",
      ].join("\n"),
      undiffedCount: 0,
    });
  });

  it("is as large as it may be, and counts what it leaves out", () => {
    const side = (value: string) =>
      files(
        Object.fromEntries(
          Array.from({ length: 300 }, (_, at) => [`f${at}.yaml`, configMap(`c${at}`, value)] as const),
        ),
      );
    const change = bound(side("b"), side("c"));
    const size = Buffer.byteLength(JSON.stringify(change));
    expect(size).toBeLessThanOrEqual(48 * 1024);
    expect(size).toBeGreaterThan(32 * 1024);
    expect(change).toMatchObject({ resourceCount: 300, fileCount: 300, summary: "+0 ~300 -0 resources" });
    expect(change.resources.length).toBeLessThan(300);
    expect(change.undiffedCount).toBeGreaterThan(0);
    const shown = change.diff?.match(/^\+\+\+ /gm)?.length ?? 0;
    expect(shown + change.undiffedCount).toBeGreaterThanOrEqual(300);
  });

  it("cuts long lines, and counts their files", () => {
    const { diff, undiffedCount } = bound(files({ a: "x\n" }), files({ a: `${"y".repeat(2_000)}\nz\n` }));
    expect(diff).toMatch(/^\+y{499}…\n\+z$/m);
    expect(undiffedCount).toBe(1);
  });

  it("does not tell a file that is in Git only from another one by anything but its object", () => {
    const [one, other] = [files({ link: { object: "1", size: 3 } }), files({ link: { object: "1" } })];
    expect(bound(one, other).summary).toBe("no changes");
  });
});

describe("findFieldChanges", () => {
  it("shows long values where they begin to differ", () => {
    const [start, end] = ["s".repeat(500), "e".repeat(500)];
    const { resources } = bound(
      files({ "a.yaml": configMap("a", `${start}1${end}`) }),
      files({ "a.yaml": configMap("a", `${start}2${end}`) }),
    );
    const [field] = resources[0]?.fields ?? [];
    expect(field).toMatchObject({ field: "data.a", isCut: true });
    expect(field?.before).toMatch(/^…s{30}1e{168}…$/);
    expect(field?.after).toMatch(/^…s{30}2e{168}…$/);
  });

  it("counts fields that it leaves out", () => {
    const data = (value: string) => Array.from({ length: 500 }, (_, at) => `  k${at}: ${value}\n`).join("");
    const side = (value: string) =>
      files({ "a.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n${data(value)}` });
    const { resources } = comparePackages(side("x"), side("y"));
    expect(resources[0]).toMatchObject({ fieldCount: 500 });
    expect(resources[0]?.fields?.length).toBe(200);
  });
});
