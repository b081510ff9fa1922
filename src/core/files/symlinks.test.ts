import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyLinks, showSafely } from "./symlinks.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const linkAt = (path: string, target: string | Uint8Array) =>
  ({ path, mode: "120000", bytes: typeof target === "string" ? bytesOf(target) : target }) as const;

/** What the link `here/link` of the package `edge/web` leaves, beside other links. */
function leavesOf(target: string | Uint8Array, others: Readonly<Record<string, string>> = {}) {
  const links = Object.entries(others).map(([path, to]) => linkAt(path, to));
  return classifyLinks("edge/web", [...links, linkAt("here/link", target)]).get("here/link")?.leaves;
}

describe("classifyLinks", () => {
  it.each([
    "file",
    "./file",
    "../file",
    "..",
    "../here/link2",
    "a/../../b",
    "../../web/a",
    "a//b/",
    "...",
    "..a",
    "ab:c",
  ])("keeps %j in the package", (target) => {
    expect(leavesOf(target)).toBeUndefined();
  });

  it.each(["../..", "a//../../../x", "../../other/a", "../../../a", "../../webs", "../../../edge"])(
    "says that %j leaves the package",
    (target) => {
      expect(leavesOf(target)).toBe("Package");
    },
  );

  it.each([
    "/",
    "/etc/passwd",
    "../../../../a",
    "../../../..",
    "a/../../../../../etc/passwd",
    "../../../../edge/web/a",
    "../../../.git/config",
    "../../../.GIT/config",
    "../../../git~1/config",
    "../../../.git. /config",
    "..\\..\\..\\..\\a",
    "\\\\server\\share",
    "C:\\Windows",
    "c:/Windows",
    "C:file",
    "",
    "file\0",
  ])("says that %j leaves the repository", (target) => {
    expect(leavesOf(target)).toBe("Repository");
  });

  it("follows other links of the package, as a file system does", () => {
    expect(leavesOf("../up/../../a", { up: "deep/er/still" })).toBeUndefined();
    expect(leavesOf("../up/../../../a", { up: "deep" })).toBe("Package");
    // Read as text, the target is in the package.
    expect(leavesOf("../up/a/b/../../c", { up: ".." })).toBe("Package");
    expect(leavesOf("../up/up/../../passwd", { up: "../.." })).toBe("Repository");
    expect(leavesOf("../out", { out: "/etc/passwd" })).toBe("Repository");
    expect(leavesOf("../a/x", { a: "b", b: "here/c", "here/c": "../../../.." })).toBe("Repository");
  });

  it("does not trust what it cannot follow: loops, long chains, long targets", () => {
    expect(leavesOf("link")).toBe("Repository");
    expect(leavesOf("../a", { a: "b", b: "a" })).toBe("Repository");
    const chain = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`c${at}`, `c${at + 1}`]));
    expect(leavesOf("../c20", chain)).toBeUndefined();
    // 40 links, as many as Linux follows, and one more.
    expect([leavesOf("../c10", chain), leavesOf("../c9", chain)]).toEqual([undefined, "Repository"]);
    expect(leavesOf("../c0", chain)).toBe("Repository");
    expect(leavesOf("a/".repeat(2049))).toBe("Repository");
    expect(classifyLinks("edge/web", [{ path: "link", mode: "120000" }]).get("link")).toEqual({ leaves: "Repository" });
  });

  it("follows a bounded number of parts where thousands of links lead through each other", () => {
    const links = Array.from({ length: 20_000 }, (_, at) => linkAt(`l${at}`, `${"a/../".repeat(700)}l${at + 1}`));
    const judged = classifyLinks("web", links);
    expect(judged.size).toBe(20_000);
    const last = links.slice(-1);
    expect([judged.get("l19999")?.leaves, classifyLinks("web", last).get("l19999")?.leaves]).toEqual([
      "Repository",
      undefined,
    ]);
  });

  it("looks at no file that is not a link", () => {
    expect(classifyLinks("web", [{ path: "a", mode: "100644", bytes: bytesOf("/etc") }]).size).toBe(0);
  });

  it("judges a package at the root of the repository", () => {
    expect(classifyLinks("", [linkAt("a", "b"), linkAt("c", "..")])).toStrictEqual(
      new Map([
        ["a", { target: "b" }],
        ["c", { target: "..", leaves: "Repository" }],
      ]),
    );
  });

  it("agrees with a real file system on whatever it says to stay", () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "links-")));
    const part = fc.constantFrom("..", ".", "d", "e", "l0", "l1", "l2", "web", "");
    const target = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join("/"));
    const place = fc.constantFrom("", "d/", "d/e/");
    fc.assert(
      fc.property(fc.array(fc.tuple(place, target), { minLength: 3, maxLength: 3 }), (links) => {
        const repository = join(root, "repository");
        const folder = join(repository, "edge", "web");
        rmSync(repository, { recursive: true, force: true });
        for (const name of ["d/e", "d/d", "e/d", "e/e"]) mkdirSync(join(folder, name), { recursive: true });
        const files = links.map(([where, to], at) => linkAt(`${where}l${at}`, to));
        for (const { path, bytes } of files) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          if (bytes.length > 0) symlinkSync(new TextDecoder().decode(bytes), join(folder, path));
        }
        for (const [path, { leaves }] of classifyLinks("edge/web", files)) {
          const real = readReal(join(folder, path));
          if (real === undefined) continue;
          const isInside = `${real}/`.startsWith(`${repository}/`);
          if (leaves !== "Repository") expect(isInside, path).toBe(true);
          if (leaves === undefined) expect(`${real}/`.startsWith(`${folder}/`), path).toBe(true);
          if (!isInside) expect(leaves).toBe("Repository");
        }
      }),
      { numRuns: 300 },
    );
    rmSync(root, { recursive: true });
  });
});

function readReal(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

describe("showSafely", () => {
  it("shows control, invisible and direction characters as escapes, and cuts", () => {
    expect(showSafely("a\u001b[31m\nb\u202ec\u200bd\u2028e\ufefff")).toBe(
      "a\\u{1b}[31m\\u{a}b\\u{202e}c\\u{200b}d\\u{2028}e\\u{feff}f",
    );
    expect(showSafely("\ud800")).toBe("\ufffd");
    expect(showSafely("größe/ñ 🚀")).toBe("größe/ñ 🚀");
    expect(showSafely("x".repeat(300))).toHaveLength(256);
    expect(showSafely("\u0001".repeat(5000)).length).toBeLessThanOrEqual(4096);
  });

  it("cuts texts of more than 256 characters", () => {
    expect(showSafely("x".repeat(256))).toBe("x".repeat(256));
    expect(showSafely("x".repeat(257))).toBe(`${"x".repeat(255)}…`);
  });

  it("shows a byte order mark, with which a target is another one", () => {
    expect(classifyLinks("", [linkAt("a", "\ufeffb")]).get("a")?.target).toBe("\\u{feff}b");
  });

  it("shows the longest target that Linux accepts, and no longer one", () => {
    const target = (length: number) => classifyLinks("", [linkAt("a", `${"b/".repeat(length / 2 - 1)}cd`)]).get("a");
    expect([target(4096)?.target?.length, target(4096)?.leaves]).toEqual([256, undefined]);
    expect(target(4098)).toEqual({ leaves: "Repository" });
  });

  it("shows bytes that are not UTF-8", () => {
    expect(classifyLinks("", [linkAt("a", Uint8Array.of(0x66, 0xff))]).get("a")?.target).toBe("f\ufffd");
  });
});
