import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { render } from "../../src/core/render/render.ts";
import type { Rendered } from "../../src/core/render/rendered.ts";
import { createFunctionRuntime } from "../../src/function-runtime/create-runtime.ts";
import { DEFAULT_PROGRAM_LIMITS, type ProgramLimits } from "../../src/function-runtime/limits.ts";
import { findFreePorts } from "../harness/ports.ts";
import { type Evaluate, type Request, startEvaluator } from "./evaluator.ts";

const IMAGE = "docker.io/nephio/interface-fn:latest";
const APP = "apiVersion: v1\nkind: Widget\nmetadata:\n  name: a # it\nspec:\n  size: 1 # small\n";

async function renderWith(
  address: string,
  { limits = {}, image = IMAGE }: { readonly limits?: Partial<ProgramLimits>; readonly image?: string } = {},
): Promise<Rendered> {
  const runner = { address, images: ["docker.io/nephio/"], limits: { ...DEFAULT_PROGRAM_LIMITS, ...limits } };
  using runtime = createFunctionRuntime({
    settings: { functions: new Map(), runner },
    readStarlark: async () => undefined,
  });
  const pipeline = { mutators: [{ image, exclude: [{ kind: "Kptfile" }] }] };
  const kptfile = { apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata: { name: "p" }, pipeline };
  const files = new Map([
    ["Kptfile", JSON.stringify(kptfile)],
    ["a.yaml", APP],
  ]);
  return await render(files, { runtime });
}

async function evaluated(evaluate: Evaluate, options: Parameters<typeof renderWith>[1] = {}): Promise<Rendered> {
  await using evaluator = await startEvaluator(evaluate);
  return await renderWith(evaluator.address, options);
}

describe("Porch's function runner", () => {
  it("runs the images that the settings list", async () => {
    const requests: Request[] = [];
    const { changed, failure, functions, results } = await evaluated((request) => {
      requests.push(request);
      return { resourceList: request.resourceList.replace("size: 1", "size: 2"), log: "resized\n" };
    });
    expect(failure).toBeUndefined();
    expect([...changed]).toEqual([["a.yaml", APP.replace("size: 1", "size: 2")]]);
    expect(functions).toEqual([{ package: "", image: IMAGE, version: `container@${IMAGE}`, resources: 1 }]);
    expect(results).toMatchObject([{ severity: "info", message: "resized", function: IMAGE }]);
    expect(requests).toMatchObject([{ image: IMAGE }]);
    // The comments are for functions that read them.
    expect(requests[0]?.resourceList).toContain("size: 1 # small");
  });

  it("is not asked for other images", async () => {
    const requests: Request[] = [];
    const evaluate = (request: Request) => {
      requests.push(request);
      return { resourceList: request.resourceList };
    };
    const { failure } = await evaluated(evaluate, { image: "docker.io/someone/fn:latest" });
    expect(failure).toMatchObject({
      reason: "FunctionNotAvailable",
      message: expect.stringContaining("docker.io/someone/fn:latest"),
      file: "Kptfile",
      package: "",
    });
    expect(requests).toEqual([]);
  });

  it("is not there: the render may succeed later", async () => {
    const [port] = await findFreePorts(1);
    const { failure } = await renderWith(`127.0.0.1:${port}`);
    expect(failure).toMatchObject({ reason: "FunctionNotAvailable", isTransient: true, function: IMAGE });
    expect(failure?.message).toContain(`the function runner at 127.0.0.1:${port} cannot be reached`);
  });

  it("does not have the image", async () => {
    const { failure } = await evaluated(() => ({ code: status.NOT_FOUND, details: "no such image" }));
    expect(failure).toMatchObject({ reason: "FunctionNotAvailable" });
    expect(failure?.message).toMatch(/cannot run docker\.io\/nephio\/interface-fn:latest: no such image$/);
    expect(failure).not.toHaveProperty("isTransient");
  });

  it("reports a function that has failed", async () => {
    const { failure } = await evaluated(() => ({ code: status.INTERNAL, details: "no interface" }));
    expect(failure).toMatchObject({
      reason: "FunctionFailed",
      message: "ended with exit code 1: no interface",
      file: "Kptfile",
    });
  });

  it("has a limit of time", async () => {
    const { failure } = await evaluated(() => undefined, { limits: { timeMs: 300 } });
    expect(failure).toMatchObject({
      reason: "LimitExceeded",
      message: "was ended after 0.3 s, its limit of time",
    });
  });

  it("has a limit of output", async () => {
    const long = () => ({ resourceList: "x".repeat(100_000) });
    const { failure } = await evaluated(long, { limits: { outputBytes: 10_000 } });
    expect(failure).toMatchObject({ reason: "LimitExceeded", message: expect.stringContaining("10000 bytes") });
  });

  it.each([
    ["", "wrote nothing to stdout, where a ResourceList is expected"],
    ["a: [", "wrote a ResourceList that cannot be read: line 1: "],
    ["kind: List\nitems: []\n", "wrote no ResourceList"],
    ["kind: ResourceList\n", "wrote a ResourceList without a list of items"],
    ["kind: ResourceList\nitems: {}\n", "wrote a ResourceList without a list of items"],
    ["kind: ResourceList\nitems: [x]\n", "wrote a ResourceList whose item 0 is no mapping"],
    ['{"kind": "ResourceList", "items": [[]]}', "wrote a ResourceList whose item 0 is no mapping"],
    [`{"kind": "ResourceList", "items": [{"a": ${"[".repeat(400)}${"]".repeat(400)}}]}`, "nests deeper than 250"],
    ["kind: ResourceList\nitems: [{kind: A, apiVersion: v1}]\n", "a Kubernetes object must have `metadata.name`"],
  ])("may answer %j, which fails", async (resourceList, message) => {
    const { failure, changed } = await evaluated(() => ({ resourceList }));
    expect(failure).toMatchObject({ reason: "FunctionFailed", message: expect.stringContaining(message) });
    expect(changed.size).toBe(0);
  });

  it("may bring bytes that are no answer", async () => {
    const { failure } = await evaluated(() => ({ resourceList: "\u0000\u0001kind: ResourceList" }));
    expect(failure?.reason).toBe("FunctionFailed");
  });
});
