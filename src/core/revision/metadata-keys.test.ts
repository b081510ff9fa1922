import { describe, expect, it } from "vitest";
import { aRepository } from "../testing/observed.ts";
import { isPackageKey, metadataPrefixesOf, NO_PREFIXES, wasPackageKey } from "./metadata-keys.ts";

/** The keys by which tools say that an object is theirs. */
const OWNERSHIP_KEYS = [
  "applyset.kubernetes.io/part-of",
  "applyset.kubernetes.io/id",
  "app.kubernetes.io/instance",
  "app.kubernetes.io/managed-by",
  "argocd.argoproj.io/instance",
  "argocd.argoproj.io/tracking-id",
  "cli-utils.sigs.k8s.io/inventory-id",
  "config.k8s.io/owning-inventory",
  "config.kubernetes.io/origin",
  "configmanagement.gke.io/managed",
  "configsync.gke.io/resource-id",
  "fluxcd.io/sync-checksum",
  "helm.sh/chart",
  "helm.toolkit.fluxcd.io/name",
  "internal.config.kubernetes.io/path",
  "kapp.k14s.io/app",
  "kubectl.kubernetes.io/last-applied-configuration",
  "kustomize.toolkit.fluxcd.io/name",
  "meta.helm.sh/release-name",
  "objectset.rio.cattle.io/hash",
  "pkg.pkgserver.dev/changed-by",
];

describe("isPackageKey", () => {
  it.each(OWNERSHIP_KEYS)("leaves %s with the object", (key) => {
    expect(isPackageKey(key, NO_PREFIXES)).toBe(false);
  });

  it("takes keys without a prefix, and those with a listed one, but none of its subdomains", () => {
    const prefixes = ["example.com"];
    expect(["team", "a.b", "example.com/owner"].map((key) => isPackageKey(key, prefixes))).toEqual([true, true, true]);
    expect(["x.example.com/owner", "example.com.evil/a"].map((key) => isPackageKey(key, prefixes))).toEqual([
      false,
      false,
    ]);
  });
});

describe("metadataPrefixesOf", () => {
  it("has those of the Repository, and one empty list for all others", () => {
    expect(metadataPrefixesOf(aRepository({ packageMetadata: { prefixes: ["example.com"] } }))).toEqual([
      "example.com",
    ]);
    expect(metadataPrefixesOf(aRepository())).toBe(NO_PREFIXES);
    expect(metadataPrefixesOf(undefined)).toBe(NO_PREFIXES);
  });
});

describe("wasPackageKey", () => {
  it("knows the keys that earlier versions recorded", () => {
    expect(["team", "example.com/a", "app.kubernetes.io/instance"].map(wasPackageKey)).toEqual([true, true, true]);
    const never = ["pkg.pkgserver.dev/latest", "pkgserver.dev/a", "kubectl.kubernetes.io/last-applied-configuration"];
    expect(never.map(wasPackageKey)).toEqual([false, false, false]);
  });
});
