import type { GitServer } from "../harness/git-server.ts";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import type { Kubectl } from "../harness/kubectl.ts";
import type { OperatorProcess, OperatorSpec } from "../harness/operator.ts";
import type { Ledger, LedgerRecorder } from "../invariants/ledger.ts";
import type { Invariant } from "../invariants/observation.ts";
import type { User } from "./namespace.ts";
import type { NamespaceObjects } from "./namespace-objects.ts";

/**
 * A namespace of its own with the real operator, a git server and users. Test files run in parallel, each with an
 * environment.
 */
export interface TestEnv extends NamespaceObjects {
  readonly controlPlane: ProvidedControlPlane;
  readonly namespace: string;
  readonly git: GitServer;
  /** The git server's password: a secret that must not leak. */
  readonly password: string;
  /** Changes that the operator has acknowledged: `end` checks that they are kept. */
  readonly ledger: LedgerRecorder;
  /** Adds a secret of the test that must not leak either. */
  registerSecret(value: string): void;
  /** kubectl as a user, in this namespace. */
  readonly as: (user: User) => Kubectl;
  operator: OperatorProcess;
  /** How the operator was started; another replica needs a `dir` of its own. */
  readonly operatorSpec: OperatorSpec & { readonly leaseNamespace: string };
  restartOperator(how: "stop" | "kill"): Promise<void>;
  /** Creates the namespace again after its deletion, with the users' roles and the git server's Secret. */
  createNamespace(): Promise<void>;
  /**
   * Checks the invariants, searches for leaked secrets, and ends the operator and the git server. Throws if a check
   * fails, after everything has ended.
   */
  end(options?: EndOptions): Promise<void>;
}

export interface EndOptions {
  /** Acknowledged changes that only the test knows of. */
  readonly ledger?: Partial<Ledger>;
  /**
   * Why the invariants cannot hold, for example because the test ended the operator. Secrets are searched for all the
   * same.
   */
  readonly skipInvariants?: string;
  /** Invariants that the test itself has broken, and how: these are not checked. */
  readonly exceptions?: readonly { readonly invariant: Invariant; readonly why: string }[];
  /** Why no Repository is in step with its remote; otherwise an end that checks no Repository fails. */
  readonly allSkipped?: string;
  /** Time for the system to converge, in milliseconds; 30,000 by default. */
  readonly settleMs?: number;
}
