import { describe, expect } from "vitest";
import { needs } from "../testenv/needs.ts";
import { testWithVariants } from "./fixtures.ts";

const it = testWithVariants("variant-eyes");

describe("a PackageVariant under four eyes", () => {
  it(
    ...needs("MutatingAdmissionPolicy", "is a change by whoever made it, who does not approve it"),
    async ({ env, packages, variants }) => {
      await env.git.createRepository("catalog");
      await env.register("catalog");
      await env.git.createRepository("deployments");
      await env.register("deployments", { deployment: true, approval: { fourEyes: true } });
      const id = { repository: "catalog", package: "shop" };
      await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": "kind: A\n" });
      const downstream = { target: "edge1", repository: "deployments", package: "shop" };
      await variants.create("shop", { upstream: id, downstream }, "alice");
      await variants.change("shop", { packageContext: { inputs: [{ kind: "A" }] } }, "carol");
      const changersOf = async (name: string) =>
        (await packages.get(name)).metadata.annotations?.["pkg.pkgserver.dev/changed-by"];
      const current = await variants.waitForReason("shop", "DraftReady");
      const draft = current.status?.draft ?? "";
      expect(await changersOf(draft)).toBe("alice\ncarol");
      expect((await packages.get(draft)).status?.attribution).toBe("Complete");
      await packages.propose(draft);
      // carol may approve what others have made.
      await packages.approve(draft, "carol");
      await packages.waitForReason(draft, "FourEyes");
      await packages.setLifecycle(draft, "proposed", "carol");
      await packages.waitForReason(draft, "Proposed");
      await packages.approve(draft, "bob");
      expect((await packages.waitForReason(draft, "Published")).status?.publishedBy).toBe("bob");

      // Nobody is known to have proposed the deletion: whoever did it by name lets another one carry it out.
      await variants.delete("shop", "carol");
      await packages.waitForReason(draft, "DeletionProposed");
      await expect(packages.delete(draft, "carol")).rejects.toThrow("nobody knows who proposed this deletion");
      await packages.setLifecycle(draft, "published", "carol");
      await packages.waitForReason(draft, "Published");
      await packages.setLifecycle(draft, "deletionProposed", "carol");
      await packages.waitForReason(draft, "DeletionProposed");
      await expect(packages.delete(draft, "carol")).rejects.toThrow("user carol proposed this deletion");
      await packages.delete(draft, "bob");
      await packages.waitUntilGone(draft);
    },
  );
});
