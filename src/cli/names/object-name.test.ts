import { describe, expect, it } from "vitest";
import { parseObjectName } from "./object-name.ts";

describe("parseObjectName", () => {
  it.each([
    ["edge1.apps.web.shop.one", { repository: "apps", path: "edge1/web/shop", workspace: "one" }],
    ["edge1.apps.shop.one", { repository: "apps", path: "edge1/shop", workspace: "one" }],
    ["edge1.apps.web.eu.shop.one", { repository: "apps", path: "edge1/web/eu/shop", workspace: "one" }],
    ["edge1.apps.web:eu.shop.one", { repository: "apps", path: "edge1/web/eu/shop", workspace: "one" }],
    ["catalog.base.web.shop.one", { repository: "base", path: "web/shop", workspace: "one" }],
  ])("%s names a package revision", (text, expected) => {
    expect(parseObjectName(text)).toEqual(expected);
  });

  it.each(["shop", "base.shop.one", "edge1/web/shop", "edge1..web.shop.one", "edge1.apps.web.shop.", ""])(
    "%j names none",
    (text) => expect(parseObjectName(text)).toBeUndefined(),
  );
});
