import { describe, expect, it } from "vitest";
import { ANNOTATION_CONFIRM_HISTORY } from "../../src/api/v1alpha1/well-known.ts";
import { findViolations } from "./check.ts";
import type { Ledger } from "./ledger.ts";
import { folderKey, type RemoteRef } from "./observation.ts";
import { checkResync, type Traces } from "./resync.ts";
import {
  COMMITS,
  contentsOf,
  DIGEST,
  digestOf,
  FIRST,
  folderOf,
  NEXT,
  observationOf,
  REPOSITORY,
  revision,
  type Sample,
  sample,
} from "./sample.ts";

const OTHER = folderOf({ "app.yaml": "a: 9\n" });
const TAG = "refs/tags/web/app/v1";
const BRANCH = "refs/heads/web/app/next";
const elsewhere = "9".repeat(40);

/** What is said of a sample that was spoiled. */
function judge(spoil: (parts: Sample) => void, ledger?: Partial<Ledger>): readonly string[] {
  const parts = sample();
  spoil(parts);
  return findViolations(observationOf(parts), ledger).map((one) => `(${one.invariant}) ${one.subject}: ${one.message}`);
}

function change(parts: Sample, name: string, more: Partial<RemoteRef>): void {
  parts.refs.set(name, { ...(parts.refs.get(name) as RemoteRef), ...more });
}

function tell(parts: Sample, which: "first" | "next" | "repository", reason: string): void {
  const condition = {
    type: "Ready",
    status: "False",
    reason,
    message: "why",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  } as const;
  const object = parts[which] as Sample["first"];
  (parts[which] as Sample["first"]) = {
    ...object,
    status: { ...object.status, observedGeneration: object.metadata.generation ?? 0, conditions: [condition] },
  };
}

function status(parts: Sample, which: "first" | "next", more: object): void {
  const object = parts[which];
  parts[which] = { ...object, status: { observedGeneration: 2, ...object.status, ...more } };
}

function page(
  parts: Sample,
  index: number,
  more: { readonly spec?: object; readonly status?: object; readonly metadata?: object },
): void {
  const object = parts.contents[index] as Sample["contents"][number];
  parts.contents[index] = { ...object, ...more, metadata: { ...object.metadata, ...more.metadata } };
}

