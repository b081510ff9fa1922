import { expect, it } from "vitest";
import { compareKubeVersions } from "./kube-version.ts";

it("compareKubeVersions ranks versions as Kubernetes does", () => {
  // The example of its documentation of CustomResourceDefinitions.
  const ranked = "v10 v2 v1 v11beta2 v10beta3 v3beta1 v12alpha1 v11alpha2 foo1 foo10".split(" ");
  expect(ranked.toSorted().toSorted((a, b) => compareKubeVersions(b, a))).toEqual(ranked);
  expect(compareKubeVersions("v1", "v1")).toBe(0);
  expect(compareKubeVersions("x", "x")).toBe(0);
});
