import { type Static, Type } from "typebox";
import { branchRules, folderRules, remoteUrlRules } from "../schema/git-rules.ts";
import { type CelRule, durationBetween, listByKey, rules, text } from "../schema/schema.ts";
import { approvalPolicy } from "./repository-approval.ts";
import { clusterData } from "./repository-cluster-data.ts";
import { freezes } from "./repository-freezes.ts";
import { policies } from "./repository-policies.ts";
import { commit, push } from "./repository-writes.ts";

export const CONTENTS_MODES = ["Auto", "All", "Latest", "Drafts"] as const;

const immutable = (field: string, more: readonly CelRule[] = []) =>
  rules(
    {
      rule: "self == oldSelf",
      message: `${field} is immutable: create another Repository`,
      reason: "FieldValueForbidden",
    },
    ...more,
  );

const REF =
  "The branch with the published packages, called main in these descriptions. It can be changed only while the remote " +
  "has no such branch (BranchNotFound), and the new one must continue the history of the old one.";

const git = Type.Object(
  {
    url: text("The address of the repository: https://, ssh:// or user@host:path, without password.", 2048, {
      minLength: 1,
      ...immutable("git.url", remoteUrlRules),
    }),
    ref: Type.Optional(
      text(REF, 244, {
        default: "main",
        minLength: 1,
        ...rules(...branchRules),
      }),
    ),
    directory: Type.Optional(
      text("The folder with the packages. Empty: the root of the repository.", 1024, {
        default: "",
        ...immutable("git.directory", folderRules),
      }),
    ),
    credentials: Type.Optional(
      text(
        "A Secret of this namespace: kubernetes.io/basic-auth (username, password), kubernetes.io/ssh-auth " +
          "(ssh-privatekey, known_hosts), or any type with the key bearerToken. Each may also have ca.crt. The " +
          "annotation pkg.pkgserver.dev/allowed-hosts on the Secret binds it to hosts.",
        253,
        { minLength: 1, pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$" },
      ),
    ),
    checkPush: Type.Optional(
      Type.Boolean({
        description:
          "While true, each sync asks the remote whether it would take a push with these credentials, and pushes " +
          "nothing. Where it would not, the Repository is PushForbidden; its packages are read all the same. A rule " +
          "about single branches or tags, such as a protection, is not found out.",
        default: false,
      }),
    ),
    commit: Type.Optional(commit),
    push: Type.Optional(push),
  },
  {
    description: "The remote: its address, its branch, the folder with the packages, and the credentials.",
    ...rules({
      rule: "has(self.directory) == has(oldSelf.directory)",
      message: "git.directory is immutable: create another Repository",
      reason: "FieldValueForbidden",
    }),
  },
);

const sync = Type.Object(
  {
    interval: Type.Optional(
      text("The interval of syncs, as a Go duration from 1s to 24h.", 32, {
        default: "1m",
        ...durationBetween("1s", "24h", "sync.interval must be a duration between 1s and 24h, such as 30s or 5m"),
      }),
    ),
    suspend: Type.Optional(
      Type.Boolean({ description: "While true, the remote is neither read nor written.", default: false }),
    ),
  },
  { description: "When the remote is read." },
);

const verification = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(["Tag", "TagOrHEAD", "TagAndHEAD"], {
        description:
          "Tag: annotated tags count, by their own signature. TagOrHEAD: lightweight tags count, too, by the " +
          "signature of their commit. TagAndHEAD: annotated tags count whose commit is signed, too.",
        default: "TagOrHEAD",
      }),
    ),
    secretRef: Type.Optional(
      Type.Object(
        {
          name: text("The name of the Secret.", 253, {
            minLength: 1,
            pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
          }),
        },
        {
          description:
            "A Secret of this namespace with ssh public keys: each of its values has lines as in authorized_keys, " +
            "*.pub or allowed-signers files. Without it, only the operator's signatures count.",
        },
      ),
    ),
  },
  {
    description:
      "Which tags count as published revisions: those that the operator or a key of the Secret signed. All others " +
      "are skipped (NotVerified). Without it, every tag counts.",
  },
);

