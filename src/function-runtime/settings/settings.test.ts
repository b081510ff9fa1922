import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readSettings } from "./read-settings.ts";
import { findAllowed, runsOnRunner } from "./settings.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const program = (lines: string) => `functions:\n  example.com/fn:\n${lines.replaceAll(/^/gm, "    ")}`;
const WASM = `wasm: /a.wasm\ndigest: ${DIGEST}`;

describe("the settings of functions", () => {
  it("allow programs, and a function runner", () => {
    const text = `${program(`${WASM}\nlimits: {time: 2m, memory: 64Mi, output: 1Mi}`)}
  example.com/other:v1: {exec: /bin/other, digest: "${DIGEST}"}
runner:
  address: function-runner.porch-system:9445
  images: [example.com/]
  limits: {time: 1m}
`;
    const limits = { timeMs: 30_000, memoryBytes: 268_435_456, outputBytes: 33_554_432 };
    expect(readSettings(text)).toEqual({
      functions: new Map([
        [
          "example.com/fn",
          {
            kind: "wasm",
            file: "/a.wasm",
            digest: DIGEST,
            limits: { timeMs: 120_000, memoryBytes: 67_108_864, outputBytes: 1_048_576 },
          },
        ],
        ["example.com/other:v1", { kind: "exec", file: "/bin/other", digest: DIGEST, limits }],
      ]),
      runner: {
        address: "function-runner.porch-system:9445",
        images: ["example.com/"],
        limits: { ...limits, timeMs: 60_000 },
      },
    });
  });

  it("are documented with an example that is right", () => {
    const docs = readFileSync(new URL("../../../docs/rendering.md", import.meta.url), "utf8");
    const [, example = ""] = /```yaml\n(functions:.*?)```/s.exec(docs) ?? [];
    const { functions, runner } = readSettings(example);
    expect([functions.size, runner?.images]).toEqual([2, ["docker.io/nephio/"]]);
  });

  it("may be empty", () => {
    expect(readSettings("functions:\nrunner: ~\n")).toEqual({ functions: new Map() });
  });

  it.each([
    ["", "a mapping with `functions` and `runner` is expected"],
    ["a: [", "line 1:"],
    ["function: {}", "function is no setting; known are functions, runner"],
    ["functions: []", "functions: a mapping is expected"],
    [program("[]"), "functions[example.com/fn]: a mapping is expected"],
    [program(`digest: ${DIGEST}`), "functions[example.com/fn]: one of wasm and exec is expected"],
    [program(`${WASM}\nexec: /b`), "functions[example.com/fn]: one of wasm and exec is expected"],
    [program(`wasm: a.wasm\ndigest: ${DIGEST}`), "functions[example.com/fn]: a.wasm is no absolute path"],
    [program("wasm: /a.wasm"), "functions[example.com/fn].digest: sha256: and 64 hexadecimal digits"],
    [program(`${WASM}\nargs: [x]`), "functions[example.com/fn]: args is no setting; known are wasm, exec"],
    [program(`${WASM}\nlimits: {time: 1d}`), "functions[example.com/fn].limits.time: a duration from 100ms to 10m"],
    [program(`${WASM}\nlimits: {memory: 1}`), "functions[example.com/fn].limits.memory: 1048576 to"],
    [program(`${WASM}\nlimits: {output: many}`), "functions[example.com/fn].limits.output: 1024 to"],
    ["runner: {images: [a]}", "runner.address: host:port is expected"],
    ["runner: {address: 'http://x:1', images: [a]}", "runner.address: host:port is expected"],
    ["runner: {address: 'x:1', images: [a], tls: true}", "runner.tls: a mapping is expected"],
    ["runner: {address: 'x:1', images: [a], tls: {ca: ca.crt}}", "runner.tls.ca: ca.crt is no absolute path"],
    ["runner: {address: 'x:1', images: [a], tls: {key: /k}}", "runner.tls: key is no setting; known are ca"],
    ["runner: {address: 'x:1'}", "runner.images: a list of images"],
    ["runner: {address: 'x:1', images: [a, ''] }", "runner.images: a list of images"],
  ])("that are wrong say what is expected: %j", (text, message) => {
    expect(() => readSettings(text)).toThrow(message);
  });
});

describe("tls of a function runner", () => {
  it.each([
    ["", undefined],
    ["tls: null", undefined],
    ["tls: {}", {}],
    ["tls: {ca: /certs/ca.crt}", { ca: "/certs/ca.crt" }],
  ])("is read: %j", (text, tls) => {
    expect(readSettings(`runner: {address: "x:1", images: [a], ${text}}`).runner?.tls).toEqual(tls);
  });
});

describe("an image", () => {
  const settings = readSettings(
    `functions: {a/b: {exec: /b, digest: "${DIGEST}"}, "a/b:v2": {exec: /b2, digest: "${DIGEST}"}}`,
  );

  it.each([
    ["a/b", "/b"],
    ["a/b:v1", "/b"],
    ["a/b:v2", "/b2"],
    [`a/b@sha256:${"0".repeat(64)}`, "/b"],
    [`a/b:v2@sha256:${"0".repeat(64)}`, "/b"],
    ["a/bc", undefined],
    ["x/a/b", undefined],
    ["b", undefined],
    ["__proto__", undefined],
  ])("is found with its tag, or without: %s", (image, file) => {
    expect(findAllowed(settings, image)?.file).toBe(file);
  });

  it.each([
    ["registry:5000/fn/a:v1", true],
    ["registry:5000/fna", false],
    ["one/image:v1", true],
    [`one/image:v2@sha256:${"0".repeat(64)}`, true],
    ["one/image@sha256:0", false],
    ["registry:5000/fn/../other", false],
    ["registry:5000/fn//a", false],
    ["registry:5000/fn/a\nSigned-off-by: eve", false],
    ["registry:5000/fn/a b", false],
    [`registry:5000/fn/${"a".repeat(300)}`, false],
    ["one/images", false],
    ["tagged/image:v1", true],
    ["tagged/image:v2", false],
    ["tagged/image", false],
  ])("runs on the function runner if it is listed: %s", (image, expected) => {
    const images = ["registry:5000/fn/", "one/image", "tagged/image:v1"];
    const { limits } = settings.functions.get("a/b") ?? { limits: { timeMs: 1, memoryBytes: 1, outputBytes: 1 } };
    expect(runsOnRunner({ address: "x:1", images, limits }, image)).toBe(expected);
    const isImage = !/\.\.|\/\/|[\n ]|a{300}|:0$/.test(image);
    expect(runsOnRunner({ address: "x:1", images: ["*"], limits }, image)).toBe(isImage);
  });
});
