import { describe, expect, it } from "vitest";
import { readIndex } from "./openapi-index.ts";

const indexOf = (paths: object) => readIndex(JSON.stringify({ paths }));
const entry = (serverRelativeURL: unknown) => ({ serverRelativeURL });

describe("readIndex", () => {
  it("has the groups and versions, with path and hash", () => {
    const index = indexOf({
      api: entry("/openapi/v3/api?hash=0"),
      "api/v1": entry("/openapi/v3/api/v1?hash=A1"),
      apis: entry("/openapi/v3/apis?hash=0"),
      "apis/apps": entry("/openapi/v3/apis/apps?hash=0"),
      "apis/apps/v1": entry("/openapi/v3/apis/apps/v1?hash=B2"),
      ".well-known/openid-configuration": entry("/openapi/v3/.well-known/openid-configuration?hash=0"),
    });
    expect([...index]).toEqual([
      ["v1", { path: "/openapi/v3/api/v1", query: { hash: "A1" }, hash: "/openapi/v3/api/v1?hash=A1" }],
      [
        "apps/v1",
        { path: "/openapi/v3/apis/apps/v1", query: { hash: "B2" }, hash: "/openapi/v3/apis/apps/v1?hash=B2" },
      ],
    ]);
  });

  it.each([
    ["another host", entry("https://example.com/openapi/v3/api/v1?hash=A")],
    ["a host without a scheme", entry("//example.com/openapi/v3/api/v1")],
    ["another path", entry("/api/v1/secrets?hash=A")],
    ["a path that leaves the folder, encoded", entry("/openapi/v3/%2e%2e/api/v1/secrets")],
    ["no address", {}],
    ["a number", entry(5)],
    ["null", null],
  ])("leaves out an entry with %s", (_, value) => expect([...indexOf({ "api/v1": value })]).toEqual([]));

  it.each(["", "[]", "null", "{}", '{"paths": 5}', '{"paths": null}', "<html>"])("is empty for %j", (text) => {
    expect([...readIndex(text)]).toEqual([]);
  });

  it("has at most 5000 entries", () => {
    const paths = Array.from({ length: 6_000 }, (_, n) => [`api/v${n}`, entry(`/openapi/v3/api/v${n}`)] as const);
    expect(indexOf(Object.fromEntries(paths)).size).toBe(5_000);
  });
});
