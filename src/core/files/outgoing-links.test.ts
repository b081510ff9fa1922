import { describe, expect, it } from "vitest";
import { outgoingLinks } from "./outgoing-links.ts";

const object = "0".repeat(40);
const link = (path: string, leaves?: "Package" | "Repository", target = "/etc") => ({
  path,
  reason: "Symlink",
  object,
  target,
  ...(leaves !== undefined && { leaves }),
});

describe("outgoingLinks", () => {
  it("finds no problem in links that stay in the repository", () => {
    expect(outgoingLinks([link("a"), link("b", "Package")])).toBeUndefined();
  });

  it("names the first links out of the repository and their targets, safely", () => {
    const links = ["a\u001b", "b", "c", "d", "e", "f", "g"].map((path) => link(path, "Repository"));
    const problem = outgoingLinks([link("x"), ...links]);
    expect(problem?.reason).toBe("LinkLeavesRepository");
    expect(problem?.message).toContain("a\\u{1b} → /etc, b → /etc, c → /etc, d → /etc, e → /etc, and 2 more");
  });

  it("says what such links do, and how to remove them", () => {
    const links = ["a", "b", "c", "d", "e"].map((path) => link(path, "Repository"));
    expect(outgoingLinks(links)?.message).toBe(
      "symlinks lead out of the repository, or nowhere: a → /etc, b → /etc, c → /etc, d → /etc, e → /etc; whoever " +
        "renders the package would read files of that machine: remove them from the draft's branch, or from the " +
        "package that is cloned, with git",
    );
  });

  it("names a link whose target is too long", () => {
    const { target: _, ...rest } = link("a", "Repository");
    expect(outgoingLinks([rest])?.message).toContain("a → a target that is too long");
  });
});
