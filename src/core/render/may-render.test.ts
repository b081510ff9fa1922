import { describe, expect, it } from "vitest";
import { mayRender } from "./may-render.ts";
import { render } from "./render.ts";

const MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n";
const KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: app\n";
const PIPELINE = `${KPTFILE}pipeline:\n  mutators:\n  - image: gcr.io/kpt-fn/set-namespace:v0.4.1\n    configMap:\n      namespace: app\n`;
const BLOCK = `${MAP}  annotations:\n    kform.dev/block-type: input\n`;

describe("mayRender", () => {
  it.each([
    ["no Kptfile", { "map.yaml": MAP }, false],
    ["a Kptfile without pipeline", { Kptfile: KPTFILE, "map.yaml": MAP }, false],
    ["a pipeline", { Kptfile: PIPELINE, "map.yaml": MAP }, true],
    ["a pipeline of a subpackage", { Kptfile: KPTFILE, "sub/Kptfile": PIPELINE, "sub/map.yaml": MAP }, true],
    ["a block", { "map.yaml": BLOCK }, true],
    ["a block that is not at the top", { "sub/map.yaml": BLOCK }, false],
    ["outputs of blocks that are gone", { "out/map.yaml": MAP }, true],
  ])("of a package with %s is as stated, and never false for one that is rendered", async (_, files, expected) => {
    const bytes = Object.entries(files).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }));
    expect(mayRender(bytes)).toBe(expected);
    const { functions, changed, removed } = await render(new Map(Object.entries(files)));
    const isRendered = functions.length + changed.size + removed.length > 0;
    expect(isRendered && !expected).toBe(false);
  });

  it("looks at no file that is no text", () => {
    expect(mayRender([{ path: "Kptfile", bytes: Uint8Array.of(0xff, 0xfe) }, { path: "link" }])).toBe(false);
  });
});
