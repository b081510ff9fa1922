import type { Given, KubeLike } from "../testenv.ts";
import { annotate, type Case, draft, everyone, published } from "./case.ts";

const LATEST = "pkg.pkgserver.dev/latest";
const VARIANT = "config.pkg.pkgserver.dev/variant";
const WRITTEN_SPEC = "config.pkg.pkgserver.dev/written-spec";
const SCHEDULED_FOR = "pkg.pkgserver.dev/scheduled-for";
const GIT_FINALIZER = "pkg.pkgserver.dev/git";

/** As the operator leaves what it has published. */
const written: Given = {
  ...published,
  id: { revision: "v1" },
  metadata: { ...published.metadata, labels: { [LATEST]: "true", team: "net" }, finalizers: [GIT_FINALIZER] },
};

/** As `kubectl replace` of the user's own manifest does: it has the version of the object, and nothing else of it. */
function replaceByManifest({ metadata: { name, resourceVersion }, spec, ...kind }: KubeLike): object {
  const { revision: _, ...id } = spec.packageRevID as { readonly revision?: string };
  return { ...kind, metadata: { name, resourceVersion }, spec: { ...spec, packageRevID: id } };
}

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
    title: "label latest removed: it stays",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: { ...published, metadata: { labels: { [LATEST]: "true" } } },
    act: { metadata: { labels: { [LATEST]: null } } },
    result: { metadata: { labels: { [LATEST]: "true" } } },
  },
  {
    title: "label latest changed",
    as: everyone,
    given: { ...published, metadata: { labels: { [LATEST]: "true" } } },
    act: { metadata: { labels: { [LATEST]: "false" } } },
    refused: "the label pkg.pkgserver.dev/latest is written by the operator",
  },
  {
    title: "all that the operator wrote, left out by a replace: it stays",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: written,
    act: replaceByManifest,
    result: {
      metadata: { labels: { [LATEST]: "true" }, finalizers: [GIT_FINALIZER] },
      spec: { packageRevID: { revision: "v1" } },
    },
  },
  {
    title: "the finalizer, left out by a replace that has another one: both stay",
    needs: "MutatingAdmissionPolicy",
    as: everyone,
    given: written,
    act: (object) => ({ ...object, metadata: { ...object.metadata, finalizers: ["example.com/other"] } }),
    result: { metadata: { finalizers: ["example.com/other", GIT_FINALIZER] } },
  },
  {
    title: "revision changed",
    as: everyone,
    given: written,
    act: { spec: { packageRevID: { revision: "v2" } } },
    refused: "packageRevID.revision is immutable once set",
  },
  ...[
    [VARIANT, "the operator for its PackageVariant"],
    [WRITTEN_SPEC, "the operator for its PackageVariant"],
    [SCHEDULED_FOR, "the operator, for drafts that it makes"],
  ].flatMap(([key = "", writer]): readonly Case[] => [
    {
      title: `annotation ${key} set`,
      as: everyone,
      given: draft,
      act: { metadata: { annotations: { [key]: "shop/1" } } },
      refused: `the annotation ${key} is written by ${writer}`,
    },
    {
      title: `annotation ${key} changed`,
      as: everyone,
      given: { ...draft, ...annotate(key, "shop/1") },
      act: { metadata: { annotations: { [key]: "shop/2" } } },
      refused: `the annotation ${key} is written by ${writer}`,
    },
    {
      title: `annotation ${key} removed`,
      as: everyone,
      given: { ...draft, ...annotate(key, "shop/1") },
      act: { metadata: { annotations: { [key]: null } } },
    },
  ]),
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
    title: "finalizer removed: it stays",
    needs: "MutatingAdmissionPolicy",
    as: [...everyone, "collector"],
    given: { ...draft, metadata: { finalizers: [GIT_FINALIZER, "example.com/other"] } },
    act: { metadata: { finalizers: ["example.com/other"] } },
    result: { metadata: { finalizers: ["example.com/other", GIT_FINALIZER] } },
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
