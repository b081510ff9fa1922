import { it as base, describe, expect } from "vitest";
import type { KubeObject } from "../api/meta.ts";
import { MutationCache } from "./mutation-cache.ts";

const it = base.extend("cache", () => new MutationCache<KubeObject>());
const object = (resourceVersion: string, uid = "u"): KubeObject => ({ metadata: { uid, resourceVersion } });

describe("MutationCache", () => {
  it("returns the written object until the watch has delivered it", ({ cache }) => {
    cache.keep("a", object("10"));
    expect(cache.newer("a", object("9"))).toEqual(object("10"));
    const watched = object("10");
    expect(cache.newer("a", watched)).toBe(watched);
  });

  it("does not return a written object again once the watch has passed it", ({ cache }) => {
    cache.keep("a", object("10"));
    cache.newer("a", object("11"));
    expect(cache.newer("a", object("9"))).toEqual(object("9"));
  });

  it("returns the watched object if another object has the name by now, or none has", ({ cache }) => {
    cache.keep("a", object("10"));
    expect(cache.newer("a", object("5", "recreated"))).toEqual(object("5", "recreated"));
    cache.keep("a", object("10"));
    expect(cache.newer("a", undefined)).toBeUndefined();
    expect(cache.newer("a", object("9"))).toEqual(object("9"));
  });

  it("keeps objects apart, and forgets dropped ones", ({ cache }) => {
    cache.keep("a", object("10"));
    expect(cache.newer("b", object("1"))).toEqual(object("1"));
    cache.drop("a");
    expect(cache.newer("a", object("9"))).toEqual(object("9"));
  });

  it("takes an object without a version for the oldest one", ({ cache }) => {
    cache.keep("a", object("1"));
    expect(cache.newer("a", { metadata: { uid: "u" } })).toEqual(object("1"));
  });
});
