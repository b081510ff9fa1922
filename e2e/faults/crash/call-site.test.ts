import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type BundledFile, CARRIERS, callSite } from "./call-site.ts";

const FILES: readonly BundledFile[] = [
  [1, ""],
  [100, "kube/client/transport.ts"],
  [200, "kube/client/client.ts"],
  [300, "kube/patch-status.ts"],
  [400, "controllers/package-revision/reconciler.ts"],
  [500, ""],
];
const at = (name: string, line: number) => `    at ${name} (file:///tmp/x/operator.mjs:${line}:7)`;
const stack = (...frames: readonly string[]) => ["Error", at("Object.onFailpoint", 510), ...frames].join("\n");

describe("CARRIERS", () => {
  it("lists files that exist, so that a move does not change the call sites", () => {
    const src = join(import.meta.dirname, "..", "..", "..", "src");
    expect([...CARRIERS].filter((file) => !existsSync(join(src, file)))).toEqual([]);
  });
});

describe("callSite", () => {
  it("names the callers, not the functions that execute the effect for them", () => {
    const { site, places } = callSite(
      "PATCH packagerevisions/status",
      stack(
        at("Transport.send", 110),
        at("KubeClient.patchStatus", 210),
        at("patchStatus", 310),
        at("async PackageRevisionReconciler.#writeStatus", 410),
        at("async PackageRevisionReconciler.reconcile", 420),
        at("async Array.map", 50),
      ),
      FILES,
    );
    const file = "controllers/package-revision/reconciler.ts";
    expect(site).toBe(`PATCH packagerevisions/status @ ${file} #writeStatus < ${file} reconcile`);
    expect(places).toEqual(["110:7", "210:7", "310:7", "410:7", "420:7"]);
  });

  it("is the same before the effect, with all callers on the stack, and after it, with some of them awaiting", () => {
    const before = stack(at("Reconciler.#block", 410), at("<anonymous>", 415), at("async Reconciler.reconcile", 420));
    const after = stack(at("async Reconciler.#block", 410), at("async Reconciler.reconcile", 420));
    expect(callSite("git push", before, FILES).site).toBe(callSite("git push", after, FILES).site);
  });
});
