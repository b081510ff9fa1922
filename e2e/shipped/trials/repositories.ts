import { expect } from "vitest";
import { ANNOTATION_SYNC } from "../../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { cloneRepository } from "../documented-shell.ts";
import { createRepository, fill, id, type Trial } from "./trial.ts";

/** Of Repositories, and of what is in them in Git. */
export const REPOSITORY_TRIALS: readonly Trial[] = [
  {
    command: "policies:",
    run: async (script, context) => {
      const { packages, shell } = context;
      const name = await createRepository(context);
      await shell.run(fill(script, { NAME: name }));
      const deployment = (replicas: number) =>
        JSON.stringify({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web" },
          spec: {
            replicas,
            selector: { matchLabels: { app: "web" } },
            template: {
              metadata: { labels: { app: "web" } },
              spec: { containers: [{ name: "web", image: "web:1" }] },
            },
          },
        });
      const draft = await packages.createDraft(id(name, "one"), { "a.yaml": deployment(1) });
      await packages.setLifecycle(draft, "proposed");
      const held = await packages.waitFor(draft, "is held back", (one) => {
        return one.status?.waitingFor?.[0] === "ValidationFailed";
      });
      expect(JSON.stringify(held.status?.conditions)).toContain("set spec.replicas to 2 or more");
      await packages.save(draft, { "a.yaml": deployment(2) });
      await packages.waitForReason(draft, "Proposed");
    },
  },
  {
    command: "git verify-tag",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const clone = await cloneRepository(env, name, shell.dir);
      const values = { "edge1/web/storefront/v1": "net/v1", "pkgserver-system": env.namespace };
      await shell.run(fill(script, values), { cwd: clone });
    },
  },
  {
    command: "kubectl pkg audit deployments",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const clone = await cloneRepository(env, name, shell.dir);
      const values = { "audit deployments": `audit ${clone}`, "pkgserver-system": env.namespace };
      expect(await shell.run(`export PATH="$PWD/dist/cli:$PATH"\n${fill(script, values)}`)).toMatch(
        /net +v1 .*alice +alice +bob +Verified/,
      );
    },
  },
  {
    command: "tag --sign",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = "docs-signed";
      await env.git.createRepository(name, { seed: { "web/storefront/a.yaml": "a: 1\n" } });
      const verification = { mode: "Tag", secretRef: { name: "release-keys" } };
      const cwd = await cloneRepository(env, name, shell.dir);
      await shell.run("ssh-keygen -q -t ed25519 -N '' -f ann; git config user.name ann; git config user.email a@b", {
        cwd,
      });
      await shell.run(script, { cwd });
      await shell.run("git push --quiet origin web/storefront/v1", { cwd });
      await env.register(name, { verification });
      await env.waitForReason(`catalog.${name}.web.storefront.v1`, "Published");
    },
  },
  {
    command: "sync-requested-at",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = await createRepository(context);
      await shell.run(fill(script, { NAME: name }));
      await waitUntil("the requested sync is done", async () => await env.repository(name), {
        until: ({ metadata, status }) =>
          status?.lastHandledSyncRequest !== undefined &&
          status.lastHandledSyncRequest === metadata.annotations?.[ANNOTATION_SYNC],
      });
    },
  },
  {
    command: "list-skipped",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = await createRepository(context);
      await pushExternally(env.git, name, { files: { "README.md": "odd\n" }, tags: ["web/odd", "other"] });
      await env.sync(name);
      await shell.run(fill(script, { NAME: name }));
      await waitUntil("the refs are listed", async () => (await env.repository(name)).status?.skipped, {
        until: (skipped) => skipped?.map(({ ref }) => ref).join() === "refs/tags/web/odd",
      });
    },
  },
  {
    command: "kubectl get lease",
    run: async (script, context) => {
      const { env, shell } = context;
      const name = await createRepository(context);
      const output = await shell.run(fill(script, { "pkgserver-system": env.namespace }));
      expect(output).toMatch(
        new RegExp(` LAST-SYNC .*\\n(.*\\n)*${env.namespace} +${name} +True +Synced .* \\d+[ms] `),
      );
      const renewed = Date.parse(output.trim().split("\n").at(-1) ?? "");
      expect(Date.now() - renewed).toBeLessThan(15_000);
    },
  },
  {
    command: "confirm-history",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const git = async (...args: readonly string[]) => (await env.git.git(name, ...args)).trim();
      const before = await git("rev-parse", "main");
      await git("update-ref", "refs/heads/main", await git("rev-list", "--max-parents=0", "main"));
      const [after = ""] = await pushExternally(env.git, name, { files: { "net/a.yaml": "a: 1\n" } });
      await env.sync(name);
      await env.waitForRepository(name, "HistoryRewritten");
      await shell.run(fill(script, { NAME: name, BEFORE: before, AFTER: after }));
      await env.waitForRepository(name, "Synced");
    },
  },
  {
    command: "git push origin",
    run: async (script, context) => {
      const { env, packages, shell } = context;
      const name = await createRepository(context);
      await packages.createPublished(id(name, "one"), { "a.yaml": "a: 1\n" });
      const clone = await cloneRepository(env, name, shell.dir);
      await env.git.git(name, "update-ref", "-d", "refs/heads/main");
      // This sync fails: its answer is the reason.
      await shell.run(`kubectl annotate --overwrite pkgrepo ${name} ${ANNOTATION_SYNC}=deleted`);
      const { status } = await env.waitForRepository(name, "BranchNotFound");
      await shell.run(fill(script, { COMMIT: status?.commit ?? "" }), { cwd: clone });
      await env.sync(name);
      await env.waitForRepository(name, "Synced");
    },
  },
  {
    command: "allowed-hosts",
    run: async (script, context) => {
      const { env, shell } = context;
      const stringData = { username: "pkgserver", password: env.password };
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "bound" }, stringData };
      await env.as("admin").applyYaml(JSON.stringify(secret));
      const name = await createRepository(context);
      await shell.run(fill(script, { NAME: "bound" }));
      await env.applyRepository(name, {}, { credentials: "bound" });
      await env.waitForRepository(name, "HostNotAllowed");
      await env.as("admin")("delete", "pkgrepo", name);
    },
  },
];
