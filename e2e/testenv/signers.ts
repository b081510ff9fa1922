import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ConfigMap, Secret } from "../../src/controllers/shared/kinds.ts";
import { ALLOWED_SIGNERS, PRIVATE_KEY } from "../../src/controllers/signing/signing-keys.ts";
import { objectFormatOf } from "../../src/core/identity/oid.ts";
import { OPERATOR } from "../../src/core/identity/person.ts";
import { allowedSigner } from "../../src/storage/git/signing/allowed-signers.ts";
import { Keyring } from "../../src/storage/git/signing/keyring.ts";
import { runGit } from "../harness/git-command.ts";
import type { GitServer } from "../harness/git-server.ts";
import type { ApiClient } from "./api-client.ts";
import type { TestEnv } from "./env.ts";

/** The operator's allowed-signers file, as its ConfigMap has it; empty before the operator has started. */
export async function readSigners(requestAs: ApiClient, namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${ALLOWED_SIGNERS.name}`;
  const { code, body } = await requestAs("admin", "get", path);
  if (code === 404) return "";
  if (code !== 200) throw new Error(`get ${path}: ${code} ${body.message}`);
  return (body as unknown as ConfigMap).data?.[ALLOWED_SIGNERS.key] ?? "";
}

/** The operator's private key, as only an administrator can read it. */
export async function readSigningKey(requestAs: ApiClient, namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/secrets/pkgserver-signing-key`;
  const { code, body } = await requestAs("admin", "get", path);
  if (code !== 200) throw new Error(`get ${path}: ${code} ${body.message}`);
  return Buffer.from((body as unknown as Secret).data?.[PRIVATE_KEY] ?? "", "base64").toString();
}

/** The lines of a private key that must not leak. */
export function secretLinesOf(privateKey: string): readonly string[] {
  return privateKey.split("\n").filter((line) => line !== "" && !line.startsWith("-"));
}

/** Verifies an object of a repository with plain git, as anybody may. Throws if its signature does not count. */
export type Verifier = (command: "verify-commit" | "verify-tag", name: string) => Promise<string>;

/** @param signers The text of the allowed-signers file. */
export async function createVerifier(
  git: GitServer,
  repository: string,
  signers: string,
  onCleanup: (cleanup: () => Promise<void>) => void,
): Promise<Verifier> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-signers-"));
  onCleanup(async () => await rm(dir, { recursive: true }));
  await writeFile(join(dir, "signers"), signers);
  const config = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${join(dir, "signers")}`];
  return async (command, name) => await git.git(repository, ...config, command, name);
}

/** Writes a signed copy of a commit or tag into a bare repository, as the owner of this key can; returns its id. */
export async function signObject(dir: string, oid: string, privateKey: string): Promise<string> {
  const keyring = new Keyring();
  keyring.use(privateKey);
  const type = (await runGit(dir, ["cat-file", "-t", oid])).trim() as "commit" | "tag";
  const object = Buffer.from(await runGit(dir, ["cat-file", type, oid]));
  const input = keyring.sign(type, object, objectFormatOf(oid));
  return (await runGit(dir, ["hash-object", "-t", type, "-w", "--stdin"], { input })).trim();
}

/**
 * Replaces the value in the Secret by a key of ssh-keygen, as the administrator who rotates the key does. Returns the
 * line of its public key in the allowed-signers file.
 */
export async function rotateSigningKey(env: TestEnv): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-signing-key-"));
  try {
    const file = join(dir, "signing-key");
    await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "pkgserver", "-f", file]);
    const admin = env.as("admin");
    const describe = ["create", "secret", "generic", "pkgserver-signing-key", "--type=kubernetes.io/ssh-auth"];
    await admin.withInput(
      await admin(...describe, `--from-file=${PRIVATE_KEY}=${file}`, "--dry-run=client", "-o", "json"),
      ...["replace", "-f", "-"],
    );
    return allowedSigner(OPERATOR.email, Keyring.publicKeyOf(await readFile(file, "utf8")));
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Replaces the text of the allowed-signers file, as only an administrator can. */
export async function writeSigners(env: TestEnv, text: string): Promise<void> {
  const patch = JSON.stringify({ data: { [ALLOWED_SIGNERS.key]: text } });
  await env.as("admin")("patch", "configmap", ALLOWED_SIGNERS.name, "--type=merge", "--patch", patch);
}
