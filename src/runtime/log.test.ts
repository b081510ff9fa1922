import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Writable } from "node:stream";
import { it as base, describe, expect } from "vitest";
import { createLog, type LogOptions } from "./log.ts";

/** Creates a log and returns the lines that were written to it. */
const it = base.extend("capture", () => (options: LogOptions = {}) => {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      written.push(String(chunk));
      done();
    },
  });
  const log = createLog({ stream, now: () => new Date(0), ...options });
  return {
    log,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(""),
  };
});

const LEVELS = ["debug", "info", "warn", "error"] as const;

describe("createLog", () => {
  it("prints one JSON line for each message, with the fields of child loggers", ({ capture }) => {
    const { log, lines, text } = capture();
    log.child({ controller: "repo" }).child({ object: "ns/a" }).warn("slow", { seconds: 3 });
    expect(lines()).toEqual([
      { ts: "1970-01-01T00:00:00.000Z", level: "warn", msg: "slow", controller: "repo", object: "ns/a", seconds: 3 },
    ]);
    expect(text()).toMatch(/^\{.*\}\n$/);
  });

  it("stamps lines with the present time", ({ capture }) => {
    const before = Date.now();
    const { log, lines } = capture({ now: () => new Date() });
    log.info("x");
    expect(Date.parse(String(lines()[0]?.ts))).toBeGreaterThanOrEqual(before);
  });

  it("does not append a field called message to the message", ({ capture }) => {
    const { log, lines } = capture();
    log.info("outer", { message: "inner" });
    expect(lines()[0]).toMatchObject({ msg: "outer", message: "inner" });
  });

  it("prints an error with its stack, own fields and causes", ({ capture }) => {
    const { log, lines } = capture();
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    log.error("failed", { error: new TypeError("cannot list", { cause }), plain: new Error("plain") });
    expect(lines()[0]?.error).toMatchObject({
      name: "TypeError",
      message: "cannot list",
      stack: expect.stringContaining("log.test.ts"),
      cause: { message: "refused", code: "ECONNREFUSED", stack: expect.any(String) },
    });
    expect(lines()[0]?.plain).not.toHaveProperty("errors");
  });

  it("prints the errors of an AggregateError", ({ capture }) => {
    const { log, lines } = capture();
    log.error("failed", { error: new AggregateError([new Error("one"), new Error("two")], "both") });
    expect(lines()[0]?.error).toMatchObject({ message: "both", errors: [{ message: "one" }, { message: "two" }] });
  });

  it.for(LEVELS)("prints %s and what is more severe, at that level", (level, { capture }) => {
    const { log, lines } = capture({ level });
    for (const each of LEVELS) log[each](each, { of: each });
    const printed = LEVELS.slice(LEVELS.indexOf(level)).map((each) => ({ level: each, msg: each, of: each }));
    expect(lines()).toMatchObject(printed);
    expect(lines()).toHaveLength(printed.length);
  });

  it("prints info by default, and follows its level, in child loggers too", ({ capture }) => {
    const { log, lines } = capture();
    const child = log.child({ object: "a" });
    for (const each of LEVELS) child[each](each);
    expect(lines().map(({ msg }) => msg)).toEqual(["info", "warn", "error"]);
    log.setLevel("debug");
    child.debug("shown");
    expect(lines().at(-1)).toMatchObject({ msg: "shown", object: "a" });
  });

  it("prints values that JSON cannot represent", ({ capture }) => {
    const { log, lines } = capture();
    const loop: { self?: unknown } = {};
    loop.self = loop;
    log.info("big", { n: 2n ** 64n });
    log.info("loop", { loop });
    expect(lines()[0]).toMatchObject({ n: "18446744073709551616" });
    expect(lines()[1]).toMatchObject({
      ts: "1970-01-01T00:00:00.000Z",
      level: "info",
      msg: "loop",
      logError: expect.stringContaining("circular"),
    });
  });
});

describe("a log as the last handler of errors", () => {
  it("prints a message without its fields if a getter throws", ({ capture }) => {
    const { log, lines } = capture();
    const fields = {
      get bad() {
        throw new Error("from the getter");
      },
    };
    log.child({ object: "a" }).error("failed", fields);
    expect(lines()).toMatchObject([{ msg: "failed", object: "a" }]);
  });

  it("goes on when its stream fails", async ({ capture }) => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    const { log } = capture({ stream });
    const failed = once(stream, "error");
    log.error("first");
    await failed;
    expect(() => log.error("second")).not.toThrow();
  });
});

describe("registerSecret", () => {
  it.for([
    ["60 kB", 60_000],
    ["700 kB", 700_000],
  ] as const)("redacts beside a value of %s, and that value", ([, length], { capture }) => {
    const { log, lines } = capture();
    const large = randomBytes(length).toString("base64").slice(0, length);
    log.registerSecret("pass-word");
    log.registerSecret(large);
    log.info(`a pass-word ${large.slice(0, 156 * 128)}`, { error: new Error("bad pass-word") });
    expect(lines()[0]).toMatchObject({ msg: "a [redacted] [redacted]", error: { message: "bad [redacted]" } });
  });

  it("redacts in messages, fields and errors, encoded too, until every registration has ended", ({ capture }) => {
    const { log, lines, text } = capture();
    const secret = 'p@ss"w\\rd';
    const unregister = log.registerSecret(secret);
    const unregisterAgain = log.registerSecret(secret);
    log.info(`cloning with ${secret}`, {
      url: `https://u:${encodeURIComponent(secret)}@host/`,
      header: Buffer.from(secret).toString("base64"),
      deep: [{ error: new Error(`bad ${secret}`) }],
    });
    expect(lines()[0]).toMatchObject({
      msg: "cloning with [redacted]",
      url: "https://u:[redacted]@host/",
      header: "[redacted]",
    });
    expect(text()).not.toContain("w\\\\rd");
    unregister();
    // Ending one registration twice must not end the other.
    unregister();
    log.info(secret);
    expect(lines()[1]?.msg).toBe("[redacted]");
    unregisterAgain();
    log.info(secret);
    expect(lines()[2]?.msg).toBe(secret);
  });

  it("redacts the longer of two secrets as a whole", ({ capture }) => {
    const { log, lines } = capture();
    log.registerSecret("token");
    log.registerSecret("token-2");
    log.info("a token-2 b");
    expect(lines()[0]?.msg).toBe("a [redacted] b");
  });

  it("redacts every occurrence of every secret", ({ capture }) => {
    const { log, lines } = capture();
    const unregister = log.registerSecret("first");
    log.registerSecret("second");
    log.info("first second first");
    unregister();
    log.info("first second first");
    expect(lines().map(({ msg }) => msg)).toEqual(["[redacted] [redacted] [redacted]", "first [redacted] first"]);
  });

  it("redacts texts of four characters and more: shorter ones match ordinary words", ({ capture }) => {
    const { log, lines } = capture();
    log.registerSecret("abc")();
    log.registerSecret("abc");
    log.registerSecret("wxyz");
    log.info("abc wxyz");
    expect(lines()[0]?.msg).toBe("abc [redacted]");
  });
});
