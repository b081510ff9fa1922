import { describe, expect, it } from "vitest";
import { packageKey, revisionKey, workspaceKey } from "./revision-key.ts";

const DNS = { realm: "net", package: "dns" };

describe("keys of package revisions", () => {
  it("are equal for a catalog package with and without its target", () => {
    expect(packageKey("blue", { ...DNS, target: "catalog" })).toBe(packageKey("blue", DNS));
    expect(packageKey("blue", { package: "dns", realm: "" })).toBe(packageKey("blue", { package: "dns" }));
  });

  it("differ by each part of the identity, whatever characters the parts have", () => {
    const packages = [
      packageKey("blue", DNS),
      packageKey("green", DNS),
      packageKey("blue", { ...DNS, target: "edge" }),
      packageKey("blue", { ...DNS, realm: "core" }),
      packageKey("blue", { ...DNS, package: "web" }),
      packageKey("blue", { package: "net/dns" }),
      packageKey("blue", { package: 'net","dns' }),
      packageKey("blue", { target: "net", package: "dns" }),
      packageKey("net", { package: "dns" }),
    ];
    expect(new Set(packages).size).toBe(packages.length);
  });

  it("tell a workspace from a revision of the same name, and both from those of another package", () => {
    const other = { package: "dns" };
    const keys = [
      ...[workspaceKey("blue", DNS, "v1"), workspaceKey("blue", DNS, "v2"), workspaceKey("blue", other, "v1")],
      ...[revisionKey("blue", DNS, "v1"), revisionKey("blue", DNS, "v2"), revisionKey("blue", other, "v1")],
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
