import fc from "fast-check";
import { LIFECYCLES } from "../../api/v1alpha1/lifecycle.ts";
import { timestamp } from "../identity/timestamp.ts";
import type { CommitMetadata } from "../revision/commit-trailers.ts";
import { hostileText, jsonValue } from "./arbitraries.ts";

const name = hostileText.map((text) => text.slice(0, 1024)).filter((text) => text.length > 0);
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const digest = hex(64).map((digits) => `sha256:${digits}`);
const time = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map(timestamp);

/** Metadata as the operator may have to write it, with any names of users and folders. */
export const trailers: fc.Arbitrary<CommitMetadata> = fc.record(
  {
    repository: fc.constantFrom("default/blue", "a-b/c-9"),
    path: hostileText,
    workspace: hostileText,
    lifecycle: fc.constantFrom(...LIFECYCLES),
    revision: fc.nat(99).map((major) => `v${major}`),
    digest,
    proposalDigest: digest,
    proposedBy: name,
    proposedAt: time,
    approvedBy: name,
    gates: fc.array(
      fc
        .record(
          { conditionType: name.map((text) => text.slice(0, 316)), at: time },
          { requiredKeys: ["conditionType"] },
        )
        .filter(({ conditionType }) => conditionType.trim() !== ""),
      { minLength: 1, maxLength: 3 },
    ),
    returnedBy: name,
    returnReason: name,
    rebasedBy: name,
    rebasedOnto: name,
    editors: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    editorsUnknown: fc.constant(true as const),
    contents: fc.tuple(fc.uuid(), fc.nat(), fc.nat()).map((version) => version.join("/")),
    metadata: fc.record(
      {
        spec: fc.record(
          {
            updatePolicy: fc.constantFrom("loose", "strict"),
            upstream: fc.record({ repository: hostileText, package: hostileText, realm: hostileText }),
            inputs: fc.array(fc.dictionary(fc.string(), jsonValue), {
              maxLength: 2,
            }),
          },
          { requiredKeys: [] },
        ),
        labels: fc.dictionary(hostileText, hostileText),
        annotations: fc.dictionary(hostileText, hostileText),
        base: fc.record({ revision: fc.constant("v1"), commit: hex(40) }),
        upstreamLock: fc.record({ revision: fc.constant("v7"), commit: hex(40), digest }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["path", "workspace", "lifecycle", "metadata"] },
);
