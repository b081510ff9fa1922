import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type LossyApiProxy, startLossyApiProxy } from "../../testenv/lossy-api-proxy.ts";
import { createPackages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { openFailpoints } from "./failpoints.ts";
import { expectOutcome } from "./outcome.ts";
import { setStage } from "./stage.ts";
import { travel } from "./travel.ts";

let dir: string;
let api: LossyApiProxy;
let env: TestEnv;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pkgserver-deaf-"));
  const kubeconfig = join(dir, "kubeconfig");
  api = await startLossyApiProxy(inject("controlPlane"), kubeconfig);
  env = await startTestEnv("writes", { operator: { kubeconfig } });
});

afterAll(async () => {
  api?.stopLosing();
  await env?.end();
  await api?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe("lost responses of the API server", () => {
  it("do not make the operator do a step twice", async () => {
    const stage = await setStage(env, await createPackages(env), "j1");
    await travel(stage, openFailpoints(dir), { kills: new Map() });
    const kinds = new Set(
      api.lostResponses().map((write) => write.replace(/\/namespaces\/[^/]+\/([^/]+)(?:\/[^/]+)?/, " $1")),
    );
    expect(kinds.size).toBeGreaterThan(10);
    await expectOutcome(stage);
  });
});
