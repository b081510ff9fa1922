import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../src/core/render/kform/given.ts";
import { DEFAULT_LIMITS } from "../../src/core/render/limits.ts";
import { render } from "../../src/core/render/render.ts";
import { root } from "./markdown.ts";

const text = await readFile(join(root, "docs", "package-language.md"), "utf8");

/** What stands before a block of code: the file that it is. */
interface Block {
  readonly title: string;
  readonly code: string;
}

interface Example {
  readonly name: string;
  readonly source: string;
  readonly rest: readonly Block[];
}

/** Each file of blocks begins an example; what follows is given to its render, or expected of it. */
function readExamples(): readonly Example[] {
  return text.split(/^## /m).flatMap((section) => {
    const [name = ""] = section.split("\n");
    const blocks = [...section.matchAll(/([^\n]*):\n\n```\w+\n(.*?)^```$/gms)].map(([, title = "", code = ""]) => {
      return { title, code };
    });
    const starts = blocks.flatMap(({ title }, at) => (title === "`app.yaml`" ? [at] : []));
    return starts.map((start, at): Example => {
      const source = blocks[start]?.code ?? "";
      return { name: `${name} ${at + 1}`, source, rest: blocks.slice(start + 1, starts[at + 1]) };
    });
  });
}

const examples = readExamples();

describe("docs/package-language.md", () => {
  it("has examples", () => expect(examples.length).toBeGreaterThan(6));

  it.each(examples.map((one) => [one.name, one] as const))("%s", async (_, { source, rest }) => {
    const inputs = rest
      .filter(({ title }) => title === "Inputs")
      .flatMap(({ code }) => parseAllDocuments(code))
      .map((document) => ({ object: document.toJS() as JsonObject, source: "inputs" }));
    const files = new Map([["app.yaml", source]]);
    const { failure, changed } = await render(files, { inputs });
    const error = rest.find(({ title }) => title.includes(", line "));
    if (error !== undefined) {
      const place = `\`${failure?.file}\`, line ${failure?.line}, \`${failure?.field}\``;
      expect([place, failure?.message]).toEqual([error.title, error.code.trim()]);
      return;
    }
    const outputs = rest.flatMap(({ title, code }) => {
      const path = /`(out\/[^`]+)`$/.exec(title)?.[1];
      return path === undefined ? [] : [[path, code] as const];
    });
    expect(failure).toBeUndefined();
    expect(outputs.length).toBeGreaterThan(0);
    expect(Object.fromEntries(changed)).toEqual(Object.fromEntries(outputs));
  });

  it("has the limits of the code", () => {
    const prose = text.replaceAll(/\s+/g, " ");
    expect(prose).toContain(`${DEFAULT_LIMITS.instances.toLocaleString("en")} objects`);
    expect(prose).toContain(`${DEFAULT_LIMITS.steps / 1e6} million steps`);
  });
});
