import type { Oid } from "../../../core/identity/oid.ts";
import {
  type SignatureState,
  type VerificationMode,
  verificationProblem,
} from "../../../core/repository/verification.ts";
import { isTooLarge } from "../errors.ts";
import type { Ref } from "../refs/ref-table.ts";
import type { PublicKeyText } from "../signing/public-key.ts";
import { fingerprint } from "../signing/signer-of.ts";
import type { PackageReader } from "./mirror-reader.ts";
import { isTrusted, signedMetadata, type TrustedRepositories } from "./record.ts";

/** Which tags count as published revisions. */
export interface Verification {
  readonly mode: VerificationMode;
  /** The Secret of the keys; absent: only the operator's signatures count. */
  readonly secret?: string;
  /** Undefined while the Secret is missing or invalid: what was verified before counts, and no other tag of others. */
  readonly keys: ReadonlySet<PublicKeyText> | undefined;
}

export function isSameVerification(a: Verification | undefined, b: Verification | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const isSame = a.mode === b.mode && a.secret === b.secret;
  if (a.keys === undefined || b.keys === undefined) return isSame && a.keys === b.keys;
  return isSame && a.keys.symmetricDifference(b.keys).size === 0;
}

/** Why a tag does not count, and what to do; undefined if it is verified. */
export async function findTagProblem(
  reader: PackageReader,
  ref: Ref & { readonly commit: Oid },
  trusted: TrustedRepositories,
  verification: Verification,
): Promise<string | undefined> {
  const [tag, commit] = await Promise.all([
    ref.type === "tag" ? tagState(reader, ref, trusted, verification) : undefined,
    commitState(reader, ref.commit, verification),
  ]);
  const problem = verificationProblem(verification.mode, { ...(tag !== undefined && { tag }), commit });
  if (problem === undefined) return undefined;
  const signedFor = tag?.kind === "not" ? tag.signedFor : undefined;
  const advice =
    signedFor === undefined
      ? adviceFor(verification)
      : `name ${signedFor} in spec.trustedRepositories, if what is approved there counts here`;
  return `${problem}: ${advice}`;
}

/** Why a commit's whole tree is not vouched for; undefined if a listed key signed the commit. */
export async function findCommitProblem(
  reader: PackageReader,
  commit: Oid,
  verification: Verification,
): Promise<string | undefined> {
  const state = await commitState(reader, commit, verification);
  if (state.kind === "listed") return undefined;
  return state.kind === "not" ? state.problem : "is one of the operator, which does not vouch for other packages";
}

async function tagState(
  reader: PackageReader,
  { oid, name }: Ref,
  trusted: TrustedRepositories,
  verification: Verification,
): Promise<SignatureState> {
  return await readableState(async () => {
    const tag = await reader.tag(oid);
    if (name !== `refs/tags/${tag.name}`) return { kind: "not", problem: "is a copy of a tag with another name" };
    if (!tag.isSigned) return await listedState(reader, "tag", oid, verification);
    const metadata = signedMetadata(tag);
    if (metadata !== undefined && isTrusted(metadata, trusted)) return { kind: "operator" };
    const { repository: signedFor } = metadata ?? {};
    const problem = `was published by ${signedFor === undefined ? "no known" : "another"} Repository of the operator`;
    return { kind: "not", problem, ...(signedFor !== undefined && { signedFor }) };
  });
}

async function commitState(reader: PackageReader, oid: Oid, verification: Verification): Promise<SignatureState> {
  return await readableState(async () =>
    (await reader.commit(oid)).isSigned ? { kind: "operator" } : await listedState(reader, "commit", oid, verification),
  );
}

async function readableState(read: () => Promise<SignatureState>): Promise<SignatureState> {
  try {
    return await read();
  } catch (error) {
    if (isTooLarge(error)) return { kind: "not", problem: "is too large to be verified" };
    throw error;
  }
}

async function listedState(
  reader: PackageReader,
  type: "tag" | "commit",
  oid: Oid,
  { keys, secret }: Verification,
): Promise<SignatureState> {
  if (keys === undefined) return { kind: "not", problem: "cannot be verified while the keys cannot be read" };
  const signer = await reader.signer(type, oid);
  if (signer.kind === "signed" && keys.has(signer.key)) return { kind: "listed" };
  if (signer.kind !== "signed") return { kind: "not", problem: PROBLEMS[signer.kind] };
  const where = secret === undefined ? "and only the operator's signatures count" : `which the Secret ${secret} lacks`;
  return { kind: "not", problem: `is signed with the key ${fingerprint(signer.key)}, ${where}` };
}

const PROBLEMS = {
  unsigned: "is not signed",
  openpgp: "has an OpenPGP signature, and only those of ssh keys count",
  invalid: "has no valid signature of a supported ssh key",
} as const;

function adviceFor({ keys, secret }: Verification): string {
  if (secret === undefined) return "publish the package through the operator, or name a Secret with keys";
  if (keys === undefined) return `correct the Secret ${secret} (spec.verification)`;
  const alternative = "or add its public key there if it is trusted";
  return `sign the tag (git tag --sign) with a key in the Secret ${secret}, ${alternative}`;
}
