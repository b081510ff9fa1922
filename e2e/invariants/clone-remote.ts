import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { readCredentials } from "../../src/controllers/repository/credentials.ts";
import type { Secret } from "../../src/controllers/shared/kinds.ts";
import { objectFormatOf } from "../../src/core/identity/oid.ts";
import { prepareCredentials } from "../../src/storage/git/exec/credentials.ts";
import type { ConfigPair } from "../../src/storage/git/exec/environment.ts";
import { DEFAULT_LIMITS } from "../../src/storage/git/exec/limits.ts";
import { runGitBytes } from "./git-batch.ts";

/** The largest that the API server stores. */
const MAX_SECRET_VALUE = 1024 ** 2;

/** Mirrors of Repositories' remotes, each in a new folder below `dir`. */
export class RemoteClones {
  readonly #dir: string;
  readonly #readSecret: (namespace: string, name: string) => Promise<Secret>;
  readonly #clones = new Map<string, Promise<string>>();

  constructor(dir: string, readSecret: (namespace: string, name: string) => Promise<Secret>) {
    this.#dir = dir;
    this.#readSecret = readSecret;
  }

  /**
   * Creates the mirror of a remote, or fetches into the existing one. Returns its folder. Throws an Error with git's
   * message.
   */
  async open({ metadata: { namespace, name }, spec: { git } }: Repository): Promise<string> {
    if (git === undefined) throw new Error("there is no spec.git");
    const secret =
      git.credentials === undefined
        ? {}
        : readCredentials(await this.#readSecret(namespace, git.credentials), MAX_SECRET_VALUE);
    const access = await mkdtemp(join(this.#dir, "access-"));
    const { config, variables } = await prepareCredentials(access, { url: git.url, ...secret }, DEFAULT_LIMITS);
    const env = { ...variables, ...configVariables([...config, ["http.followRedirects", "false"]]) };
    const key = `${namespace}/${name}`;
    const created = this.#clones.get(key) ?? this.#create(git.url, env);
    this.#clones.set(key, created);
    const folder = await created;
    const refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    await runGitBytes(folder, ["fetch", "--quiet", "--prune", "--no-tags", "--", git.url, ...refs], { env });
    return folder;
  }

  async #create(url: string, env: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(join(this.#dir, "remote-"));
    const [id = ""] = (await runGitBytes(folder, ["ls-remote", "--", url], { env })).toString().split("\t");
    const format = id === "" ? "sha1" : objectFormatOf(id);
    await runGitBytes(folder, ["init", "--quiet", "--bare", `--object-format=${format}`, folder]);
    return folder;
  }
}

/** Configuration in the environment, so that no password is in an argument list. */
function configVariables(pairs: readonly ConfigPair[]): Readonly<Record<string, string>> {
  const entries = pairs.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(pairs.length), ...Object.fromEntries(entries) };
}
