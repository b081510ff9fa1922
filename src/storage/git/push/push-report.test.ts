import { describe, expect, it } from "vitest";
import { readRejections, rejectionError } from "./push-report.ts";

const oid = "1".repeat(40);

/** Output of `git push --porcelain --atomic` of git 2.39 and of several servers. */
describe("readRejections", () => {
  it.each([
    ["a stale lease", ["[rejected] (stale info)", "[rejected] (atomic push failed)"], "", ["lease", "atomic"]],
    [
      "a hook",
      ["[remote rejected] (hook declined)", "[remote rejected] (atomic push failure)"],
      "",
      ["refused", "atomic"],
    ],
    [
      "a protected branch",
      ["[remote rejected] (protected branch hook declined)", "[remote rejected] (atomic push failure)"],
      "remote: error: GH006: Protected branch update failed for refs/heads/main.",
      ["refused", "atomic"],
    ],
    [
      "a pre-receive hook",
      ["[remote rejected] (pre-receive hook declined)", "[remote rejected] (pre-receive hook declined)"],
      "",
      ["refused", "refused"],
    ],
    [
      "a race inside the server",
      ["[remote rejected] (atomic transaction failed)", "[remote rejected] (atomic transaction failed)"],
      `remote: error: cannot lock ref 'refs/heads/main': is at ${oid} but expected ${"2".repeat(40)}`,
      ["lease", "lease"],
    ],
    [
      "a lock held by another push",
      ["[remote rejected] (failed to update ref)", "[remote rejected] (atomic push failure)"],
      "remote: error: cannot lock ref 'refs/heads/main': Unable to create '/x/refs/heads/main.lock': File exists.",
      ["lease", "atomic"],
    ],
    [
      "a race, as newer servers report it",
      ["[remote rejected] (incorrect old value provided)", "[remote rejected] (atomic push failure)"],
      "",
      ["lease", "atomic"],
    ],
    [
      "a ref that was created meanwhile",
      ["[remote rejected] (reference already exists)", "[remote rejected] (atomic push failure)"],
      "",
      ["lease", "atomic"],
    ],
    [
      "a ref whose name excludes another",
      ["[remote rejected] (atomic transaction failed)", "[remote rejected] (atomic transaction failed)"],
      "remote: error: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'",
      ["atomic", "conflict"],
    ],
  ])("classifies %s", (_, [main = "", other = ""], stderr, kinds) => {
    const stdout = `To https://git.example.com/a\n!\t${oid}:refs/heads/main\t${main}\n!\t:refs/heads/a/b\t${other}\n=\t${oid}:refs/heads/same\t[up to date]\nDone\n`;
    const rejections = readRejections(stdout, stderr, []);
    expect(rejections.map(({ ref, kind }) => [ref, kind])).toEqual([
      ["refs/heads/main", kinds[0]],
      ["refs/heads/a/b", kinds[1]],
    ]);
  });

  it("reports no rejection if the remote ended without a report", () => {
    const stdout = `!\t${oid}:refs/heads/main\t[remote failure] (remote failed to report status)\n`;
    expect(readRejections(stdout, "", [])).toEqual([]);
  });

  it("hides secrets and terminal escapes in the reason, which the remote chooses", () => {
    const stdout = `!\t${oid}:refs/heads/main\t[remote rejected] (\u001b[31mno t0ken\u0007)\n`;
    expect(readRejections(stdout, "", ["t0ken"]).map(({ message }) => message)).toEqual(["[31mno …"]);
  });

  it("quotes the remote's message without secrets", () => {
    const stdout = `!\t${oid}:refs/heads/main\t[remote rejected] (pre-receive hook declined)\n`;
    const [rejection] = readRejections(stdout, "remote: go away, t0ken\nerror: failed to push some refs", ["t0ken"]);
    expect(rejection && rejectionError(rejection).message).toBe(
      "refs/heads/main: pre-receive hook declined: go away, …",
    );
  });
});
