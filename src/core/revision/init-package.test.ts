import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { filePathProblem } from "../files/file-path.ts";
import { initPackage } from "./init-package.ts";

const texts = (files: ReadonlyMap<string, Uint8Array>) =>
  new Map([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]));

describe("initPackage", () => {
  it.each([
    [{ repository: "blue", package: "dns", workspace: "one" }, { package: "dns" }],
    [
      { repository: "blue", target: "edge", realm: "net/core", package: "dns", workspace: "one" },
      { package: "dns", realm: "net/core", target: "edge" },
    ],
    [{ repository: "blue", package: "yes: no # 1", workspace: "one" }, { package: "yes: no # 1" }],
  ])("of %j consists of a README and a context for tools", (id, data) => {
    const files = texts(initPackage(id));
    expect([...files.keys()]).toEqual(["README.md", "package-context.yaml"]);
    expect([...files.keys()].map(filePathProblem)).toEqual([undefined, undefined]);
    expect(files.get("README.md")).toContain(`# ${id.package}\n`);
    expect(parse(files.get("package-context.yaml") ?? "")).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "package-context", annotations: { "config.kubernetes.io/local-config": "true" } },
      data,
    });
  });
});
