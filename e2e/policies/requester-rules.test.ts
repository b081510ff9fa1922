import { describe, expect, it } from "vitest";
import { type Manifest, readManifests } from "./manifests.ts";

interface Rule {
  readonly name?: string;
  readonly expression: string;
}

/** The variables and validations of a policy; not the texts of refusals, which name the requester freely. */
function rulesOf(policy: Manifest): readonly Rule[] {
  const spec = policy.spec as { readonly variables?: readonly Rule[]; readonly validations?: readonly Rule[] };
  return [...(spec.variables ?? []), ...(spec.validations ?? [])];
}

const MAY_APPROVE =
  "authorizer.group('pkg.pkgserver.dev').resource('packagerevisions').subresource('approval')" +
  " .namespace(request.namespace).name(object.metadata.name).check('update').allowed()";
const COLLECTOR = "'system:serviceaccount:kube-system:generic-garbage-collector'";
const CLEANERS = `${COLLECTOR}, 'system:serviceaccount:kube-system:namespace-controller'`;

// Written out on purpose: an exemption within a rule, rather than in a match condition, must be made here as well.
const expected: Readonly<Record<string, readonly string[]>> = {
  approval: [
    MAY_APPROVE,
    // Only the text of a refusal.
    "request.userInfo.username.matches('^[A-Za-z0-9@:._/+-]+$')" +
      ` ? ',\\\\"by\\\\":\\\\"' + request.userInfo.username + '\\\\"' : ''`,
    "!variables.approves || !variables.hasApproval || object.spec.approval.by == request.userInfo.username",
  ],
  "approval-ahead": [MAY_APPROVE, "variables.confirmer == request.userInfo.username"],
  "automatic-approval": [MAY_APPROVE.replace(".name(object.metadata.name)", "")],
  changer: ["request.userInfo.username.replace('\\n', ' ')"],
  "co-approval": [
    "variables.added.filter(name, name != request.userInfo.username)",
    MAY_APPROVE,
    "has(request.userInfo.groups) ? request.userInfo.groups : []",
    "(variables.isFirst && has(object.spec.approval.overrideFreeze))" +
      " || (variables.adds && has(variables.given[request.userInfo.username].overrideFreeze))",
    "authorizer.group('pkg.pkgserver.dev').resource('packagerevisions') .namespace(request.namespace)" +
      ".name(object.metadata.name).check('override-freeze').allowed()",
    "variables.adds && has(variables.given[request.userInfo.username].groups)" +
      " ? variables.given[request.userInfo.username].groups : []",
    "!variables.adds || !variables.hasProposal ||" +
      " variables.given[request.userInfo.username].digest == oldObject.status.proposal.digest",
    "!variables.adds || !variables.inRelease || has(variables.given[request.userInfo.username].release)",
    "!variables.adds || request.userInfo.username.size() <= 1024",
    "variables.removed.size() == 0 || variables.desired == 'draft'" +
      " || variables.removed.all(name, name == request.userInfo.username)",
  ],
  contents: [`request.userInfo.username in [ ${CLEANERS}]`],
  credentials: [
    "authorizer.group('').resource('secrets').namespace(request.namespace).name(object.spec.git.credentials)",
  ],
  deletion: [
    MAY_APPROVE.replace("object.metadata.name", "request.name"),
    `request.userInfo.username == ${COLLECTOR}`,
    "!variables.needsOther || (request.userInfo.username != variables.proposer" +
      " && request.userInfo.username != variables.recordedProposer)",
  ],
  edits: ["request.userInfo.username.replace('\\n', ' ')"],
  gates: [
    "variables.judged.size() != 1 || authorizer.group('pkg.pkgserver.dev').resource('packagerevisions')" +
      ".subresource('gates') .namespace(request.namespace).name(variables.judged[0]).check('update').allowed()",
  ],
  lifecycle: [MAY_APPROVE],
  proposer: [
    "!variables.proposes || variables.proposer in ['', request.userInfo.username]",
    "variables.was == variables.desired || variables.mover in ['', request.userInfo.username]",
  ],
  rebase: [
    "variables.isOld || variables.by == request.userInfo.username.replace('\\n', ' ')",
    "variables.isOld || authorizer.group('pkg.pkgserver.dev').resource('packagerevisionresourceses')" +
      " .namespace(request.namespace).name(object.metadata.name).check('update').allowed()",
  ],
  variant: [
    ...["create", "update", "delete"].map(
      (verb) =>
        "authorizer.group('pkg.pkgserver.dev').resource('packagerevisions').namespace(request.namespace)" +
        `.check('${verb}').allowed()`,
    ),
    MAY_APPROVE.replace(".name(object.metadata.name)", ""),
    "request.userInfo.username.replace('\\n', ' ')",
  ],
  verification: [
    "authorizer.group('').resource('secrets').namespace(request.namespace)" +
      ".name(object.spec.verification.secretRef.name)",
  ],
};

describe("rules of validating policies that depend on the requester", () => {
  it("are exactly those in the table of this test", () => {
    const found = [...readManifests("helm/pkgserver/files/policies")].map(([file, [policy]]) => {
      const expressions = rulesOf(policy as Manifest).map(({ expression }) => expression.replaceAll(/\s+/g, " "));
      return [file, expressions.filter((text) => /userInfo|system:|authorizer|serviceAccount/.test(text))] as const;
    });
    expect(Object.fromEntries(found.filter(([, expressions]) => expressions.length > 0))).toEqual(expected);
  });
});
