import { describe, expect, it } from "vitest";
import { oid } from "../testing/discovered.ts";
import {
  approval,
  draft,
  missing,
  moved,
  observation,
  proposal,
  proposed,
  type Row,
  settling,
  summarize,
  tag,
  unknown,
} from "../testing/plan-cases.ts";
import { planRevision } from "./plan.ts";

const status = { proposal };
const proposing: readonly Row[] = [
  [
    "a proposal",
    observation({ desired: "proposed", current: "proposed", status, view: { found: draft } }),
    "keepProposed",
  ],
  [
    "a withdrawn proposal",
    observation({ desired: "draft", current: "proposed", status, view: { found: draft } }),
    "returnToDraft",
  ],
  [
    "a proposal without a desired lifecycle",
    observation({ current: "proposed", status, view: { found: draft } }),
    "returnToDraft",
  ],
  [
    "a proposal whose branch was moved externally",
    observation({ desired: "proposed", current: "proposed", status, view: { found: moved } }),
    "returnToDraft branchMoved",
  ],
  [
    "an approved proposal whose branch was moved externally",
    observation({ desired: "published", spec: { approval }, current: "proposed", status, view: { found: moved } }),
    "returnToDraft branchMoved",
  ],
  ...(["draft", "proposed"] as const).map(
    (desired): Row => [
      `a proposal whose return to draft is in Git, desired ${desired}`,
      observation({ desired, current: "proposed", status, view: { found: moved, isReturned: true } }),
      "returnToDraft",
    ],
  ),
  [
    "a proposal whose return to draft is in Git, and which was approved all the same",
    observation({
      desired: "published",
      spec: { approval },
      current: "proposed",
      status,
      view: { found: moved, isReturned: true },
    }),
    "returnToDraft withdrawn",
  ],
  [
    "a proposal that another user has withdrawn and proposed again before the operator saw that",
    observation({
      desired: "proposed",
      annotations: { "pkg.pkgserver.dev/proposed-by": "eve" },
      current: "proposed",
      status,
      view: { found: proposed },
    }),
    "returnToDraft proposerChanged",
  ],
  [
    "the same with an approval",
    observation({
      desired: "published",
      spec: { approval },
      annotations: { "pkg.pkgserver.dev/proposed-by": "eve" },
      current: "proposed",
      status,
      view: { found: proposed },
    }),
    "returnToDraft proposerChanged",
  ],
  [
    "a proposal that the same user has withdrawn and proposed again",
    observation({
      desired: "proposed",
      annotations: { "pkg.pkgserver.dev/proposed-by": proposal.by },
      current: "proposed",
      status,
      view: { found: proposed },
    }),
    "keepProposed",
  ],
  [
    "a proposal that is not in status yet, of another user and with another spec",
    observation({
      desired: "proposed",
      spec: { inputs: [{ kind: "Other" }] },
      annotations: { "pkg.pkgserver.dev/proposed-by": "eve" },
      current: "proposed",
      view: { found: proposed },
    }),
    "keepProposed",
  ],
  [
    "a proposal whose spec changed while it was being proposed",
    observation({
      desired: "proposed",
      spec: { inputs: [{ kind: "Other" }] },
      current: "proposed",
      status,
      view: { found: proposed },
    }),
    "returnToDraft specChanged",
  ],
  [
    "an approved proposal",
    observation({ desired: "published", spec: { approval }, current: "proposed", status, view: { found: draft } }),
    "publish",
  ],
  ...(
    [
      ["missing", missing, "revokeApproval PoliciesMissing", "keepProposed PoliciesMissing"],
      ["installed again", settling, "revokeApproval PoliciesMissing", "keepProposed PoliciesMissing"],
      ["not known", unknown, "keepProposed PoliciesMissing", "keepProposed"],
    ] as const
  ).flatMap(([state, policies, approved, waiting]): Row[] => {
    const given = { current: "proposed", status, view: { found: draft }, more: { policies } } as const;
    return [
      [
        `an approval while the policies are ${state}`,
        observation({ ...given, desired: "published", spec: { approval } }),
        approved,
      ],
      [`a proposal while the policies are ${state}`, observation({ ...given, desired: "proposed" }), waiting],
    ];
  }),
  [
    "a proposal without status while policies are missing",
    observation({ desired: "proposed", current: "proposed", view: { found: draft }, more: { policies: missing } }),
    "keepProposed",
  ],
  [
    "a withdrawn proposal while policies are missing",
    observation({
      desired: "draft",
      current: "proposed",
      status,
      view: { found: draft },
      more: { policies: missing },
    }),
    "returnToDraft",
  ],
  [
    "a desired publication without an approval",
    observation({ desired: "published", current: "proposed", status, view: { found: draft } }),
    "revokeApproval ApprovalMissing",
  ],
  [
    "an approval of another digest",
    observation({
      desired: "published",
      spec: { approval: { digest: "d0", by: "eve" } },
      current: "proposed",
      status,
      view: { found: draft },
    }),
    "keepProposed ApprovalMissing",
  ],
  [
    "an approval without a desired publication",
    observation({ desired: "proposed", spec: { approval }, current: "proposed", status, view: { found: draft } }),
    "keepProposed",
  ],
  [
    "an outdated base",
    observation({
      desired: "published",
      spec: { approval },
      current: "proposed",
      status,
      view: { found: draft, latest: tag },
    }),
    "keepProposed OutdatedBase",
  ],
];

const publishing: readonly Row[] = [
  ["a tag of an external pusher", observation({ desired: "published", view: { found: tag } }), "syncPublished"],
  [
    "a tag after a crash before the status write",
    observation({ desired: "published", spec: { approval }, current: "proposed", status, view: { found: tag } }),
    "syncPublished",
  ],
  [
    "a published revision",
    observation({ desired: "published", current: "published", status: { commit: oid(1) }, view: { found: tag } }),
    "syncPublished",
  ],
  [
    "a revision proposed for deletion",
    observation({
      desired: "deletionProposed",
      current: "deletionProposed",
      status: { commit: oid(1) },
      view: { found: tag },
    }),
    "syncPublished",
  ],
  [
    "a tag that was moved",
    observation({ desired: "published", current: "published", status: { commit: oid(7) }, view: { found: tag } }),
    "syncPublished TagMoved",
  ],
  [
    "a tag that was deleted",
    observation({ desired: "published", current: "published", status: { commit: oid(1), revision: "v1" } }),
    "block TagMissing",
  ],
  [
    "a tag that is not verified",
    observation({
      desired: "published",
      current: "published",
      status: { commit: oid(1), revision: "v1" },
      view: { notVerified: "the tag is not signed" },
    }),
    "block NotVerified",
  ],
  [
    "a tag that was deleted while its deletion is proposed",
    observation({ desired: "deletionProposed", current: "deletionProposed", view: { found: draft } }),
    "block TagMissing",
  ],
  [
    "a tag that was deleted, beside a branch",
    observation({ desired: "published", current: "published", view: { found: draft } }),
    "block TagMissing",
  ],
];

describe("planRevision of a proposal", () => {
  it.each(proposing)("decides on %s", (_, observed, plan) => expect(summarize(planRevision(observed))).toBe(plan));

  it("publishes the commit that was proposed", () => {
    const approved = observation({
      desired: "published",
      spec: { approval },
      current: "proposed",
      status,
      view: { found: draft },
    });
    expect(planRevision(approved)).toMatchObject({ kind: "publish", commit: proposal.commit, draft });
  });
});

describe("planRevision of a published revision", () => {
  it.each(publishing)("syncs %s", (_, observed, plan) => expect(summarize(planRevision(observed))).toBe(plan));
});
