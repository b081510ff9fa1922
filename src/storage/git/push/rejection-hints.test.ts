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

  it.each([
    ["GitLab: Committer's email 'a@b.c' does not follow the pattern '@example.com$'", "committer"],
    ["GitLab: Committer email 'a@b.c' is not verified.", "committer"],
    ["only push commits if the committer email is one of your own verified emails.", "committer"],
    ["error: GH013: Repository rule violations found; - Committer email must end with a given pattern", "committer"],
    ["GitLab: Author's email 'a@b.c' does not follow the pattern '@example.com$'", "emailDomain"],
    ["GitLab: Commit author's email 'a@b.c' does not follow the pattern", "emailDomain"],
    ["GH013: - Author email must match a given regex pattern: x", "emailDomain"],
    ["GitLab: Commit message does not follow the pattern '^PKG-[0-9]+'", "messageTemplate"],
    ["GitLab: Commit message contains the forbidden pattern 'x'", "messageTemplate"],
    ["GitLab: Commit message must contain a DCO signoff", "messageTemplate"],
    ["error: GH013: - Commit message must match a given regex pattern: ^PKG", "messageTemplate"],
  ])("says for %j which setting helps", (message, setting) => {
    expect(hintForRejection(`pre-receive hook declined: ${message}`)).toMatch(
      new RegExp(`^set spec\\.git\\.commit\\.${setting} of the Repository to [^;]*$`),
    );
  });

  it.each([
    ["GitLab: Branch name does not follow the pattern '^feature/'"],
    ["GitLab: Branch name 'web/one' does not follow the pattern '^feature/'"],
    ["GH013: - Tag name must match a given regex pattern"],
  ])("says for %j what names there are", (message) => {
    expect(hintForRejection(message)).toContain("let the rule accept FOLDER/WORKSPACE and FOLDER/vN");
  });

  it("has a hint for each of several rules", () => {
    const message = "- Commit message must start with a given pattern: PKG; - Committer email must end with: x";
    expect(hintForRejection(message)?.split("; ")).toHaveLength(2);
  });

  it("knows nothing about the messages of other hooks", () => {
    expect(hintForRejection("hook declined: change freeze until Monday")).toBeUndefined();
    expect(hintForRejection("protected branch hook declined: the default branch is protected")).toBeUndefined();
  });
});
