import { describe, expect, it } from "vitest";
import { OPERATOR } from "../../../core/identity/person.ts";
import { oid, trailersOf } from "../../../core/testing/discovered.ts";
import { aView } from "../../../core/testing/observed.ts";
import { type FirstRender, renderMetadata, renderRequest } from "./first-render.ts";

const digest = `sha256:${"1".repeat(64)}`;
const bytes = new TextEncoder().encode("x");
const first = trailersOf("dns", "one");

function aRender(...paths: readonly string[]): FirstRender {
  return {
    before: [{ path: "map.yaml", mode: "100644", oid: oid(6), bytes }],
    wanted: new Map(paths.map((path) => [path, bytes])),
    edits: [{ kind: "putFile", path: `dns/${paths[0]}`, mode: "100644", bytes }],
    digest: `sha256:${"2".repeat(64)}`,
    rendering: { digest, functions: ["set-labels@v1"] },
    rendered: { changes: { kind: "changed" }, results: {} } as unknown as FirstRender["rendered"],
  };
}

describe("renderRequest", () => {
  it("is the operator's, and records the commit before and the files after", () => {
    const render = aRender("map.yaml");
    const request = renderRequest(aView(), "one", first, render);
    expect(request).toMatchObject({ subject: "Render dns (one)", author: OPERATOR, edits: render.edits });
    const recorded = { digest, functions: ["set-labels@v1"] };
    expect(request?.trailers(oid(3))).toEqual({
      ...first,
      digest: render.digest,
      render: { ...recorded, source: oid(3) },
    });
    expect(renderMetadata(first, render).render).toEqual(recorded);
  });

  it("is none for files that a package below the new one has by now: the render is refused afterwards", () => {
    const view = aView({ nested: [{ path: "dns/sub" }] });
    expect(renderRequest(view, "one", first, aRender("sub/map.yaml"))).toBeUndefined();
    expect(renderRequest(view, "one", first, aRender("other.yaml"))).toBeDefined();
  });
});
