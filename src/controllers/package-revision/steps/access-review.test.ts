import { describe, expect, it, vi } from "vitest";
import { isAllowed, isServiceAccount } from "./access-review.ts";

const PERMISSION = {
  verb: "update",
  subresource: "approval",
  namespace: "team",
  name: "catalog.blue.dns.one",
} as const;
const BOT = "system:serviceaccount:robots:bot";

function clientThatAnswers(allowed: boolean | undefined) {
  return { create: vi.fn(async () => ({ metadata: {}, ...(allowed !== undefined && { status: { allowed } }) })) };
}

describe("isServiceAccount", () => {
  it.each([
    [BOT, true],
    ["alice", false],
    ["system:serviceaccount:robots", false],
    ["system:serviceaccount:robots:bot:more", false],
    ["x system:serviceaccount:robots:bot", false],
    ["system:serviceaccounts:robots:bot", false],
  ])("of %s is %s", (user, expected) => {
    expect(isServiceAccount(user)).toBe(expected);
  });
});

describe("isAllowed", () => {
  it("asks for the ServiceAccount with the groups that Kubernetes gives it", async () => {
    const client = clientThatAnswers(true);
    expect(await isAllowed(client as never, BOT, PERMISSION)).toBe(true);
    expect(client.create).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ plural: "subjectaccessreviews" }),
      expect.objectContaining({
        spec: {
          user: BOT,
          groups: ["system:serviceaccounts", "system:serviceaccounts:robots", "system:authenticated"],
          resourceAttributes: {
            group: "pkg.pkgserver.dev",
            resource: "packagerevisions",
            subresource: "approval",
            verb: "update",
            namespace: "team",
            name: "catalog.blue.dns.one",
          },
        },
      }),
    );
  });

  it.each([false, undefined])("is false for the answer %s", async (allowed) => {
    expect(await isAllowed(clientThatAnswers(allowed) as never, BOT, PERMISSION)).toBe(false);
  });

  it("does not ask for a person, whose groups are not known", async () => {
    const client = clientThatAnswers(true);
    expect(await isAllowed(client as never, "alice", PERMISSION)).toBe(false);
    expect(client.create).not.toHaveBeenCalled();
  });
});
