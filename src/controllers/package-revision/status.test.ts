import { describe, expect, it } from "vitest";
import type { FileReport } from "../../core/validation/file-report.ts";
import { writeStatus } from "./status.ts";
import type { StepResult } from "./steps/step.ts";
import { StepEnv } from "./testing/step-env.ts";

const READY: StepResult = { status: {}, readiness: { state: "ready", reason: "Draft", message: "branch dns/one" } };
const PASSED = { status: "True", reason: "Validated", message: "no error" } as const;
const NO_PROBLEMS: FileReport = { problems: [], count: 0 };

function failed(state: "stalled" | "reconciling", reason: string): StepResult {
  return { status: {}, readiness: { state, reason, message: `because of ${reason}` } };
}

async function anObject() {
  const env = await StepEnv.open();
  const name = env.create("dns");
  const write = async (...results: StepResult[]) => {
    await writeStatus(env.dependencies, env.revision(name), results);
    return env.revision(name).status;
  };
  const conditionOf = (type: string) => env.revision(name).status?.conditions?.find((one) => one.type === type);
  return { env, name, write, conditionOf };
}

describe("writeStatus", () => {
  it("folds the results of several steps into one patch", async () => {
    const { env, write } = await anObject();
    const before = env.writes().api;
    const one = { ...READY, status: { lifecycle: "draft", files: 1 } };
    const two = { ...READY, status: { files: 2, waitingFor: ["Gate"] } };
    expect(await write(one, two)).toMatchObject({
      lifecycle: "draft",
      files: 2,
      waitingFor: ["Gate"],
      observedGeneration: 1,
    });
    expect(env.writes().api).toBe(before + 1);
  });

  it("writes nothing, and returns the object, if nothing changes", async () => {
    const { env, name, write } = await anObject();
    await write({ ...READY, status: { lifecycle: "draft" } });
    const before = env.writes();
    expect(await writeStatus(env.dependencies, env.revision(name), [READY])).toEqual(env.revision(name));
    expect(await writeStatus(env.dependencies, env.revision(name), [])).toEqual(env.revision(name));
    expect(env.writes()).toEqual(before);
  });

  it("records an Event for a render that fails, once, and for none that succeeds", async () => {
    const { env, write } = await anObject();
    const of = (status: "True" | "False", reason: string): StepResult => ({
      ...READY,
      status: { lifecycle: "draft" },
      processed: { rendered: { status, reason, message: "it is so" }, validated: PASSED },
    });
    await write(of("True", "Rendered"));
    await write(of("False", "FunctionFailed"));
    await write(of("False", "FunctionFailed"));
    expect(env.events).toEqual(["FunctionFailed"]);
    await write(of("True", "Rendered"));
    await write(of("False", "FunctionFailed"));
    expect(env.events).toEqual(["FunctionFailed", "FunctionFailed"]);
  });

  describe("attribution", () => {
    const CHANGED_BY = "pkg.pkgserver.dev/changed-by";
    const noRepository = { get: () => undefined };
    /** An object of a Repository with four eyes, whose creation was recorded as this. */
    async function attributed(changedBy: string | undefined, fourEyes = true) {
      const env = await StepEnv.open({ approval: { fourEyes } });
      const name = env.create("dns");
      if (changedBy !== undefined)
        env.api.patch("packagerevisions", name, { metadata: { annotations: { [CHANGED_BY]: changedBy } } });
      const write = async (repositories = env.dependencies.repositories, status: StepResult["status"] = {}) => {
        await writeStatus({ ...env.dependencies, repositories }, env.revision(name), [{ ...READY, status }]);
        return env.revision(name).status?.attribution;
      };
      return { env, name, write };
    }

    it.each([
      ["Complete if the creation named its user", "ann", "Complete"],
      ["Complete of an object that the operator created", "", "Complete"],
      ["Partial of a creation without a name", undefined, "Partial"],
    ])("is %s", async (_, changedBy, expected) => {
      const { env, name, write } = await attributed(changedBy);
      expect(await write()).toBe(expected);
      // A later name does not tell who came before.
      env.api.patch("packagerevisions", name, { metadata: { annotations: { [CHANGED_BY]: "zoe" } } });
      expect(await write()).toBe(expected);
    });

    it("is kept from before the Repository was known, and removed if that requires none", async () => {
      const known = await attributed("ann");
      expect([await known.write(noRepository), await known.write()]).toEqual(["Complete", "Complete"]);
      const free = await attributed("ann", false);
      expect([await free.write(noRepository), await free.write()]).toEqual(["Complete", undefined]);
    });

    it("is Partial if four eyes are required only later, and none of a published revision", async () => {
      const { env, write } = await attributed("ann", false);
      expect(await write()).toBeUndefined();
      env.api.patch("repositories", "blue", { spec: { approval: { fourEyes: true } } });
      expect(await write()).toBe("Partial");
      expect(await write(undefined, { lifecycle: "published" })).toBeUndefined();
    });
  });

  it("removes fields that are undefined", async () => {
    const { write } = await anObject();
    await write({ ...READY, status: { lifecycle: "draft", waitingFor: ["Gate"] } });
    expect(await write({ ...READY, status: { waitingFor: undefined } })).not.toHaveProperty("waitingFor");
  });

  it("takes Ready from the first result that is not ready", async () => {
    const { write, conditionOf } = await anObject();
    await write(READY, failed("reconciling", "First"), failed("stalled", "Second"));
    expect(conditionOf("Ready")).toMatchObject({ reason: "First", message: "because of First" });
    expect(conditionOf("Ready")?.status).not.toBe("True");
    await write(READY, READY);
    expect(conditionOf("Ready")).toMatchObject({ status: "True", reason: "Draft" });
  });

  it("decides on the object that a step has written", async () => {
    const { env, name, write } = await anObject();
    const stale = env.revision(name);
    const object = env.api.patch("packagerevisions", name, { spec: { lifecycle: "proposed" } });
    await writeStatus(env.dependencies, stale, [{ ...READY, object }]);
    expect(env.revision(name).status?.observedGeneration).toBe(2);
    expect(await write(READY)).toMatchObject({ observedGeneration: 2 });
  });
});

