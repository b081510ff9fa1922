import type { Oid } from "../../../core/identity/oid.ts";
import {
  type SignatureState,
  type VerificationMode,
  verificationProblem,
} from "../../../core/repository/verification.ts";
import { isTooLarge } from "../errors.ts";
import type { Ref } from "../refs/ref-table.ts";
import type { PublicKeyText } from "../signing/public-key.ts";
import { fingerprint } from "../signing/signer.ts";
import type { PackageReader } from "./mirror-reader.ts";

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
  verification: Verification,
): Promise<string | undefined> {
  const [tag, commit] = await Promise.all([
    ref.type === "tag" ? signatureOf(reader, "tag", ref.oid, verification, ref.name) : undefined,
    signatureOf(reader, "commit", ref.commit, verification),
  ]);
  const problem = verificationProblem(verification.mode, { ...(tag !== undefined && { tag }), commit });
  return problem === undefined ? undefined : `${problem}: ${adviceFor(verification)}`;
}

/** Why a commit's whole tree is not vouched for; undefined if a listed key signed the commit. */
export async function findCommitProblem(
  reader: PackageReader,
  commit: Oid,
  verification: Verification,
): Promise<string | undefined> {
  const state = await signatureOf(reader, "commit", commit, verification);
  if (state.kind === "listed") return undefined;
  return state.kind === "not" ? state.problem : "is one of the operator, which does not vouch for other packages";
}

async function signatureOf(
  reader: PackageReader,
  type: "tag" | "commit",
  oid: Oid,
  verification: Verification,
  ref?: string,
): Promise<SignatureState> {
  try {
    const object = type === "tag" ? await reader.tag(oid) : await reader.commit(oid);
    const isInPlace = !("committer" in object) ? ref === `refs/tags/${object.name}` : true;
    if (!isInPlace) return { kind: "not", problem: "is a copy of a tag with another name" };
    if (object.isSigned) return { kind: "operator" };
    return await listedState(reader, type, oid, verification);
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
  return `sign the tag (git tag --sign) with a key in the Secret ${secret}, or add its public key there if it is trusted`;
}
