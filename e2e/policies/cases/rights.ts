import { type Case, draft, moveTo } from "./case.ts";

/** RBAC alone. */
export const rightsCases: readonly Case[] = [
  {
    title: "proposing as a viewer",
    as: ["dave"],
    given: draft,
    act: moveTo("proposed"),
    refused: 'User "dave" cannot patch resource',
  },
  {
    title: "deletion as a viewer",
    as: ["dave"],
    given: draft,
    act: "delete",
    refused: 'User "dave" cannot delete resource',
  },
];