const trustedRepositories = Type.Array(
  text("namespace/name of a Repository.", 127, {
    minLength: 3,
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  }),
  {
    description:
      "Other Repositories, as namespace/name, whose signed records count here, too, from whatever remote they were " +
      "pushed: what was proposed and approved there, by the rules that they have. Needed also after a Repository was " +
      "renamed or moved to another namespace. Without it, what they publish is External.",
    maxItems: 32,
    "x-kubernetes-list-type": "set",
  },
);

const deletedDrafts = Type.Object(
  {
    retention: Type.Optional(
      text("How long, as a Go duration from 0s to 87600h (ten years). 0s keeps nothing.", 32, {
        default: "720h",
        ...durationBetween(
          "0s",
          "87600h",
          "deletedDrafts.retention must be a duration between 0s and 87600h, such as 720h",
        ),
      }),
    ),
  },
  {
    description:
      "The last commit of a deleted draft is kept as a tag, <folder>/deleted-<workspace>-<commit>, from which it can " +
      "be restored. The newest 1000 of a Repository are kept.",
  },
);

const packageMetadata = Type.Object(
  {
    prefixes: Type.Optional(
      Type.Array(
        text("A DNS name, as it stands before the slash of a key.", 253, {
          minLength: 1,
          pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
          ...rules({
            rule: "!self.matches('(^|[.])(kubernetes[.]io|k8s[.]io|pkgserver[.]dev)$')",
            message:
              "packageMetadata.prefixes: keys of kubernetes.io, k8s.io, pkgserver.dev and their subdomains belong to " +
              "the object and are never part of a revision",
            reason: "FieldValueForbidden",
          }),
        }),
        {
          description:
            "Prefixes of further keys that are part of a revision, such as example.com for example.com/owner. List " +
            "none with which a tool marks its objects: it would take the objects of other clusters for its own.",
          maxItems: 32,
          "x-kubernetes-list-type": "set",
        },
      ),
    ),
  },
  {
    description:
      "Which labels and annotations of a package revision are part of it: they are recorded in Git, covered by the " +
      "approval, and set on objects that are made from Git. Keys without a prefix are; keys with a prefix are not, " +
      "unless listed.",
  },
);

export const spec = Type.Object({
  type: Type.Optional(
    Type.Enum(["git", "oci"], {
      description: "The kind of storage. oci is not supported yet.",
      default: "git",
      ...immutable("type"),
    }),
  ),
  deployment: Type.Optional(
    Type.Boolean({
      description: "True: a repository of packages for targets, such as clusters. False: a catalog of blueprints.",
      default: false,
      ...immutable("deployment"),
    }),
  ),
  git: Type.Optional(git),
  sync: Type.Optional({ ...sync, default: {} } as typeof sync),
  publish: Type.Optional(
    Type.Enum(["main", "tagOnly"], {
      description:
        "main: a publication updates spec.git.ref and creates a tag. tagOnly: it creates the tag alone, for " +
        "protected branches.",
      default: "main",
    }),
  ),
  contents: Type.Optional(
    Type.Enum([...CONTENTS_MODES], {
      description:
        "The package revisions whose files are kept in the cluster as contents objects. Drafts: drafts and " +
        "proposals only. Latest: also the latest published revision of each package. All: every revision. " +
        "Auto: drafts and proposals, then the latest revisions, then the newest ones, up to the operator's " +
        "budget. The files of the others are in Git only; the annotation " +
        "pkg.pkgserver.dev/show-contents=true on a package revision shows them.",
      default: "Auto",
    }),
  ),
  readinessGates: Type.Optional(
    listByKey(
      Type.Object({ conditionType: text("As in spec.readinessGates of a package revision.", 316) }),
      "conditionType",
      "Gates of every package revision in this Repository, beside its own ones. Editors cannot take them out.",
      16,
    ),
  ),
  policies: Type.Optional(policies),
  clusterData: Type.Optional(clusterData),
  verification: Type.Optional(verification),
  trustedRepositories: Type.Optional(trustedRepositories),
  packageMetadata: Type.Optional(packageMetadata),
  deletedDrafts: Type.Optional({ ...deletedDrafts, default: {} } as typeof deletedDrafts),
  approval: Type.Optional(approvalPolicy),
  freezes: Type.Optional(freezes),
});

export type ContentsMode = (typeof CONTENTS_MODES)[number];
export type RepositorySpec = Static<typeof spec>;
