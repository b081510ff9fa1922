import { describe, expect, it } from "vitest";
import { describeRewrite, isConfirmed } from "./history-rewrite.ts";

const [LOST, NOW] = ["1".repeat(40), "2".repeat(40)];
const CONFIRM = "pkg.pkgserver.dev/confirm-history";

describe("a rewritten history", () => {
  it("is described with the commands that resolve it", () => {
    const rewrite = { ref: "refs/heads/dns/one", lost: LOST, now: NOW };
    expect(describeRewrite(rewrite, "edits wait", "pkgrev catalog.blue.dns.one")).toBe(
      `refs/heads/dns/one was moved on the remote from ${LOST} to ${NOW}, which does not contain it: edits wait; to ` +
        `restore it: git fetch origin ${LOST} && git push --force origin ${LOST}:refs/heads/dns/one; to accept the ` +
        `new history: kubectl annotate --overwrite pkgrev catalog.blue.dns.one ${CONFIRM}=${LOST}..${NOW}`,
    );
  });

  it("is described with commands that run nothing of a branch's name", () => {
    const rewrite = { ref: "refs/heads/edge1/inj/a;touch$IFS-x;echo", lost: LOST, now: NOW };
    expect(describeRewrite(rewrite, "edits wait", "pkgrev a")).toContain(
      `git push --force origin '${LOST}:refs/heads/edge1/inj/a;touch$IFS-x;echo'; to accept`,
    );
  });

  it("is confirmed by exactly its two commits", () => {
    const rewrite = { lost: LOST, now: NOW };
    expect(isConfirmed(rewrite, { [CONFIRM]: `${LOST}..${NOW}` })).toBe(true);
    for (const annotations of [undefined, {}, { [CONFIRM]: `${NOW}..${LOST}` }, { [CONFIRM]: LOST }])
      expect(isConfirmed(rewrite, annotations)).toBe(false);
  });
});
