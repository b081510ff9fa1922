import { describe, expect, it } from "vitest";
import { candidate } from "../testing/candidates.ts";
import { choose, matching } from "./match.ts";
import { parseQuery, shortName } from "./query.ts";

const catalog = candidate({
  target: "catalog",
  repository: "catalog",
  workspace: "v1",
  revision: "v1",
  lifecycle: "published",
});
const first = candidate({ workspace: "first", revision: "v1", lifecycle: "published" });
const latest = candidate({ workspace: "second", revision: "v2", lifecycle: "published", latest: true });
const draft = candidate({ workspace: "third" });
const other = candidate({ target: "edge2", workspace: "first", lifecycle: "proposed" });
const bare = candidate({ target: "edge1", realm: undefined as never, workspace: "bare" });
const all = [catalog, first, latest, draft, other];

const find = (text: string, among = all) => {
  const query = parseQuery(text);
  return query === undefined ? undefined : matching(query, among).map(shortName);
};

describe("matching", () => {
  it.each([
    ["storefront", all.map(shortName)],
    ["web/storefront", all.map(shortName)],
    ["edge1/web/storefront", [first, latest, draft].map(shortName)],
    ["deployments/edge1/web/storefront@v1", [shortName(first)]],
    ["edge1/storefront", [first, latest, draft].map(shortName)],
    ["catalog/web/storefront", [shortName(catalog)]],
    ["catalog/storefront@v1", [shortName(catalog)]],
    ["storefront@third", [shortName(draft)]],
    ["storefront@latest", [shortName(latest)]],
    ["edge1.deployments.web.storefront.third", [shortName(draft)]],
    ["pkgrev/edge1.deployments.web.storefront.third", [shortName(draft)]],
    ["packagerevision.pkg.pkgserver.dev/edge2.deployments.web.storefront.first", [shortName(other)]],
    ["web", []],
    ["edge1/web", []],
    ["web/edge1/storefront", []],
    ["storefront@v9", []],
    ["", undefined],
    ["web//storefront", undefined],
    ["storefront@", undefined],
  ])("%s", (text, expected) => {
    expect(find(text)).toEqual(expected);
  });

  it("prefers the whole folders from the right to those with gaps", () => {
    expect(find("edge1/storefront", [...all, bare])).toEqual([shortName(bare)]);
  });

  it("means one revision by each short name that is printed", () => {
    for (const one of all) expect(find(shortName(one))).toEqual([shortName(one)]);
  });
});

describe("choose", () => {
  it.each([
    ["the state that is wanted", [first, latest, draft, other], ["proposed"], [other]],
    ["the only open revision of one package", [first, latest, draft], [], [draft]],
    ["the latest one without an open revision", [first, latest], [], [latest]],
    ["none of several open ones", [latest, draft, candidate({ workspace: "fourth" })], [], [draft, "fourth"]],
    ["none of several packages", [draft, other], [], [draft, other]],
    [
      "none of several packages in the wanted state",
      [draft, candidate({ target: "edge2" })],
      ["draft"],
      [draft, "edge2"],
    ],
    ["the only one, whatever its state", [first], ["draft"], [first]],
  ] as const)("takes %s", (_, found, wanted, expected) => {
    expect(choose(found, wanted)).toHaveLength(expected.length);
    expect(choose(found, wanted)[0]).toBe(expected[0]);
  });
});
