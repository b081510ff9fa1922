import type { GitError } from "../errors.ts";

/**
 * Remembers that the remote has refused the current credentials. Hosts lock an account after repeated attempts with a
 * wrong password, so pushes do not try the same credentials again. Fetches do, with the caller's backoff.
 */
export class AccessGuard {
  #refusal: GitError | undefined;

  /** `error`: the remote's, for which `isAccessRefused` is true. */
  refuse(error: GitError): void {
    this.#refusal = error;
  }

  /** There are new credentials, or the remote has accepted the current ones. */
  allow(): void {
    this.#refusal = undefined;
  }

  /** Throws the error that the remote refused the credentials with. */
  check(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }
}
