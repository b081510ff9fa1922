import { describe, expect, it } from "vitest";
import { hintForRejection } from "./rejection-hints.ts";

describe("hintForRejection", () => {
  it.each([
    ["git", "deletion of the current branch prohibited: error: refusing to delete the current branch: refs/heads/a/b"],
    ["GitHub", "refusing to delete the current branch: refs/heads/a/b"],
    ["GitLab", "pre-receive hook declined: GitLab: The default branch of a project cannot be deleted."],
    ["Gitea", "pre-receive hook declined: error: branch a/b is the default branch and cannot be deleted"],
  ])("says what to do about a default branch that %s does not delete", (_, message) => {
    expect(hintForRejection(message)).toContain("make the branch of spec.git.ref its default branch");
  });

  it("knows nothing about the messages of other hooks", () => {
    expect(hintForRejection("hook declined: change freeze until Monday")).toBeUndefined();
    expect(hintForRejection("protected branch hook declined: the default branch is protected")).toBeUndefined();
  });
});
