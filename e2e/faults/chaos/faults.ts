import { randomBytes } from "node:crypto";
import { readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ControlPlane } from "../../harness/control-plane.ts";
import { signalProcess } from "../../harness/processes.ts";
import { killChildren } from "../../testenv/git-children.ts";
import type { Random } from "../../testenv/random.ts";
import type { TestEnv } from "../../testenv/testenv.ts";
import type { Crew } from "./crew.ts";

export interface Scene {
  readonly env: TestEnv;
  readonly crew: Crew;
  readonly controlPlane: ControlPlane;
  readonly random: Random;
}

/** A fault that is over when the promise resolves. Killed processes are restarted by the crew. */
export type Fault = (scene: Scene) => Promise<void>;

/** The duration of a fault: it does not wait for an effect. */
const last = async ({ random }: Scene, from: number, to: number) => await pause(from + random.int(to - from));

const someone = ({ crew, random }: Scene) => random.pick(crew.running());

export const FAULTS: Readonly<Record<string, Fault>> = {
  "a replica is killed": async (scene) => await someone(scene)?.kill(),
  "a replica stands still for a moment": async (scene) => await stop(scene, 200, 2_000),
  "a replica stands still beyond its lease": async (scene) => await stop(scene, 8_000, 10_000),
  "git processes are killed": async (scene) => await killChildren(someone(scene)?.dataDir ?? "none"),
  "the API server is killed": async ({ controlPlane }) => {
    await controlPlane.killApiServer();
    await controlPlane.startApiServer();
  },
  "the API server stands still": async (scene) => {
    scene.controlPlane.pauseApiServer();
    await last(scene, 500, 6_000);
    scene.controlPlane.resumeApiServer();
  },
  "the git server answers 500": async ({ env, random }) => env.git.failNext(1 + random.int(20), 500),
  "the git server answers nothing": async (scene) => {
    scene.env.git.failNext(1 + scene.random.int(4), "hang");
    await last(scene, 500, 3_000);
    scene.env.git.failNext(0, 500);
    scene.env.git.closeConnections();
  },
  "connections to the git server break": async (scene) => {
    for (let times = 1 + scene.random.int(15); times > 0; times--) {
      scene.env.git.closeConnections();
      await last(scene, 20, 200);
    }
  },
  "the password is changed": async (scene) => {
    const { env } = scene;
    const password = `canary-${randomBytes(12).toString("hex")}`;
    env.registerSecret(password);
    env.git.setPassword(password);
    await last(scene, 0, 2_000);
    // All fields: an apply removes fields, such as the type, that the last one had.
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "git-auth" },
      type: "kubernetes.io/basic-auth",
    };
    const stringData = { username: "pkgserver", password };
    await env.as("admin").applyYaml(JSON.stringify({ ...secret, stringData }), "--server-side", "--force-conflicts");
  },
  "mirrors are removed": async (scene) => {
    const dir = someone(scene)?.dataDir;
    if (dir !== undefined) await rm(join(dir, "mirrors"), { recursive: true, force: true, maxRetries: 10 });
  },
  "a pack is cut": async (scene) => {
    const [pack] = await findPacks(someone(scene)?.dataDir);
    if (pack !== undefined) await truncate(pack, Math.floor((await stat(pack)).size / 2));
  },
  "the Lease is deleted": async ({ env }) =>
    void (await env.as("admin")("delete", "lease", "pkgserver", "--ignore-not-found")),
};

async function stop(scene: Scene, from: number, to: number): Promise<void> {
  const one = someone(scene);
  if (one === undefined || !signalProcess(one.ref, "SIGSTOP")) return;
  await last(scene, from, to);
  signalProcess(one.ref, "SIGCONT");
}

async function findPacks(dataDir: string | undefined): Promise<readonly string[]> {
  if (dataDir === undefined) return [];
  const names = await readdir(join(dataDir, "mirrors"), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(".pack")).map((name) => join(dataDir, "mirrors", name));
}
