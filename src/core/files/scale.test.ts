import { describe, expect, it } from "vitest";
import { expectInProportion, type Walk } from "../../event-loop/testing/in-proportion.ts";
import { measureTurns } from "../../event-loop/testing/measure-turns.ts";
import { SOME_OID } from "../testing/arbitraries.ts";
import { applyWanted, planEdits } from "./edits.ts";
import { mergeFiles, placeProblems } from "./merge.ts";
import { listNotShown } from "./not-shown.ts";
import { contentDigest, encodeAhead, type PackageFile, showFiles } from "./package-file.ts";
import { layOutPages, pageSpec, readPages } from "./pages.ts";
import { planRetention } from "./retention-plan.ts";
import { classifyLinks } from "./symlinks.ts";

/** Ten times as many, with as many folders and packages below, are what a package may have. */
const FILES = 600;

const TEXT = new TextEncoder().encode("kind: ConfigMap\n");
const OTHER = new TextEncoder().encode("kind: Secret\n");

function filesAt(paths: readonly string[], bytes = TEXT): readonly PackageFile[] {
  return paths.map((path) => ({ path, mode: "100644", oid: SOME_OID, bytes }));
}

/** All that a package goes through from its pages to Git and back. */
const walkFiles =
  (pathOf: (at: number) => string): Walk =>
  async (count, measure) => {
    const paths = Array.from({ length: count }, (_, at) => pathOf(at));
    const inGit = filesAt(paths);
    let shown = showFiles(inGit);
    await measure("show", () => {
      shown = showFiles(inGit);
    });
    let pages = layOutPages(shown.shown);
    await measure("lay out", () => {
      pages = layOutPages(shown.shown, new Map(paths.map((path) => [path, 1])));
    });
    const specs = pages.map((page) => ({ number: page.number, spec: pageSpec(page) }));
    await measure("read", () => readPages(specs));
    const wanted = new Map(paths.map((path) => [path, OTHER]));
    const folders = paths.map((path) => `${path}-below`);
    await measure("place beside packages below", () => placeProblems(inGit, wanted, folders));
    await measure("plan edits", () => planEdits("dns", inGit, wanted, "sha1"));
    await measure("apply edits", () => applyWanted(shown, wanted, "sha1"));
    const theirs = filesAt(paths, new TextEncoder().encode("kind: Pod\n"));
    await measure("merge with a conflict in each", () => mergeFiles(inGit, theirs, wanted, "sha1"));
    await measure("digest", () => contentDigest(inGit));
  };

describe("a package of many files", { timeout: 120_000 }, () => {
  it.each<[string, (at: number) => string]>([
    ["in one folder", (at) => `file-${at}.yaml`],
    ["in folders of their own", (at) => `a/${at}/file.yaml`],
    ["whose names differ only by case", (at) => `${at.toString(2).replaceAll("0", "a").replaceAll("1", "A")}`],
  ])("%s costs in proportion, and never blocks the event loop", async (_, pathOf) => {
    await expectInProportion(FILES, walkFiles(pathOf));
  });

  it("that cannot be shown costs in proportion", async () => {
    await expectInProportion(FILES, async (count, measure) => {
      const links = Array.from({ length: count }, (_, at): PackageFile => {
        const target = new TextEncoder().encode(`link-${at + 1}`);
        return { path: `link-${at}`, mode: "120000", oid: SOME_OID, bytes: target };
      });
      await measure("judge links that lead through each other", () => classifyLinks("dns", links));
      const { hidden } = showFiles(links);
      await measure("list", () => listNotShown(hidden));
    });
  });

  it.each<[string, (at: number) => string]>([
    ["with the letters of git", (at) => `${at}${"g".repeat(1300)}${"i".repeat(1300)}${"x".repeat(1400)}`],
    ["with git and many dots", (at) => `${at}git${"...... ".repeat(580)}x`],
    ["through a thousand folders", (at) => `${"a/".repeat(2000)}${at}`],
  ])("that are links to long names %s costs in proportion", async (_, targetOf) => {
    await expectInProportion(FILES, async (count, measure) => {
      const links = Array.from({ length: count }, (_, at): PackageFile => {
        return { path: `link-${at}`, mode: "120000", oid: SOME_OID, bytes: new TextEncoder().encode(targetOf(at)) };
      });
      await measure("judge", () => classifyLinks("dns", links));
    });
  });

  it("whose names have the letters of git costs in proportion", async () => {
    const part = `${"g".repeat(80)}${"i".repeat(80)}${"x".repeat(80)}`;
    await expectInProportion(FILES, async (count, measure) => {
      const resources = Object.fromEntries(Array.from({ length: count }, (_, at) => [`${part}/${at}${part}`, ""]));
      await measure("read", () => readPages([{ number: 1, spec: { resources } }]));
    });
  });

  it.each<[string, number]>([
    ["text", 97],
    ["bytes that are no text", 255],
  ])("of 63 MiB of %s, which were encoded ahead, are shown and laid out without a standstill", async (_, byte) => {
    const files = filesAt(Array.from({ length: 90 }, (_, at) => `file-${at}`)).map((file) => {
      return { ...file, bytes: new Uint8Array(700_000).fill(byte) };
    });
    for (const { bytes } of files) {
      const { longestMs } = await measureTurns(async () => encodeAhead(bytes));
      expect(longestMs).toBeLessThanOrEqual(100);
    }
    const { longestMs } = await measureTurns(async () => {
      expect(layOutPages(showFiles(files).shown).length).toBeGreaterThan(64);
    });
    expect(longestMs).toBeLessThanOrEqual(200);
  });

  it("that are more than a package may have costs in proportion", async () => {
    // As many as a page of 1.5 MiB may have.
    await expectInProportion(15_000, async (count, measure) => {
      const resources = Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, ""]));
      await measure("read", () => readPages([{ number: 1, spec: { resources } }]));
    });
  });

  it("of which pages hold a thousand paths of 250 folders each does not block the event loop", async () => {
    const parts = (at: number) => Array.from({ length: 250 }, (_, part) => (at * 251 + part).toString(36));
    await expectInProportion(100, async (count, measure) => {
      const paths = Array.from({ length: count }, (_, at) => parts(at).join("/").slice(0, 1000));
      const wanted = new Map(paths.map((path) => [path, TEXT]));
      const pages = layOutPages(showFiles(filesAt(paths)).shown).map((page) => ({
        number: page.number,
        spec: pageSpec(page),
      }));
      await measure("read", () => readPages(pages));
      await measure("place", () => placeProblems([], wanted, []));
    });
  });
});

describe("many package revisions", () => {
  it("are planned in proportion", async () => {
    await expectInProportion(1000, async (count, measure) => {
      const all = Array.from({ length: count }, (_, at) => ({
        name: `p${at}`,
        size: 1000,
        always: false,
        latest: at % 3 === 0,
        time: (at * 7919) % count,
      }));
      await measure("plan", () => planRetention("Auto", 500 * count, all));
    });
  });
});
