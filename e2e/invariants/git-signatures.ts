import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Oid } from "../../src/core/identity/oid.ts";
import { runGitBytes } from "./git-batch.ts";

/** What plain git finds: `operator` for a key of the operator, else the fingerprint of the key of a valid signature. */
export type GitSigner = "operator" | `SHA256:${string}` | undefined;

/** Objects that one command gets as arguments. */
const MAX_ARGUMENTS = 500;
/** Results that are kept; each object was verified with two processes of ssh-keygen. */
const MAX_KNOWN = 100_000;

/** Allowed signers → object → signer. An object never changes: an observation verifies only those that are new. */
const known = new Map<string, Map<Oid, GitSigner>>();

/** Who signed commits and annotated tags, as git itself verifies them with an allowed-signers file; not the product. */
export async function verifySignatures(
  dir: string,
  allowedSigners: string,
  { commits, tags }: { readonly commits: readonly Oid[]; readonly tags: readonly Oid[] },
): Promise<ReadonlyMap<Oid, GitSigner>> {
  const found = resultsFor(allowedSigners);
  const isNew = (oid: Oid) => !found.has(oid);
  const [newCommits, newTags] = [commits.filter(isNew), tags.filter(isNew)];
  if (newCommits.length + newTags.length === 0) return found;
  const folder = await mkdtemp(join(tmpdir(), "pkgserver-signers-"));
  try {
    const file = join(folder, "allowed_signers");
    await writeFile(file, allowedSigners);
    const env = verificationSettings(file);
    await verifyCommits(dir, newCommits, env, found);
    for (let at = 0; at < newTags.length; at += MAX_ARGUMENTS) {
      await verifyTags(dir, newTags.slice(at, at + MAX_ARGUMENTS), env, found);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return found;
}

function resultsFor(allowedSigners: string): Map<Oid, GitSigner> {
  const total = [...known.values()].reduce((sum, { size }) => sum + size, 0);
  if (total > MAX_KNOWN) known.clear();
  const results = known.get(allowedSigners) ?? new Map<Oid, GitSigner>();
  known.set(allowedSigners, results);
  return results;
}

type Env = Readonly<Record<string, string>>;

/** As docs/git-layout.md has them. No other kind of signature is verified: gpg would read the user's key ring. */
function verificationSettings(allowedSignersFile: string): Env {
  const pairs = Object.entries({
    "gpg.format": "ssh",
    "gpg.ssh.allowedSignersFile": allowedSignersFile,
    "gpg.openpgp.program": "false",
    "gpg.x509.program": "false",
  }).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(pairs.length / 2), ...Object.fromEntries(pairs) };
}

/** One git process. `G` is what `git verify-commit` accepts, `U` a valid signature of a key that is not listed. */
async function verifyCommits(dir: string, oids: readonly Oid[], env: Env, found: Map<Oid, GitSigner>): Promise<void> {
  if (oids.length === 0) return;
  const args = ["log", "--no-walk=unsorted", "--stdin", "--format=%H %G? %GF"];
  const lines = await runGitBytes(dir, args, { input: oids.map((oid) => `${oid}\n`).join(""), env });
  for (const line of lines.toString("latin1").split("\n").filter(Boolean)) {
    const [oid = "", grade, fingerprint = ""] = line.split(" ");
    const other = grade === "U" && fingerprint !== "" ? (fingerprint as GitSigner) : undefined;
    found.set(oid, grade === "G" ? "operator" : other);
  }
}

/** One git process, and one for each tag with another signature. */
async function verifyTags(dir: string, oids: readonly Oid[], env: Env, found: Map<Oid, GitSigner>): Promise<void> {
  if (oids.length === 0) return;
  const args = ["verify-tag", "--format=%(objectname)", ...oids];
  // It prints the verified tags, also if there are others, for which it fails.
  const verified = (await runGitBytes(dir, args, { env, codes: [0, 1] })).toString("latin1").split("\n");
  for (const oid of oids) {
    found.set(oid, verified.includes(oid) ? "operator" : await otherSigner(dir, oid, env));
  }
}

async function otherSigner(dir: string, oid: Oid, env: Env): Promise<GitSigner> {
  const report = await runGitBytes(dir, ["verify-tag", oid], { env }).catch((error: Error) => error.message);
  return /Good "git" signature with \S+ key (SHA256:\S+)$/m.exec(report.toString())?.[1] as GitSigner;
}
