import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { filePathProblem } from "../files/file-path.ts";
import { initPackage } from "./init-package.ts";

const texts = (files: ReadonlyMap<string, Uint8Array>) =>
  new Map([...files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]));

describe("initPackage", () => {
  it.each([
    [{ repository: "blue", package: "dns", workspace: "one" }, { package: "dns" }, "catalog.blue.dns"],
    [
      { repository: "blue", target: "edge", realm: "net/core", package: "dns", workspace: "one" },
      { package: "dns", realm: "net/core", target: "edge" },
      "edge.blue.net.core.dns",
    ],
    [{ repository: "blue", package: "yes: no # 1", workspace: "one" }, { package: "yes: no # 1" }, expect.any(String)],
    [{ repository: "blue", package: "on", workspace: "one" }, { package: "on" }, "catalog.blue.on"],
  ])("of %j consists of a README and a context for tools", (id, data, name) => {
    const files = texts(initPackage(id));
    expect([...files.keys()]).toEqual(["README.md", "package-context.yaml"]);
    expect([...files.keys()].map(filePathProblem)).toEqual([undefined, undefined]);
    expect(files.get("README.md")).toContain(`# ${id.package}\n`);
    // As Kubernetes reads it: `on` would be true.
    expect(parse(files.get("package-context.yaml") ?? "", { version: "1.1" })).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: typeof name === "string" ? `${name}.package-context` : name,
        annotations: { "config.kubernetes.io/local-config": "true" },
      },
      data,
    });
  });
});
