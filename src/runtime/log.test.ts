import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createLog, type LogOptions } from "./log.ts";

function capture(options: LogOptions = {}) {
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
}

describe("runtime/log", () => {
  it("prints one JSON line a message, with the fields of child loggers", () => {
    const { log, lines } = capture();
    log.child({ controller: "repo" }).child({ object: "ns/a" }).warn("slow", { seconds: 3 });
    expect(lines()).toEqual([
      { ts: "1970-01-01T00:00:00.000Z", level: "warn", msg: "slow", controller: "repo", object: "ns/a", seconds: 3 },
    ]);
  });

  it("keeps the message apart from a field called message", () => {
    const { log, lines } = capture();
    log.info("outer", { message: "inner" });
    expect(lines()[0]).toMatchObject({ msg: "outer", message: "inner" });
  });

  it("prints an error with its stack, own fields and causes", () => {
    const { log, lines } = capture();
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    log.error("failed", { error: new TypeError("cannot list", { cause }) });
    expect(lines()[0]?.error).toMatchObject({
      name: "TypeError",
      message: "cannot list",
      stack: expect.stringContaining("log.test.ts"),
      cause: { message: "refused", code: "ECONNREFUSED", stack: expect.any(String) },
    });
  });

  it("follows its level", () => {
    const { log, lines } = capture({ level: "warn" });
    log.info("hidden");
    log.setLevel("debug");
    log.debug("shown");
    expect(lines().map(({ msg }) => msg)).toEqual(["shown"]);
  });

  it("prints what JSON cannot hold", () => {
    const { log, lines } = capture();
    const loop: { self?: unknown } = {};
    loop.self = loop;
    log.info("big", { n: 2n ** 64n });
    log.info("loop", { loop });
    expect(lines()[0]).toMatchObject({ n: "18446744073709551616" });
    expect(lines()[1]).toMatchObject({ msg: "loop", logError: expect.stringContaining("circular") });
  });

  it("redacts registered secrets in messages, fields and errors, encoded too, until they are forgotten", () => {
    const { log, lines, text } = capture();
    const secret = 'p@ss"w\\rd';
    const forget = log.registerSecret(secret);
    const again = log.registerSecret(secret);
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
    forget();
    log.info(secret);
    expect(lines()[1]?.msg).toBe("[redacted]");
    again();
    log.info(secret);
    expect(lines()[2]?.msg).toBe(secret);
  });

  it("redacts the longer of two secrets as a whole", () => {
    const { log, lines } = capture();
    log.registerSecret("token");
    log.registerSecret("token-2");
    log.info("a token-2 b");
    expect(lines()[0]?.msg).toBe("a [redacted] b");
  });
});
