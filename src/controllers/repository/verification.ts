import type { Repository } from "../../api/v1alpha1/repository.ts";
import { isNotFound } from "../../kube/client/errors.ts";
import type { Verification } from "../../storage/git/package-store/verify-tag.ts";
import { KeyError } from "../../storage/git/signing/openssh-key.ts";
import { parsePublicKeys } from "../../storage/git/signing/parse-public-keys.ts";
import { type Secret, secrets } from "../shared/kinds.ts";
import { StalledError } from "../shared/stalled-error.ts";
import type { RepositoryContext } from "./context.ts";
import { tooLargeValue } from "./secret-values.ts";

const MAX_KEYS = 1000;

/** The Secret with the keys of `spec.verification` is missing or invalid. The message contains none of its values. */
export class VerificationError extends StalledError {
  override readonly name = "VerificationError";

  constructor(reason: "SecretNotFound" | "SecretTooLarge" | "InvalidVerificationKeys", message: string) {
    super({ reason, retry: "backoff" }, message);
  }
}

/** What a Repository asks for, with its keys if they were read; undefined without `spec.verification`. */
export function verificationOf({ spec }: Repository, keys?: Verification["keys"]): Verification | undefined {
  if (spec.verification === undefined) return undefined;
  const { mode = "TagOrHEAD", secretRef } = spec.verification;
  return { mode, ...(secretRef !== undefined && { secret: secretRef.name }), keys };
}

/** Reads the keys whose signatures count. Calls the API if there is a Secret. Throws `VerificationError`. */
export async function readVerification(
  { client, maxSecretValue }: Pick<RepositoryContext, "client" | "maxSecretValue">,
  repository: Repository,
): Promise<Verification | undefined> {
  const name = repository.spec.verification?.secretRef?.name;
  if (name === undefined) return verificationOf(repository, new Set());
  try {
    const secret = await client.get(secrets, { namespace: repository.metadata.namespace, name });
    return verificationOf(repository, keysOf(secret, name, maxSecretValue));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new VerificationError(
      "SecretNotFound",
      `there is no Secret ${name} (spec.verification.secretRef) in this namespace: what was verified stays, and no ` +
        "other tag of an external client counts",
    );
  }
}

/** The keys of all values of a Secret. Throws `VerificationError`. */
function keysOf({ data = {} }: Secret, name: string, maxBytes: number): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [key, value] of Object.entries(data)) {
    const bytes = Buffer.byteLength(value, "base64");
    if (bytes > maxBytes) throw new VerificationError("SecretTooLarge", tooLargeValue(name, key, { bytes, maxBytes }));
    try {
      for (const one of parsePublicKeys(Buffer.from(value, "base64").toString("utf8"))) keys.add(one);
    } catch (error) {
      throw error instanceof KeyError ? invalid(name, `the key ${key} cannot be used: ${error.message}`) : error;
    }
  }
  if (keys.size === 0) throw invalid(name, "it has no ssh public key");
  if (keys.size > MAX_KEYS) throw invalid(name, `it has more than ${MAX_KEYS} public keys`);
  return keys;
}

function invalid(name: string, problem: string): VerificationError {
  return new VerificationError("InvalidVerificationKeys", `Secret ${name} (spec.verification.secretRef): ${problem}`);
}