describe("the condition FilesValid", () => {
  const draft = (contentDigest: string, report?: FileReport): StepResult => {
    return { ...READY, status: { lifecycle: "draft", contentDigest }, ...(report !== undefined && { report }) };
  };

  it("is Unknown while new contents are being read, and True with a report without problems", async () => {
    const { write, conditionOf } = await anObject();
    await write(draft("sha256:1"));
    expect(conditionOf("FilesValid")).toMatchObject({ status: "Unknown" });
    await write(draft("sha256:1", NO_PROBLEMS));
    expect(conditionOf("FilesValid")).toMatchObject({ status: "True" });
  });

  it("is False with InvalidYAML for a report with problems", async () => {
    const { write, conditionOf } = await anObject();
    const problems = [{ path: "f", line: 1, column: 1, message: "not YAML" }];
    await write(draft("sha256:1", { problems, count: 1, reason: "InvalidYAML" }));
    expect(conditionOf("FilesValid")).toMatchObject({ status: "False", reason: "InvalidYAML" });
  });

  it("stays as it is without a report on the same contents, and is Unknown again for others", async () => {
    const { write, conditionOf } = await anObject();
    await write(draft("sha256:1", NO_PROBLEMS));
    await write(READY);
    expect(conditionOf("FilesValid")).toMatchObject({ status: "True" });
    await write(draft("sha256:2"));
    expect(conditionOf("FilesValid")).toMatchObject({ status: "Unknown" });
  });

  it("is not made Unknown by a publication: published files are not checked", async () => {
    const { write, conditionOf } = await anObject();
    await write({ ...READY, status: { lifecycle: "published", contentDigest: "sha256:1" } });
    expect(conditionOf("FilesValid")).toBeUndefined();
    await write(draft("sha256:1", NO_PROBLEMS));
    await write({ ...READY, status: { lifecycle: "published", contentDigest: "sha256:2" } });
    expect(conditionOf("FilesValid")).toMatchObject({ status: "True" });
  });
});

describe("Events", () => {
  it("are recorded once for a new reason that stalls, and not for the transitions that users asked for", async () => {
    const { env, write } = await anObject();
    await write(READY);
    await write(failed("reconciling", "Waiting"));
    expect(env.events).toEqual([]);
    await write(failed("stalled", "EmptyPackage"));
    await write(failed("stalled", "EmptyPackage"));
    expect(env.events).toEqual(["EmptyPackage"]);
  });

  it("report a proposal that an external push voided, though the draft is ready", async () => {
    const { env, write } = await anObject();
    await write({ ...READY, readiness: { ...READY.readiness, reason: "ProposalVoided" } });
    expect(env.events).toEqual(["ProposalVoided"]);
  });
});
