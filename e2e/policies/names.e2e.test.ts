import { describe } from "vitest";
import { revisionOf } from "./objects.ts";
import { expectResponse, it } from "./testenv.ts";

const FORM = "must be a DNS label: 1 to 63 lower-case letters, digits and -";
const REALM = `spec.packageRevID.realm: each part between slashes ${FORM}`;
const PACKAGE = `spec.packageRevID.package ${FORM}`;
const HASH = "0123456789abcdef0123";
const RESERVED = "v and a digit at its beginning are reserved";
/** An empty target is left out. */
const rows: readonly (readonly [id: Record<string, string>, name: string, refused?: string])[] = [
  [{}, "edge.deployments.net.w"],
  [{ realm: "core/ran" }, "edge.deployments.core.ran.net.w"],
  [{ target: "catalog" }, "catalog.deployments.net.w"],
  [{}, "something-else", "metadata.name must be edge.deployments.net.w (target.repository.realm.package.workspace)"],
  [{ realm: "core" }, "edge.deployments.net.w", "metadata.name must be edge.deployments.core.net.w"],
  [{ target: "" }, "catalog.deployments.net.w"],
  [{ target: "" }, "edge.deployments.net.w", "spec.packageRevID.target must be edge for this metadata.name"],
  [{ target: "" }, "else", "must be TARGET.deployments.net.w, where spec.packageRevID.target is the target"],
  [{ target: "" }, "a.b.deployments.net.w", "must be TARGET.deployments.net.w, where spec.packageRevID.target is"],
  [{ package: "Net" }, "edge.deployments.net.w", PACKAGE],
  [{ package: "../net" }, "edge.deployments.net.w", PACKAGE],
  [{ package: "net.core" }, "edge.deployments.net.core.w", PACKAGE],
  [{ package: "2024" }, "edge.deployments.2024.w", PACKAGE],
  [{ package: "n".repeat(64) }, "edge.deployments.net.w", PACKAGE],
  [{ package: "net\n" }, "edge.deployments.net.w", PACKAGE],
  [{ target: "-edge" }, "edge.deployments.net.w", `spec.packageRevID.target ${FORM}`],
  [{ target: "42" }, "42.deployments.net.w", `spec.packageRevID.target ${FORM}`],
  [{ realm: "a//b" }, "edge.deployments.a.b.net.w", REALM],
  [{ realm: "/a" }, "edge.deployments.a.net.w", REALM],
  [{ realm: "a/../b" }, "edge.deployments.a.b.net.w", REALM],
  [{ realm: "a/42" }, "edge.deployments.a.42.net.w", REALM],
  [{ workspace: "W_1" }, "edge.deployments.net.w", `spec.packageRevID.workspace ${FORM}`],
  [{ workspace: "42" }, "edge.deployments.net.42", `spec.packageRevID.workspace ${FORM}`],
  [{ workspace: "v2" }, "edge.deployments.net.v2", RESERVED],
  [{ workspace: "v2-fix" }, "edge.deployments.net.v2-fix", RESERVED],
  [{ workspace: "vnext" }, "edge.deployments.net.vnext"],
  [{ workspace: "page-2" }, "edge.deployments.net.page-2", "page-N is reserved for the pages of big packages"],
  [{ workspace: "page-two" }, "edge.deployments.net.page-two"],
  // The folder of a package in Git, with the folded form in the name; only the operator can check the hash.
  [{ package: "My_App" }, `edge.deployments.my-app-${HASH}.w`],
  [{ package: "cert-manager-1.14" }, `edge.deployments.cert-manager-1-14-${HASH}.w`],
  [{ package: "été" }, `edge.deployments.t-${HASH}.w`],
  [{ package: "42" }, `edge.deployments.42-${HASH}.w`],
  [{ target: "Edge", realm: "core/RAN" }, `edge-${HASH}.deployments.core.ran-${HASH}.net.w`],
  [{ package: "My_App" }, "edge.deployments.my-app.w", PACKAGE],
  [{ package: "My_App" }, `edge.deployments.my-app-${HASH}.other`, PACKAGE],
  [{ package: "My_App" }, `edge.deployments.more.my-app-${HASH}.w`, PACKAGE],
  [{ package: "My_App" }, `edge.deployments.my-app-${HASH.slice(1)}.w`, PACKAGE],
  [{ target: "Edge" }, "edge.deployments.net.w", `spec.packageRevID.target ${FORM}`],
  [{ realm: "core/RAN" }, "edge.deployments.core.ran.net.w", REALM],
  [{ package: "../net" }, `edge.deployments.net-${HASH}.w`, PACKAGE],
  [{ package: ".git" }, `edge.deployments.git-${HASH}.w`, PACKAGE],
  [{ package: "a/b" }, `edge.deployments.a-b-${HASH}.w`, PACKAGE],
  [{ package: "a b" }, `edge.deployments.a-b-${HASH}.w`, PACKAGE],
  [{ package: "net\n" }, `edge.deployments.net-${HASH}.w`, PACKAGE],
  [{ package: "-x" }, `edge.deployments.x-${HASH}.w`, PACKAGE],
  [{ workspace: "W_1" }, `edge.deployments.net.w-1-${HASH}`, `spec.packageRevID.workspace ${FORM}`],
  [{ realm: Array(4).fill("r".repeat(60)).join("/") }, "edge", "must be 243 characters at most together"],
];

/** 243 characters are left where Kubernetes takes 253, for the names of further pages. */
const longRealm = (length: number) => {
  const rest = length - "edge.deployments..net.w".length;
  return ["r".repeat(60), "r".repeat(60), "r".repeat(60), "r".repeat(rest - 183)];
};

describe("policies of package revisions: names", () => {
  it.for(rows.map(([id, name, refused]) => ({ id, name, refused })))(
    "$id named $name",
    async ({ id, name, refused }, { env }) => {
      const { spec, ...kind } = revisionOf("w", id);
      const { target, ...others } = spec.packageRevID;
      const packageRevID = target === "" ? others : spec.packageRevID;
      const body = { ...kind, metadata: { name }, spec: { packageRevID } };
      expectResponse(await env.requestAs("alice", "create", `${env.revisions}?dryRun=All`, body), refused);
      expectResponse(await env.requestAs("admin", "create", `${env.revisions}?dryRun=All`, body), refused);
    },
  );

  it.for([{ length: 243 }, { length: 244, refused: "must be 243 characters at most together" }])(
    "$length characters long",
    async ({ length, refused }, { env }) => {
      const realm = longRealm(length);
      const body = {
        ...revisionOf("w", { realm: realm.join("/") }),
        metadata: { name: `edge.deployments.${realm.join(".")}.net.w` },
      };
      expectResponse(await env.requestAs("alice", "create", `${env.revisions}?dryRun=All`, body), refused);
    },
  );

  it("accept a published package revision named after its revision", async ({ env }) => {
    const object = revisionOf("v3", { revision: "v3" });
    const body = { ...object, spec: { ...object.spec, lifecycle: "published" } };
    expectResponse(await env.requestAs("carol", "create", `${env.revisions}?dryRun=All`, body));
  });

  it("accept names that the operator folds to legal ones, of packages created in Git", async ({ env }) => {
    const folded = { name: "edge.deployments.my-net-1a2b3c4d.w" };
    const body = { ...revisionOf("w", { package: "My Net" }), metadata: folded };
    expectResponse(await env.requestAs("operator", "create", `${env.revisions}?dryRun=All`, body));
  });
});