describe("invariants", () => {
  it("hold for what is sound, with everything that a ledger may know of it", () => {
    const ledger: Partial<Ledger> = {
      commits: [{ repository: REPOSITORY, commit: COMMITS.root }],
      approvals: [{ revision: FIRST, digest: DIGEST }],
      tags: [
        { repository: REPOSITORY, ref: TAG, commit: COMMITS.published },
        { repository: REPOSITORY, ref: "refs/tags/web/app/v2", commit: COMMITS.deleted },
      ],
      edits: [{ revision: NEXT, files: new Map([["app.yaml", Buffer.from("a: 2\n")]]) }],
    };
    const [file] = folderOf({ "app.yaml": "a: 2\n" }).files ?? [];
    expect(
      judge((parts) => void parts.pathHistory.set("web/app/app.yaml", new Set([file?.oid ?? ""])), ledger),
    ).toEqual([]);
  });

  describe("1: one tag for each published revision", () => {
    it.each<[string, RegExp, (parts: Sample) => void]>([
      ["without its tag", /has no refs\/tags\/web\/app\/v1/, (parts) => void parts.refs.delete(TAG)],
      [
        "whose tag is at another commit",
        /is at 9{40}, status says 1{40}/,
        (parts) => {
          change(parts, TAG, { commit: elsewhere });
          parts.folders.set(folderKey(elsewhere, "web/app"), folderOf({ "app.yaml": "a: 1\n" }));
        },
      ],
      [
        "whose status has no commit",
        /no revision or no commit/,
        (parts) => {
          const { commit: _gone, ...rest } = parts.first.status as NonNullable<Sample["first"]["status"]>;
          parts.first = { ...parts.first, status: rest };
        },
      ],
      [
        "whose ID has another revision",
        /packageRevID.revision is v3/,
        (parts) => {
          parts.first = {
            ...parts.first,
            spec: { packageRevID: { ...parts.first.spec.packageRevID, revision: "v3" } },
          };
        },
      ],
      [
        "that two objects claim",
        /is more than one package revision/,
        (parts) => {
          const { status: same } = parts.first;
          parts.more.push(revision("again", { ...same }));
          parts.contents.push({ ...contentsOf("again", folderOf({ "app.yaml": "a: 1\n" }), true) });
        },
      ],
      [
        "that no object speaks of",
        /v3: has no package revision/,
        (parts) => {
          parts.refs.set("refs/tags/web/app/v3", {
            ref: "refs/tags/web/app/v3",
            oid: elsewhere,
            commit: COMMITS.draft,
            annotated: false,
          });
        },
      ],
    ])("tells of one %s", (_what, message, spoil) => {
      expect(judge(spoil)).toContainEqual(expect.stringMatching(new RegExp(`^\\(1\\).*${message.source}`)));
    });

    it("tells of a draft that was published twice", () => {
      const found = judge((parts) => {
        const tag = parts.refs.get(TAG) as RemoteRef;
        const trailers = { ...(tag.trailers as NonNullable<RemoteRef["trailers"]>), revision: "v3" };
        parts.refs.set("refs/tags/web/app/v3", { ...tag, ref: "refs/tags/web/app/v3", trailers });
      });
      expect(found).toContainEqual(`(1) ${REPOSITORY} web/app/first: was published 2 times: v1, v3`);
    });

    it("accepts what a condition tells of", () => {
      expect(
        judge((parts) => [
          parts.refs.delete(TAG),
          tell(parts, "first", "TagMissing"),
          parts.lastChanges.set(folderKey(COMMITS.main, "web/app"), COMMITS.root),
        ]),
      ).toEqual([]);
    });
  });

  it.each<[string, RegExp, (parts: Sample) => void]>([
    [
      "other bytes",
      /"app.yaml" is shown with other bytes/,
      (parts) => page(parts, 0, { spec: { resources: { "app.yaml": "a: 2\n" } } }),
    ],
    [
      "a file too many",
      /"x" is shown, and is not in/,
      (parts) => page(parts, 0, { spec: { resources: { "app.yaml": "a: 1\n", x: "" } } }),
    ],
    [
      "a file too few",
      /"app.yaml" is in Git's commit, and is not shown/,
      (parts) => page(parts, 0, { spec: { resources: {} } }),
    ],
    ["a page too few", /1 pages of 2/, (parts) => page(parts, 0, { status: { frozen: true, pages: 2 } })],
    [
      "files not told of",
      /filesNotShownCount is 3/,
      (parts) => page(parts, 0, { status: { frozen: true, filesNotShownCount: 3 } }),
    ],
    [
      "another digest",
      /status.contentDigest is sha256:0, the tag's/,
      (parts) => status(parts, "first", { contentDigest: "sha256:0" }),
    ],
    ["nothing", /does not say GitOnly/, (parts) => void parts.contents.shift()],
  ])("2: tells of contents that have %s", (_what, message, spoil) => {
    expect(judge(spoil)).toEqual([expect.stringMatching(new RegExp(`^\\(2\\) ${FIRST}: .*${message.source}`))]);
  });

  it("2: asks for no contents where status says that Git alone has them", () => {
    expect(judge((parts) => [parts.contents.shift(), status(parts, "first", { contents: "GitOnly" })])).toEqual([]);
  });

  describe("3: numbers", () => {
    it("tells of one that is used again after its deletion, unless that was undone", () => {
      const again = (commit: string) => (parts: Sample) => {
        parts.refs.set("refs/tags/web/app/v2", {
          ref: "refs/tags/web/app/v2",
          oid: elsewhere,
          commit,
          annotated: false,
        });
      };
      expect(judge(again(COMMITS.draft))).toContainEqual(expect.stringMatching(/^\(3\) .*v2 was deleted at 4{40}/));
      expect(judge(again(COMMITS.deleted))).not.toContainEqual(expect.stringMatching(/^\(3\)/));
    });

    it("tells of a revision whose draft began from a later one", () => {
      const found = judge((parts) => {
        const trailers = parts.refs.get(TAG)?.trailers as NonNullable<RemoteRef["trailers"]>;
        change(parts, TAG, { trailers: { ...trailers, metadata: { base: { revision: "v1" } } } });
      });
      expect(found).toEqual([expect.stringMatching(/^\(3\) .*began from v1/)]);
    });

    it("tells of tags that were seen and are gone, or elsewhere", () => {
      const tags = [
        { repository: REPOSITORY, ref: "refs/tags/web/app/v7", commit: COMMITS.published },
        { repository: REPOSITORY, ref: TAG, commit: COMMITS.root },
      ];
      expect(judge(() => undefined, { tags })).toEqual([
        expect.stringMatching(/^\(3\) .*v7: was at 1{40}, and is gone/),
        expect.stringMatching(/^\(3\) .*v1: was at 0{40}, .*v1 is at 1{40}/),
      ]);
      const told = judge((parts) => tell(parts, "first", "TagMoved"), { tags: tags.slice(1) });
      expect(told).toEqual([]);
    });
  });

  describe("4: the packages' branch", () => {
    const key = folderKey(COMMITS.main, "web/app");

    it("tells of a folder that we left as something else than the latest revision, and not of what others changed", () => {
      const spoil = (by: string) => (parts: Sample) => {
        parts.folders.set(key, OTHER);
        parts.lastChanges.set(key, by);
      };
      expect(judge(spoil(COMMITS.main))).toEqual([
        expect.stringMatching(/^\(4\) .*main:web\/app: .*latest revision v1/),
      ]);
      expect(judge(spoil(COMMITS.root))).toEqual([]);
    });

    it("asks nothing of folders as they are in a history that somebody has accepted, and of those after it as ever", () => {
      const accepted = (now: string) => (parts: Sample) => {
        parts.folders.set(key, OTHER);
        parts.lastChanges.set(key, COMMITS.main);
        const annotations = { [ANNOTATION_CONFIRM_HISTORY]: `${elsewhere}..${now}` };
        parts.repository = { ...parts.repository, metadata: { ...parts.repository.metadata, annotations } };
      };
      expect(judge(accepted(COMMITS.main))).toEqual([]);
      expect(judge(accepted(COMMITS.root))).toEqual([expect.stringMatching(/^\(4\) /)]);
    });

    it("tells of a folder that outlives its last revision", () => {
      const found = judge((parts) => {
        parts.refs.delete(TAG);
        parts.lastChanges.set(key, COMMITS.main);
      });
      expect(found).toContainEqual(expect.stringMatching(/^\(4\) .*all its revisions were deleted/));
    });

    it("tells of a merge of ours, and asks nothing where only tags are made", () => {
      const merge = (parts: Sample) =>
        void parts.commits.set(COMMITS.main, { byOperator: true, parents: [COMMITS.root, COMMITS.draft] });
      expect(judge(merge)).toEqual([expect.stringMatching(/^\(4\) .*is a merge/)]);
      const tagOnly = (parts: Sample) => {
        merge(parts);
        parts.repository = { ...parts.repository, spec: { ...parts.repository.spec, publish: "tagOnly" } };
      };
      expect(judge(tagOnly)).toEqual([]);
    });
  });

  it("5: tells of commits of others that nothing leads to", () => {
    const commits = [{ repository: REPOSITORY, commit: elsewhere, what: "a push" }];
    expect(judge(() => undefined, { commits })).toEqual([
      expect.stringMatching(/^\(5\) .*commit 9{40} any more \(a push\)/),
    ]);
  });

  describe("6: edits", () => {
    it.each<[string, RegExp, (parts: Sample) => void]>([
      [
        "is not in its commit",
        /"app.yaml" is shown with other bytes/,
        (parts) => page(parts, 1, { spec: { resources: { "app.yaml": "a: 3\n", "more.yaml": "b: 1\n" } } }),
      ],
      [
        "has a branch that is elsewhere",
        /is at 9{40}, status says 3{40}/,
        (parts) => change(parts, BRANCH, { commit: elsewhere }),
      ],
      ["has no branch", /has no refs\/heads/, (parts) => void parts.refs.delete(BRANCH)],
      ["has no contents", /is a draft, and has no contents/, (parts) => void parts.contents.pop()],
      [
        "was proposed as something else",
        /status speaks of sha256:5, the files/,
        (parts) => status(parts, "next", { lifecycle: "proposed", contentDigest: "sha256:5" }),
      ],
      ["has no commit in its status", /status has no commit/, (parts) => status(parts, "next", { commit: undefined })],
    ])("tells of an acknowledged draft that %s", (_what, message, spoil) => {
      expect(judge(spoil)).toContainEqual(expect.stringMatching(new RegExp(`^\\(6\\) ${NEXT}: .*${message.source}`)));
    });

    it("does not ask for what is not acknowledged", () => {
      const found = judge((parts) =>
        page(parts, 1, { spec: { resources: {} }, status: { error: "why", observedGeneration: 2 } }),
      );
      expect(found).toEqual([]);
    });

    it("tells of edits in the ledger that no commit has", () => {
      const files = new Map([
        ["app.yaml", Buffer.from("a: 1.5\n")],
        ["gone.yaml", null],
      ]);
      const found = judge(() => undefined, { edits: [{ revision: NEXT, files }] });
      expect(found).toEqual([
        expect.stringMatching(/^\(6\) .*the 7 bytes of "app.yaml"/),
        expect.stringMatching(/^\(6\) .*the deletion of "gone.yaml"/),
      ]);
    });
  });

  it.each<[string, RegExp, (parts: Sample) => void]>([
    [
      "a branch without object",
      /web\/app\/lost: is a draft that no/,
      (parts) => {
        const draft = parts.refs.get(BRANCH) as RemoteRef;
        const ref = "refs/heads/web/app/lost";
        parts.refs.set(ref, {
          ...draft,
          ref,
          trailers: { ...(draft.trailers as NonNullable<RemoteRef["trailers"]>), workspace: "lost" },
        });
      },
    ],
    [
      "a branch that outlives its publication",
      /web\/app\/first: is a draft that no/,
      (parts) => {
        const draft = parts.refs.get(BRANCH) as RemoteRef;
        const ref = "refs/heads/web/app/first";
        const trailers = { ...(draft.trailers as NonNullable<RemoteRef["trailers"]>), workspace: "first" };
        parts.refs.set(ref, { ...draft, ref, trailers });
        status(parts, "first", { lifecycle: "deletionProposed" });
      },
    ],
    [
      "a ref of another kind",
      /refs\/work: is neither/,
      (parts) =>
        void parts.refs.set("refs/work", {
          ref: "refs/work",
          oid: COMMITS.draft,
          commit: COMMITS.draft,
          annotated: false,
        }),
    ],
    [
      "contents without owner",
      /app.lost: its package revision is gone/,
      (parts) => void parts.contents.push(contentsOf("lost", OTHER, true)),
    ],
    [
      "what was found on the machine",
      /x.lock: is left/,
      (parts) => void parts.leftovers.push({ subject: "x.lock", message: "is left" }),
    ],
  ])("7: tells of %s", (_what, message, spoil) => {
    expect(judge(spoil)).toEqual([expect.stringMatching(new RegExp(`^\\(7\\) .*${message.source}`))]);
  });

  describe("8: approvals", () => {
    const restamp = (more: object) => (parts: Sample) => {
      const trailers = parts.refs.get(TAG)?.trailers as NonNullable<RemoteRef["trailers"]>;
      change(parts, TAG, { trailers: { ...trailers, ...more } });
    };

    it.each<[string, RegExp, (parts: Sample) => void]>([
      ["nobody approved", /of nobody/, restamp({ approvedBy: undefined })],
      ["names no digest", /no digest/, restamp({ digest: undefined })],
      ["has other files than were approved", /was approved, its files have/, restamp({ digest: digestOf(OTHER) })],
      [
        "the object's approval is not of",
        /spec.approval is of sha256:7/,
        (parts) => {
          parts.first = { ...parts.first, spec: { ...parts.first.spec, approval: { by: "bob", digest: "sha256:7" } } };
        },
      ],
    ])("tells of a tag that %s", (_what, message, spoil) => {
      expect(judge(spoil)).toEqual([expect.stringMatching(new RegExp(`^\\(8\\) .*${message.source}`))]);
    });

    it("tells of a publication that is none of the approvals given", () => {
      const approvals = [{ revision: FIRST, digest: digestOf(OTHER) }];
      expect(judge(() => undefined, { approvals })).toEqual([expect.stringMatching(/^\(8\) .*approved was sha256/)]);
    });
  });

  describe("9: convergence", () => {
    it.each<[string, RegExp, (parts: Sample) => void]>([
      [
        "was not looked at",
        /generation 2 was not looked at: status speaks of 1/,
        (parts) => status(parts, "next", { observedGeneration: 1 }),
      ],
      ["has no condition", /has no Ready condition/, (parts) => status(parts, "next", { conditions: [] })],
      ["is under way for ever", /names no cause: Publishing/, (parts) => tell(parts, "next", "Publishing")],
      [
        "does not go",
        /is Terminating/,
        (parts) => {
          parts.next = {
            ...parts.next,
            metadata: { ...parts.next.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
          };
        },
      ],
      [
        "has edits that nobody looked at",
        /contents .*generation 4 was not looked at/,
        (parts) => page(parts, 1, { metadata: { generation: 4 } }),
      ],
    ])("tells of an object that %s", (_what, message, spoil) => {
      expect(judge(spoil)).toEqual([expect.stringMatching(new RegExp(`^\\(9\\) .*${message.source}`))]);
    });

    it("accepts edits that wait for what their package revision waits for", () => {
      const found = judge((parts) => {
        page(parts, 1, { metadata: { generation: 4 } });
        tell(parts, "next", "PushRejected");
      });
      expect(found.filter((one) => one.startsWith("(9)"))).toEqual([]);
    });

    it("accepts a reason, and asks nothing of a remote that is not followed", () => {
      const found = judge((parts) => {
        tell(parts, "repository", "AuthenticationFailed");
        tell(parts, "next", "RepositoryNotReady");
        parts.refs.clear();
      });
      expect(found).toEqual([]);
    });
  });

  describe("10: another sync", () => {
    const traces = (spoil: (parts: Sample) => void, ref: string = COMMITS.main): Traces => {
      const parts = sample();
      spoil(parts);
      return {
        cluster: observationOf(parts).cluster,
        refs: new Map([[REPOSITORY, new Map([["refs/heads/main", ref]])]]),
      };
    };
    const quiet = traces(() => undefined);

    it("may be answered by the Repository", () => {
      const answered = traces((parts) => {
        const { metadata, status: before } = parts.repository;
        const annotations = { "pkg.pkgserver.dev/sync-requested-at": "now" };
        parts.repository = {
          ...parts.repository,
          metadata: { ...metadata, annotations, resourceVersion: "99" },
          status: { observedGeneration: 1, ...before, lastHandledSyncRequest: "now" },
        };
      });
      expect(checkResync(quiet, answered)).toEqual([]);
    });

    it.each<[string, RegExp, Traces]>([
      [
        "an object that was written",
        /app.next: was changed: 7 → 9/,
        traces((parts) => {
          parts.next = { ...parts.next, metadata: { ...parts.next.metadata, resourceVersion: "9" } };
        }),
      ],
      ["contents that were deleted", /app.first: was deleted/, traces((parts) => void parts.contents.shift())],
      ["an object that was made", /app.new: was made/, traces((parts) => void parts.more.push(revision("new", {})))],
      [
        "a Repository that was written beside its answer",
        /Repository .* was changed/,
        traces((parts) => {
          parts.repository = {
            ...parts.repository,
            status: { observedGeneration: 1, ...parts.repository.status, packages: 9 },
          };
        }),
      ],
      ["a ref that moved", /refs\/heads\/main: was changed: 2{40} → 3{40}/, traces(() => undefined, COMMITS.draft)],
    ])("tells of %s", (_what, message, after) => {
      const found = checkResync(quiet, after).map((one) => `(${one.invariant}) ${one.subject}: ${one.message}`);
      expect(found).toEqual([expect.stringMatching(new RegExp(`^\\(10\\) .*${message.source}`))]);
    });
  });
});
