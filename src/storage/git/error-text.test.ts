import { describe, expect, it } from "vitest";
import { interpretFailure } from "./error-patterns.ts";
import { boundText, cleanText, readRemoteMessage } from "./error-text.ts";
import { readRejections } from "./push/push-report.ts";

describe("megabytes of stderr from a remote", () => {
  // A pattern that backtracks from every character needs hours for four megabytes.
  const long = (unit: string) => unit.repeat(Math.ceil((4 * 1024 * 1024) / unit.length));
  it.each([
    "a",
    "a.",
    "run-group.sh ",
    "cannot lock ref 'x': cannot process ",
    "x://",
    "repository '",
    "\n",
    "remote: ",
  ])("are interpreted within seconds if they repeat %j", (unit) => {
    const started = performance.now();
    const text = `remote: ${long(unit)}`;
    expect(interpretFailure(text).message.length).toBeLessThanOrEqual(1000);
    expect(readRemoteMessage(text).length).toBeLessThanOrEqual(1000);
    readRejections("!\tx:refs/heads/main\t[remote rejected] (no)\n", text, []);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("show no half of a secret where the text is cut", () => {
    for (const at of [950, 995, 1990, 3995, 65_530]) {
      const text = `remote: ${"x".repeat(at)}s3cret-pass${"y".repeat(200_000)}`;
      for (const message of [readRemoteMessage(text, ["s3cret-pass"]), interpretFailure(text, ["s3cret-pass"]).message])
        expect(message).not.toContain("s3c");
    }
  });
});

describe("cleanText", () => {
  it("hides secrets, users in URLs and terminal escapes, and cuts long texts", () => {
    expect(cleanText("a s3cret at https://ann:pw@host/x?y=s3cret \u001b[31mred", ["s3cret", "", "a"])).toBe(
      "a … at https://host/x?y=… [31mred",
    );
    expect(cleanText("x".repeat(5000), [])).toHaveLength(1000);
  });

  it("hides secrets of at least three characters: shorter ones would make every message unreadable", () => {
    expect(cleanText("abc ab", ["abc", "ab"])).toBe("… ab");
  });
});

describe("readRemoteMessage", () => {
  it("joins the lines that the remote sent", () => {
    const stderr =
      "remote: error: GH006: Protected branch update failed.        \nremote: \nremote: Changes must be made by a pull request.        \nerror: failed to push some refs";
    expect(readRemoteMessage(stderr)).toBe(
      "error: GH006: Protected branch update failed.; Changes must be made by a pull request.",
    );
  });
});

describe("boundText", () => {
  it("keeps 2000 characters of each line", () => {
    expect(boundText(`${"a".repeat(2001)}\nb`)).toBe(`${"a".repeat(2000)}\nb`);
  });

  it("keeps the first and the last 32 KiB", () => {
    const [first, last] = ["first line\n".repeat(4000), "last line\n".repeat(4000)];
    expect(boundText(`${first}${last}`)).toBe(`${first.slice(0, 32 * 1024)}\n${last.slice(-32 * 1024)}`);
    expect(boundText(first)).toBe(first);
  });
});
