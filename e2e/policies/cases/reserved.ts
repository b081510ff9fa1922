import { type Case, draft, everyone, published } from "./case.ts";

const LATEST = "pkg.pkgserver.dev/latest";
const GIT_FINALIZER = "pkg.pkgserver.dev/git";

/** Fields that only the operator writes. */
export const reservedCases: readonly Case[] = [
  {
    title: "label latest set",
    as: everyone,
    given: published,
    act: { metadata: { labels: { [LATEST]: "true" } } },
    refused: "the label pkg.pkgserver.dev/latest is written by the operator",
  },
  {
    title: "label latest removed",
    as: everyone,
    given: { ...published, metadata: { labels: { [LATEST]: "true" } } },
    act: { metadata: { labels: { [LATEST]: null } } },
    refused: "the label pkg.pkgserver.dev/latest is written by the operator",
  },
  { title: "another label set", as: everyone, given: published, act: { metadata: { labels: { team: "net" } } } },
  {
    title: "revision set",
    as: everyone,
    given: draft,
    act: { spec: { packageRevID: { revision: "v9" } } },
    refused: "spec.packageRevID.revision is set by the operator",
  },
  {
    title: "revision set by the operator",
    as: ["operator"],
    given: published,
    act: { spec: { packageRevID: { revision: "v1" } } },
  },
  {
    title: "finalizer removed",
    as: [...everyone, "collector"],
    given: { ...draft, metadata: { finalizers: [GIT_FINALIZER, "example.com/other"] } },
    act: { metadata: { finalizers: ["example.com/other"] } },
    refused: "the finalizer pkg.pkgserver.dev/git is removed by the operator",
  },
  {
    title: "another finalizer removed",
    as: everyone,
    given: { ...draft, metadata: { finalizers: [GIT_FINALIZER, "example.com/other"] } },
    act: { metadata: { finalizers: [GIT_FINALIZER] } },
  },
  {
    title: "finalizer removed by the operator",
    as: ["operator"],
    given: { ...draft, metadata: { finalizers: [GIT_FINALIZER] } },
    act: { metadata: { finalizers: [] } },
  },
];
