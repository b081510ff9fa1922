import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import type { PackageRevision } from "../../../src/api/v1alpha1/package-revision.ts";
import { endProcess, identifyProcess, type ProcessRef, signalProcess } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { testWithEnv } from "../../testenv/fixtures.ts";
import type { Packages } from "../../testenv/packages.ts";
import { conditionOf } from "../../testenv/pipeline-packages.ts";
import { readyReason, type TestEnv } from "../../testenv/testenv.ts";

/** A file with an open bracket at its end, large enough for the worker process. */
const bigAndBad = (name: string) => `${`- ${name}\n`.repeat(20_000)}- [1\n- b\n`;
const BOMB = Array.from({ length: 40 }, (_, at) =>
  at === 0 ? "a0: &a0 [x]\n" : `a${at}: &a${at} [${`*a${at - 1},`.repeat(9)}]\n`,
).join("");
/** The first four are not YAML, or exceed the limits of the check. */
const HOSTILE = {
  "bomb.yaml": BOMB,
  "commas.yaml": `[${",".repeat(100_000)}`,
  "deep.yaml": "[".repeat(300_000),
  "indents.yaml": Array.from({ length: 700 }, (_, at) => `${" ".repeat(at)}a:\n`).join(""),
  "line.yaml": `a: "${"x".repeat(300_000)}"\n`,
  "proto.yaml": "__proto__: {a: 1}\n",
};

const it = testWithEnv("problems");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await pushExternally(env.git, "blue", {
    files: { "tagged/a.yaml": "a: [\n" },
    tags: ["tagged/v1"],
  });
  await env.register("blue");
});

const filesValid = (object: PackageRevision) => object.status?.conditions?.find((one) => one.type === "FilesValid");
/** True once the operator has read the files and found problems. */
const isInvalid = (object: PackageRevision) => filesValid(object)?.status === "False";
const isValid = (object: PackageRevision) => filesValid(object)?.status === "True";
const createDraft = (packages: Packages, name: string, files: Readonly<Record<string, string>>) =>
  packages.createDraft({ repository: "blue", package: name, workspace: "one" }, files);
/** The operator's worker process that checks large files, while it runs. Linux only. */
const reader = (env: TestEnv): ProcessRef | undefined => {
  const { pid } = env.operator.ref;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("file-check"))
    .flatMap((child) => identifyProcess(Number(child)) ?? [])[0];
};
const waitForProblem = async (packages: Packages, name: string, message: string) =>
  await packages.waitFor(name, `reports ${message}`, (one) => isInvalid(one) && filesValid(one)?.message === message);

