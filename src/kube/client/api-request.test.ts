import { describe, expect, it } from "vitest";
import { describeObject, describeWrite, formatQuery } from "./api-request.ts";

describe("formatQuery", () => {
  it.each([
    [undefined, ""],
    [{}, ""],
    [{ limit: undefined }, ""],
    [{ limit: 5, watch: true, continue: undefined, labelSelector: "a=b" }, "?limit=5&watch=true&labelSelector=a%3Db"],
  ])("%j → %s", (query, text) => {
    expect(formatQuery(query)).toBe(text);
  });
});

describe("describeWrite and describeObject", () => {
  const namespaced = "/apis/pkg.pkgserver.dev/v1alpha1/namespaces/ns/packagerevisions";

  it.each([
    [{ method: "PATCH", path: `${namespaced}/a/status` }, "PATCH packagerevisions/status", "ns/a"],
    [{ method: "PUT", path: `${namespaced}/a` }, "PUT packagerevisions", "ns/a"],
    [{ method: "POST", path: namespaced, body: '{"metadata":{"name":"b"}}' }, "POST packagerevisions", "ns/b"],
    [{ method: "POST", path: namespaced, body: "{}" }, "POST packagerevisions", "ns/undefined"],
    [{ method: "DELETE", path: "/api/v1/namespaces/ns/secrets/a" }, "DELETE secrets", "ns/a"],
  ] as const)("name the write and the object of %j", (request, write, object) => {
    expect([describeWrite(request), describeObject(request)]).toEqual([write, object]);
  });
});
