import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { it as base, describe, expect } from "vitest";
import { FunctionUnavailable } from "../../src/core/ports/function-runtime.ts";
import { createFunctionRuntime } from "../../src/function-runtime/create-runtime.ts";
import { DEFAULT_PROGRAM_LIMITS } from "../../src/function-runtime/limits.ts";
import type { RunnerSettings } from "../../src/function-runtime/settings/settings.ts";
import { type Certificate, startEvaluator } from "./evaluator.ts";

const IMAGE = "docker.io/nephio/interface-fn:latest";

/** A self-signed certificate, and the path of its PEM. */
async function createCertificate(dir: string, name: string, subjectAltName: string) {
  const [keyFile, file] = [join(dir, `${name}.key`), join(dir, `${name}.crt`)];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyFile];
  const request = ["req", "-x509", ...key, "-out", file, "-days", "2", "-subj", `/CN=${name}`];
  await promisify(execFile)("openssl", [...request, "-addext", `subjectAltName=${subjectAltName}`]);
  return { file, certificate: { cert: await readFile(file), key: await readFile(keyFile) } };
}

const it = base
  .extend("dir", async ({}, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "runner-tls-"));
    onCleanup(async () => await rm(dir, { recursive: true }));
    return dir;
  })
  .extend("own", async ({ dir }) => await createCertificate(dir, "runner", "IP:127.0.0.1"));

function openRuntime(address: string, tls: RunnerSettings["tls"]) {
  const limits = { ...DEFAULT_PROGRAM_LIMITS, timeMs: 5_000 };
  const runner = { address, images: ["*"], limits, ...(tls !== undefined && { tls }) };
  return createFunctionRuntime({ settings: { functions: new Map(), runner }, readStarlark: async () => undefined });
}

async function run(runtime: ReturnType<typeof openRuntime>): Promise<string> {
  const program = runtime.container(IMAGE);
  if (program === undefined) throw new Error("the image is not for the function runner");
  return (await program.run("kind: ResourceList")).stdout;
}

/** What a call says that fails. */
async function failureOf(certificate: Certificate | undefined, tls: RunnerSettings["tls"]): Promise<string> {
  await using evaluator = await startEvaluator(({ resourceList }) => ({ resourceList }), certificate);
  using runtime = openRuntime(evaluator.address, tls);
  const error = await run(runtime).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FunctionUnavailable);
  expect(error).toMatchObject({ isTransient: true });
  return (error as Error).message;
}

describe("the connection to a function runner", () => {
  it("is encrypted, if the settings have a certificate for it", async ({ own }) => {
    await using evaluator = await startEvaluator(({ resourceList }) => ({ resourceList }), own.certificate);
    using runtime = openRuntime(evaluator.address, { ca: own.file });
    expect(await run(runtime)).toBe("kind: ResourceList");
  });

  it("is none to a server whose certificate another one has signed", async ({ dir, own }) => {
    const other = await createCertificate(dir, "other", "IP:127.0.0.1");
    expect(await failureOf(own.certificate, { ca: other.file })).toMatch(/cannot be reached: .*certificate/);
    // Nor does a machine trust it by itself.
    expect(await failureOf(own.certificate, {})).toMatch(/cannot be reached: .*certificate/);
  });

  it("is none to a server of another name", async ({ dir }) => {
    const { file, certificate } = await createCertificate(dir, "elsewhere", "DNS:runner.example.com");
    expect(await failureOf(certificate, { ca: file })).toMatch(/cannot be reached: .*altnames/);
  });

  it("is none where only one of both encrypts it", async ({ own }) => {
    expect(await failureOf(undefined, { ca: own.file })).toContain("cannot be reached");
    expect(await failureOf(own.certificate, undefined)).toContain("cannot be reached");
  });

  it("is made when its certificate can be read", async ({ dir, own }) => {
    const ca = join(dir, "later.crt");
    await using evaluator = await startEvaluator(({ resourceList }) => ({ resourceList }), own.certificate);
    using runtime = openRuntime(evaluator.address, { ca });
    const missing = `the certificates of the function runner at ${evaluator.address} cannot be read: `;
    await expect(run(runtime)).rejects.toThrow(missing);
    await writeFile(ca, "no certificate");
    await expect(run(runtime)).rejects.toThrow(missing);
    await writeFile(ca, own.certificate.cert);
    expect(await run(runtime)).toBe("kind: ResourceList");
  });
});