describe.concurrent("contents that are not YAML", () => {
  it("are acknowledged and reported with path and line until they are corrected", async ({ env, packages }) => {
    const files = { "a.yaml": "a: 1\n", "b.yml": "a:\n  b: 1\n c: 2\n", Kptfile: "a: &a [*a]\n" };
    const name = await createDraft(packages, "corrected", files);
    expect(await env.git.git("blue", "show", "corrected/one:corrected/b.yml")).toBe(files["b.yml"]);
    const object = await packages.waitFor(name, "reports the problem", isInvalid);
    expect(filesValid(object)).toMatchObject({
      status: "False",
      reason: "InvalidYAML",
      message: expect.stringMatching(/^Kptfile:1:8: alias of a value that contains the alias; b\.yml:3:1: /),
    });
    expect(readyReason(object)).toBe("Draft");
    expect((await packages.contents(name)).status).toMatchObject({
      fileProblemsCount: 2,
      fileProblems: [
        { path: "Kptfile", line: 1, column: 8, message: "alias of a value that contains the alias" },
        { path: "b.yml", line: 3 },
      ],
    });
    await packages.save(name, { "b.yml": "a: 1\n", Kptfile: null });
    await packages.waitFor(name, "reports no problem", isValid);
    const fields = Object.keys((await packages.contents(name)).status ?? {});
    expect(fields.filter((field) => field.startsWith("fileProblems"))).toEqual([]);
  });

  it("are reported on the proposal, and stay reported on the published revision", async ({ env, packages }) => {
    const name = await createDraft(packages, "approved", { "a.yaml": "a: 1\na: 2\n" });
    const message = "a.yaml:2:1: Map keys must be unique";
    expect(filesValid(await packages.propose(name))?.message).toBe(message);
    expect(filesValid(await packages.publish(name))?.message).toBe(message);
    expect(await env.git.git("blue", "show", "approved/v1:approved/a.yaml")).toBe("a: 1\na: 2\n");
  });

  it("are not searched for in external tags", async ({ packages }) => {
    const published = await packages.waitForReason("catalog.blue.tagged.v1", "Published");
    expect(filesValid(published)).toBeUndefined();
    const id = { repository: "blue", package: "tagged", workspace: "next" };
    await waitForProblem(
      packages,
      await packages.createDraft(id),
      "a.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]",
    );
  });

  it("are reported once large files are checked, also of a proposal", async ({ packages }) => {
    const name = await createDraft(packages, "big", { "a.yaml": bigAndBad("big") });
    await packages.propose(name);
    const object = await packages.waitFor(name, "reports the problem", isInvalid);
    expect(object.status?.lifecycle).toBe("proposed");
    const { status } = await packages.contents(name);
    expect(status?.frozen).toBe(true);
    expect(status?.fileProblems).toMatchObject([{ path: "a.yaml", line: 20_002 }]);
  });

  it("are not reported for a megabyte of valid YAML", async ({ packages }) => {
    const name = await createDraft(packages, "dense", { "a.yaml": "- a: b\n  c: [1, 2]\n".repeat(48_000) });
    // Files are checked one by one: this one is checked before the next.
    const next = await createDraft(packages, "after-dense", { "a.yaml": bigAndBad("after-dense") });
    await packages.waitFor(next, "reports the problem", isInvalid);
    expect(filesValid(await packages.waitFor(name, "reports no problem", isValid))?.reason).toBe("FilesValid");
  });

  it("do not delay the acknowledgement, and do not end the operator", async ({ env, packages }) => {
    const name = await createDraft(packages, "hostile", { "a.yaml": "a: 1\n" });
    const saved = await packages.save(name, HOSTILE);
    expect(saved.status?.error).toBeUndefined();
    const { status } = await waitUntil("all problems are reported", async () => await packages.contents(name), {
      until: (one) => one.status?.fileProblemsCount !== undefined,
    });
    const paths = new Set(status?.fileProblems?.map((one) => one.path));
    expect([...paths]).toEqual(["bomb.yaml", "commas.yaml", "deep.yaml", "indents.yaml"]);
    expect(JSON.stringify(status).length).toBeLessThan(64 * 1024);
    expect(env.operator.exitCode()).toBeNull();
  });
});

describe("reported problems", () => {
  it("are reported again after the worker process was killed, without another edit", async ({ env, packages }) => {
    const name = await createDraft(packages, "ended", { "bad.yaml": "a: 1\na: 2\n" });
    await waitForProblem(packages, name, "bad.yaml:2:1: Map keys must be unique");
    // Without a worker process at first, a new one checks the next file.
    await waitUntil("no worker process runs", () => reader(env) === undefined, { timeoutMs: 60_000 });
    const saved = packages.save(name, { "bad.yaml": "a: 1\n", "big.yaml": bigAndBad("ended") });
    const ref = await waitUntil("a worker process runs", () => reader(env), { intervalMs: 5 });
    // It is stopped until all reconciles of the edit are done: none of these can restart the check.
    signalProcess(ref, "SIGSTOP");
    await saved;
    await packages.waitFor(name, "has both files", (one) => one.status?.files === 2);
    await waitForProblem(
      packages,
      await createDraft(packages, "meanwhile", { "a.yaml": "a: 1\na: 2\n" }),
      "a.yaml:2:1: Map keys must be unique",
    );
    await endProcess(ref);
    const object = await packages.waitFor(name, "reports the other file", (one) =>
      Boolean(filesValid(one)?.message.startsWith("big.yaml:20002:")),
    );
    expect(filesValid(object)?.message).not.toContain("bad.yaml");
    expect((await packages.contents(name)).status?.fileProblems).toMatchObject([{ path: "big.yaml", line: 20_002 }]);
  });

  it("are found again after a restart, without a write", async ({ env, packages }) => {
    const small = await createDraft(packages, "small", { "a.yaml": "a: [\n" });
    const big = await createDraft(packages, "bigger", { "a.yaml": bigAndBad("bigger") });
    for (const name of [small, big]) {
      await packages.waitFor(name, "reports the problem", isInvalid);
      await packages.waitFor(name, "is judged", (one) => conditionOf(one, "Validated")?.status !== "Unknown");
    }
    const versions = async () => {
      const objects = [small, big].flatMap((name) => [packages.get(name), packages.contents(name)]);
      return (await Promise.all(objects)).map(({ metadata }) => metadata.resourceVersion);
    };
    const before = await versions();
    await env.restartOperator("stop");
    // Files are checked one by one, earlier ones first.
    const later = await createDraft(packages, "later", { "a.yaml": bigAndBad("later") });
    await packages.waitFor(later, "reports the problem", isInvalid);
    expect(await versions()).toEqual(before);
  });
});
