import { existsSync, readFileSync } from "node:fs";
import { glob, readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRevisionKind } from "../../src/api/v1alpha1/package-revision.ts";
import { anchorsOf, callsMakeOnly, markdownPages, type Page, repositoryFiles, root, shellBlocks } from "./markdown.ts";

const pages = await markdownPages();
const makefile = await readFile(join(root, "Makefile"), "utf8");
const targets = [...makefile.matchAll(/^([a-z][a-z-]*):/gm)].map((match) => match[1] ?? "");

function page(path: string): Page {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}

/** Links of a page to files of the repository, with the line that has them. */
function relativeLinks({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`]*`/g, "");
  const links = [...prose.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? "");
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

describe("Markdown", () => {
  it.each(pages.map((one) => [one.path, one] as const))("%s has no line over 100 characters", (_, { text }) => {
    const long = text.split("\n").flatMap((line, index) => ([...line].length > 100 ? [`line ${index + 1}`] : []));
    expect(long).toEqual([]);
  });

  it.each(pages.map((one) => [one.path, one] as const))("%s links to files and headings that exist", (path, one) => {
    const broken = relativeLinks(one).filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(page(target)).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("calls only targets that the Makefile has", () => {
    const called = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:`|^)(?:[A-Z_]+=\S+ )*make ([a-z][a-z-]*)/gm)].map((match) => `${path}: ${match[1]}`),
    );
    expect(called.length).toBeGreaterThan(10);
    expect(called.filter((call) => !targets.includes(call.split(": ")[1] ?? ""))).toEqual([]);
  });

  it("has its shell commands in blocks whose language is sh, so that tests run them", () => {
    const other = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/^ *```(?:bash|shell|console|zsh)$/gm)].map(() => path),
    );
    expect(other).toEqual([]);
    expect(pages.flatMap(shellBlocks).filter(callsMakeOnly).length).toBeGreaterThan(3);
  });
});

describe("README.md", () => {
  it("has at most 150 lines", () => {
    expect(page("README.md").text.trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });
});

describe("docs/README.md", () => {
  it("links to every page of docs", () => {
    const linked = relativeLinks(page("docs/README.md")).map((link) => normalize(join("docs", link)));
    const own = pages.map(({ path }) => path).filter((path) => /^docs\/[a-z-]+\.md$/.test(path));
    expect(linked).toEqual(expect.arrayContaining(own));
  });
});

describe("docs/decisions", () => {
  it("lists every record, and each record has its four parts", () => {
    const index = page("docs/decisions/README.md").text;
    const records = pages.filter(({ path }) => /^docs\/decisions\/[0-9]{4}-/.test(path));
    expect(records.length).toBeGreaterThanOrEqual(10);
    for (const { path, text } of records) {
      expect(index).toContain(path.slice("docs/decisions/".length));
      expect(text.match(/^(Status: \w+|## (Context|Decision|Consequences))/gm)).toHaveLength(4);
    }
  });
});

describe("docs/architecture.md", () => {
  it("names the folders of src and of its layers as they are", async () => {
    const { text } = page("docs/architecture.md");
    const folders = ["", "api", "core", "kube", "storage/git", "controllers"];
    for (const folder of folders) {
      const entries = await readdir(join(root, "src", folder), { withFileTypes: true });
      for (const { name } of entries.filter((entry) => entry.isDirectory() && entry.name !== "testing"))
        expect(text, join(folder, name)).toContain(`  ${name}/`);
    }
  });

  it("names only source files that exist", async () => {
    const files = await repositoryFiles("src");
    const named = ["docs/architecture.md", "docs/lifecycle.md", "CONTRIBUTING.md"]
      .flatMap((path) => [...page(path).text.matchAll(/`((?:[\w-]+\/)*[\w-]+\.ts)`/g)].map((match) => match[1] ?? ""))
      .filter((name) => name !== "x.ts");
    expect(named.length).toBeGreaterThan(20);
    const isThere = (name: string) =>
      existsSync(join(root, name)) || files.some((file) => file.endsWith(`/${name}`) || file === `src/${name}`);
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });
});

describe("docs/glossary.md", () => {
  it("names only identifiers that the code has", async () => {
    const files = (await repositoryFiles("src")).filter((path) => path.endsWith(".ts"));
    const sources = (await Promise.all(files.map((path) => readFile(join(root, path), "utf8")))).join("\n");
    const identifiers = [...page("docs/glossary.md").text.matchAll(/`(\w*[a-z][A-Z]\w*)`/g)].map(
      (match) => match[1] ?? "",
    );
    expect(identifiers.length).toBeGreaterThan(10);
    const missing = identifiers.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources));
    expect(missing).toEqual([]);
  });
});

describe("CONTRIBUTING.md", () => {
  it("describes every target of the Makefile", () => {
    const { text } = page("CONTRIBUTING.md");
    expect(targets.filter((target) => !text.includes(`\`make ${target}`))).toEqual([]);
  });
});

describe("docs/packages.md", () => {
  it("names every field by which package revisions can be selected", () => {
    const { text } = page("docs/packages.md");
    const fields = packageRevisionKind.selectable.map((path) => path.slice(1));
    expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
  });
});

describe("repository", () => {
  it("refers to no document outside of it", async () => {
    const paths = (await repositoryFiles()).filter((path) => !/\.(lock|sum)$|package-lock\.json$/.test(path));
    const outside = /\b(DESIGN|HOUSE)\b/;
    const found = await Promise.all(
      paths
        .filter((path) => path !== join("e2e", "shipped", "docs.test.ts"))
        .map(async (path) => (outside.test(await readFile(join(root, path), "utf8")) ? [path] : [])),
    );
    expect(found.flat()).toEqual([]);
  });
});

describe("code", () => {
  it("has no comment line over 120 characters", async () => {
    const files = await Array.fromAsync(glob("{src,e2e,examples}/**/*.ts", { cwd: root }));
    const long = files.flatMap((path) =>
      readFileSync(join(root, path), "utf8")
        .split("\n")
        .flatMap((line, index) => (/^\s*(\/\/|\/?\*)/.test(line) && line.length > 120 ? [`${path}:${index + 1}`] : [])),
    );
    expect(files.length).toBeGreaterThan(500);
    expect(long).toEqual([]);
  });
});
