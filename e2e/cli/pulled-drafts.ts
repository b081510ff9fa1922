import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cli, testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const BLUEPRINT = { "README.md": "blueprint\n", "conf/app.yaml": "a: 1\n" };
/** Of `conf/app.yaml` and its like, in a package of a target. */
export const NO_OBJECT = "no Kubernetes object (kind and metadata.name): nothing of the target can be built";

/** Fixtures of the tests that edit drafts: a catalog with a blueprint, a draft there, and a Repository of targets. */
export function testWithBlueprint(prefix: string) {
  const it = testWithCli(prefix);
  it.beforeAll(async ({ env, cli }) => {
    await env.git.createRepository("catalog");
    const files = Object.fromEntries(Object.entries(BLUEPRINT).map(([path, text]) => [`web/storefront/${path}`, text]));
    await pushExternally(env.git, "catalog", { files, tags: ["web/storefront/v1"] });
    await env.register("catalog");
    await env.git.createRepository("deployments");
    await env.register("deployments", { deployment: true });
    await cli("init", "web/backend", "--repo", "catalog", "--workspace", "first");
  });
  return it;
}

let created = 0;

/** A draft of a package of its own with the blueprint's files, pulled into a folder. */
export async function pullDraft(cli: Cli) {
  const name = `p${++created}`;
  await cli("clone", "catalog/web/storefront", `edge9/${name}`, "--workspace", "first");
  const { stderr } = await cli.run(["pull", name]);
  const dir = join(cli.dir, name);
  const write = async (files: Readonly<Record<string, string | Uint8Array | null>>) => {
    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(join(dir, path, ".."), { recursive: true });
      if (bytes === null) await rm(join(dir, path));
      else await writeFile(join(dir, path), bytes);
    }
  };
  const short = `edge9/${name}@first`;
  return { name, short, object: `edge9.deployments.${name}.first`, branch: `edge9/${name}/first`, dir, write, stderr };
}
