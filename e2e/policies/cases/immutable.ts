import type { Given, User } from "../testenv.ts";
import { type Case, draft, published } from "./case.ts";

/** Rules of the CRD bind the operator, too. */
const users: readonly User[] = ["alice", "admin", "operator"];

const idCases: readonly Case[] = ["target", "repository", "realm", "package", "workspace"].map((field) => ({
  title: `packageRevID.${field} changed`,
  as: users,
  given: { ...draft, id: { realm: "core" } },
  act: { spec: { packageRevID: { [field]: "other" } } },
  refused: `packageRevID.${field} is immutable`,
}));

/** Fields of the ID that may be absent; that must stay so. */
const optionalIdCases: readonly Case[] = ["target", "realm"].flatMap((field) => {
  const refused = `packageRevID.${field} is immutable`;
  return [
    {
      title: `packageRevID.${field} removed`,
      as: users,
      given: { ...draft, id: { realm: "core" } },
      act: { spec: { packageRevID: { [field]: null } } },
      refused,
    },
    {
      title: `packageRevID.${field} added`,
      as: users,
      given: { ...draft, id: { target: undefined } },
      act: { spec: { packageRevID: { [field]: "other" } } },
      refused,
    },
  ];
});

const numbered: Given = { ...published, id: { revision: "v1" } };
const revisionCases: readonly Case[] = [
  {
    title: "packageRevID.revision changed once set",
    as: ["operator"],
    given: numbered,
    act: { spec: { packageRevID: { revision: "v2" } } },
    refused: "packageRevID.revision is immutable once set",
  },
];

const TASKS = [{ type: "clone" }];
const UPSTREAM = { repository: "blueprints", package: "net", revision: "v1" };
const UPGRADE = { tasks: TASKS, upstream: UPSTREAM, upgradeStrategy: "copy" };
const cloned: Given = { ...draft, spec: { ...draft.spec, ...UPGRADE } };
const originCases: readonly Case[] = (
  [
    ["tasks", TASKS, [{ type: "init" }], "spec.tasks is immutable: it says how the draft began"],
    ["upstream", UPSTREAM, { revision: "v2" }, "spec.upstream is immutable"],
    ["upgradeStrategy", "copy", "replace", "spec.upgradeStrategy is immutable: it says how the draft began"],
  ] as const
).flatMap(([field, value, other, refused]) => [
  { title: `${field} changed`, as: users, given: cloned, act: { spec: { [field]: other } }, refused },
  { title: `${field} removed`, as: users, given: cloned, act: { spec: { [field]: null } }, refused },
  { title: `${field} added`, as: users, given: draft, act: { spec: { [field]: value } }, refused },
]);

export const immutableCases: readonly Case[] = [...idCases, ...optionalIdCases, ...revisionCases, ...originCases];
