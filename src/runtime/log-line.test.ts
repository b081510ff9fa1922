import { describe, expect, it } from "vitest";
import { MAX_LINE, renderLine } from "./log-line.ts";
import { Redactor } from "./redactor.ts";

const ts = () => "now";
const SECRET = "correct-horse-battery-staple-and-some-more-of-it";

function render(msg: string, fields: Readonly<Record<string, unknown>> = {}, redactor = new Redactor()) {
  const text = renderLine({ ts, level: "info", msg, fields }, redactor);
  return { text, line: JSON.parse(text) as Record<string, unknown> };
}

function redactorOf(...values: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const value of values) redactor.add(value);
  return redactor;
}

describe("renderLine", () => {
  it("redacts the values and the keys of fields", () => {
    const { line } = render("m", { [`x${SECRET}`]: SECRET, refs: { [SECRET]: 1, other: 2 } }, redactorOf(SECRET));
    expect(line).toMatchObject({ "x[redacted]": "[redacted]", refs: { "[redacted]": 1, other: 2 } });
  });

  it("cuts a long message, counts the rest, and prints what follows", () => {
    const { line, text } = render("m".repeat(1_000_000), { object: "a/b" });
    expect(line.msg).toMatch(/^m{30000,33000}… \(9\d{5} more characters\)$/);
    expect(line.object).toBe("a/b");
    expect(text.length).toBeLessThan(MAX_LINE);
  });

  it("shows no part of a secret that continues where the message is cut", () => {
    const { line } = render("m".repeat(100_000));
    const max = String(line.msg).indexOf("…");
    for (let before = 1; before < SECRET.length; before++) {
      const { text } = render(`${"m".repeat(max - before)}${SECRET.repeat(2_000)}`, {}, redactorOf(SECRET));
      expect(text.replaceAll("m", "")).toContain('"sg":"[redacted]… (');
    }
  });

  it.each([
    ["a million numbers", Array.from({ length: 1_000_000 }, (_, at) => at)],
    ["a million texts", Array.from({ length: 1_000_000 }, () => "x")],
    ["as many keys", Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, null]))],
    ["errors that are each other's cause", eachOthersCause()],
    ["a depth of 100,000", Array.from({ length: 100_000 }).reduce((inner: unknown) => [inner], null)],
  ])("prints a line without its fields if they have %s", (_, field) => {
    const { line, text } = render("m", { field });
    expect(line).toEqual({ ts: "now", level: "info", msg: "m", logError: expect.any(String) });
    expect(text.length).toBeLessThan(MAX_LINE);
  });

  it.each([
    [
      "a getter",
      {
        get bad() {
          throw new Error(SECRET);
        },
      },
    ],
    [
      "toJSON",
      {
        toJSON: () => {
          throw new Error(SECRET);
        },
      },
    ],
    [
      "a proxy",
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error(SECRET);
          },
        },
      ),
    ],
    [
      "an error whose message is a getter",
      Object.defineProperty(new Error("x"), "message", {
        get: () => {
          throw new Error(SECRET);
        },
      }),
    ],
  ])("prints a line without its fields if %s throws, and no secret of that error", (_, field) => {
    const { line } = render("m", { field }, redactorOf(SECRET));
    expect(line).toEqual({ ts: "now", level: "info", msg: "m", logError: "[redacted]" });
  });

  it("prints a fixed text if the redactor itself fails, and tries it no third time", () => {
    let calls = 0;
    const failing = {
      redact: () => {
        calls += 1;
        throw new RangeError("too much");
      },
    } as unknown as Redactor;
    const { line } = render(SECRET, { field: SECRET }, failing);
    expect(line).toEqual({ level: "error", msg: "a line of the log could not be printed" });
    expect(calls).toBe(2);
  });
});

function eachOthersCause(): Error {
  const [one, other] = [new Error("one"), new Error("other")];
  one.cause = other;
  other.cause = one;
  return one;
}
