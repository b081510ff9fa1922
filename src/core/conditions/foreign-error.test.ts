import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeForeignError } from "./foreign-error.ts";

const PASSWORD = "p4ssw0rd-hunter2";
const thrownBy = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return error;
  }
};

describe("describeForeignError", () => {
  it.each([
    ["JSON that cannot be parsed", () => JSON.parse(`{"password":${PASSWORD}}`), "SyntaxError"],
    ["an argument with NUL", () => spawn("git", [`${PASSWORD}\0`]), "ERR_INVALID_ARG_VALUE"],
    ["a variable with NUL", () => spawn("git", [], { env: { A: `${PASSWORD}\0` } }), "ERR_INVALID_ARG_VALUE"],
    ["a URL", () => new URL(`https//me:${PASSWORD}@x`), "ERR_INVALID_URL"],
    ["a text", () => Promise.reject(PASSWORD), "a value that is no Error"],
  ])("does not repeat what the runtime quotes: %s", async (_, work, shown) => {
    expect(describeForeignError(await thrownBy(work))).toBe(shown);
  });

  it("says what the system refuses", async () => {
    const text = describeForeignError(await thrownBy(() => readFile("/nowhere/at/all")));
    expect(text).toBe("ENOENT: no such file or directory, open '/nowhere/at/all'");
  });

  it.each([
    ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:6443"],
    ["UND_ERR_SOCKET", "other side closed"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"],
    ["CERT_HAS_EXPIRED", "certificate has expired"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames"],
  ])("says why there is no connection: %s", (code, message) => {
    expect(describeForeignError(Object.assign(new Error(message), { code }))).toBe(message);
    expect(describeForeignError(Object.assign(new Error(""), { code }))).toBe(code);
  });

  it("repeats no other text, wherever it is in the error", () => {
    const code = fc.oneof(fc.constantFrom(undefined, 7, "ERR_INVALID_CHAR", "ERR_OUT_OF_RANGE"), fc.string());
    fc.assert(
      fc.property(fc.string(), code, (around, given) => {
        fc.pre(!/^E[A-Z0-9]+$/.test(String(given)));
        const secret = `${around}${PASSWORD}`;
        const errors = [secret, new Error(secret), new TypeError("x", { cause: secret })].map((error) =>
          typeof error === "string" ? error : Object.assign(error, { code: given, name: secret }),
        );
        for (const error of errors) expect(describeForeignError(error)).not.toContain("hunter2");
      }),
    );
  });
});
