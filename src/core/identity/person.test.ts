import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostileText } from "../testing/arbitraries.ts";
import { OPERATOR, personOf } from "./person.ts";

describe("personOf", () => {
  it.each([
    ["ann@example.com", "ann@example.com", "ann@example.com"],
    ["ann", "ann", "ann@noreply.pkgserver.dev"],
    [
      "system:serviceaccount:ns:bot",
      "system:serviceaccount:ns:bot",
      "system-serviceaccount-ns-bot@noreply.pkgserver.dev",
    ],
    ["Ann <ann@example.com>", "Ann ann@example.com", "Ann-ann-example.com@noreply.pkgserver.dev"],
    ["ann\nauthor eve", "annauthor eve", "annauthor-eve@noreply.pkgserver.dev"],
    ["ann@example.com  (ops)", "ann@example.com  (ops)", "ann-example.com-ops@noreply.pkgserver.dev"],
    ["-.ann.-", "-.ann.-", "ann@noreply.pkgserver.dev"],
    ["ü", "ü", "user@noreply.pkgserver.dev"],
  ])("makes an author of the user %j", (user, name, email) => {
    expect(personOf(user)).toEqual({ name, email });
  });

  it.each([undefined, "", " ", "<>", "\n"])("is the operator for %j", (user) => {
    expect(personOf(user)).toEqual(OPERATOR);
  });

  it("cuts a name after 200 characters, without the white space at its ends", () => {
    const [exact, short] = ["x".repeat(200), "x".repeat(199)];
    expect(personOf(`  ${exact}y`).name).toBe(exact);
    expect(personOf(`${short} y`).name).toBe(short);
  });

  it("fits a header of Git for any user name", () => {
    fc.assert(
      fc.property(hostileText, fc.nat(220), (user, pad) => {
        const { name, email } = personOf(`${"x".repeat(pad)}${user}`);
        expect(name).toMatch(/^[^<>\x00-\x1f\x7f]+$/);
        expect(name).toBe(name.trim());
        expect(name.isWellFormed()).toBe(true);
        expect(email).toMatch(/^[^<>\x00-\x20\x7f@]+@[^<>\x00-\x20\x7f@]+$/);
      }),
    );
  });
});
