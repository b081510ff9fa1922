import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../../src/api/v1alpha1/package-revision-resources.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type ApiClient, type ApiResponse, createApiClient } from "../../testenv/api-client.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

const CLIENTS = 32;
const EDITS = 3;
/** Maximum number of tries of a replace, each with the current object. */
const TRIES = 200;
const VERBS = ["merge", "apply", "replace"] as const;

let env: TestEnv;
let packages: Packages;
let requestAs: ApiClient;
let git: GitReader;
let draft: string;
const accepted: { readonly file: string; readonly text: string }[] = [];
const refused: ApiResponse[] = [];

/** One client's edit of its own file. A replace sends the whole object as it was read, with its resourceVersion. */
async function edit(verb: (typeof VERBS)[number], client: number, file: string, text: string): Promise<ApiResponse> {
  const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisionresourceses/${draft}`;
  const spec = { resources: { [file]: text } };
  if (verb === "merge") return await requestAs("alice", "merge", path, { spec });
  if (verb === "apply") {
    const { apiVersion, kind } = await packages.contents(draft);
    const body = { apiVersion, kind, metadata: { name: draft }, spec };
    return await requestAs("alice", "apply", `${path}?fieldManager=client-${client}`, body);
  }
  const current = await packages.contents(draft);
  return await requestAs("alice", "replace", path, {
    ...current,
    spec: { resources: { ...current.spec.resources, ...spec.resources } },
  });
}

async function editUntilAccepted(...parameters: Parameters<typeof edit>): Promise<ApiResponse> {
  for (let left = TRIES; left > 0; left--) {
    const answer = await edit(...parameters);
    if (answer.code === 200) return answer;
    refused.push(answer);
  }
  throw new Error(`${parameters[3]} was refused ${TRIES} times: ${refused.at(-1)?.body.message}`);
}

/** Makes edits one by one, each after the last one is in Git, so that every edit must be in the history. */
async function runClient(client: number): Promise<void> {
  const verb = VERBS[client % VERBS.length] ?? "merge";
  const file = `client-${client}.yaml`;
  for (let at = 0; at < EDITS; at++) {
    const text = `edit: ${client}-${at}-by-${verb}\n`;
    const answer = await editUntilAccepted(verb, client, file, text);
    accepted.push({ file, text });
    const { generation } = answer.body.metadata;
    await waitUntil(`${text} is in Git`, async () => await packages.contents(draft), {
      until: ({ status }) => (status?.observedGeneration ?? 0) >= generation,
      timeoutMs: 240_000,
    });
  }
}

beforeAll(async () => {
  env = await startTestEnv("edits");
  packages = await createPackages(env);
  requestAs = await createApiClient(env.controlPlane);
  await env.git.createRepository("blue");
  await env.register("blue");
  git = createGitReader(env.git, "blue");
  draft = await packages.createDraft({ repository: "blue", package: "busy", workspace: "one" }, { "a.yaml": "a: 1\n" });
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => runClient(client)));
});

afterAll(async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const revision = `${env.namespace}/${draft}`;
  const edits = accepted.map(({ file, text }) => ({ revision, files: new Map([[file, bytes(text)]]) }));
  await env?.end({ ledger: { edits } });
});

describe(`edits of one draft by ${CLIENTS} clients`, () => {
  it("are refused only if they replace an outdated object", () => {
    expect(refused.map(({ code, body }) => [code, body.message])).toEqual(
      refused.map(() => [409, expect.stringContaining("the object has been modified")]),
    );
    expect(accepted.length).toBe(CLIENTS * EDITS);
    expect(refused.length).toBeGreaterThan(0);
  });

  it("are all in the branch's history once acknowledged", async () => {
    const history = await git("log", "-p", "--format=", "refs/heads/busy/one");
    const added = new Set(history.split("\n").filter((line) => line.startsWith("+edit: ")));
    expect(accepted.filter(({ text }) => !added.has(`+${text.trimEnd()}`))).toEqual([]);
  });

  it("leave each file with its last edit, in the cluster and in Git", async () => {
    const last = new Map(accepted.map(({ file, text }) => [file, text]));
    const wanted = { "a.yaml": "a: 1\n", ...Object.fromEntries(last) };
    const shown: PackageRevisionResources = await packages.waitForAcknowledgement(draft);
    expect(shown.spec.resources).toEqual(wanted);
    expect(await git.files("refs/heads/busy/one", "busy")).toEqual(wanted);
  });

  it("share commits: there are fewer commits than edits", async () => {
    expect(await git.count("refs/heads/main..refs/heads/busy/one")).toBeLessThan(accepted.length);
  });
});
