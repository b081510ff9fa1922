import { packageContents, packageRevisions, repositories, selfSubjectAccessReviews } from "../../api/resources.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import type { Cluster } from "../context.ts";
import { readServerVersion } from "../server-version.ts";
import type { Finding } from "./finding.ts";

const INSTALL = "docs/installation.md says how to install it, and how to upgrade";

export async function checkServer(cluster: Cluster): Promise<readonly Finding[]> {
  const { server, namespace, whoami } = cluster;
  const version = await readServerVersion(cluster);
  const message = `Kubernetes ${version} at ${server}, namespace ${namespace}, as ${await whoami()}`;
  return [{ check: "server", state: "ok", message }];
}

/** Whether the API server serves the kinds. */
export async function checkKinds({ client }: Cluster): Promise<readonly Finding[]> {
  return await Promise.all(
    [repositories, packageRevisions, packageContents].map(
      async ({ group, version, plural, kind }): Promise<Finding> => {
        const text = await ignoreNotFound(client.send({ method: "GET", path: `/apis/${group}/${version}` }));
        const served = text === undefined ? [] : (JSON.parse(text) as { resources: { name: string }[] }).resources;
        if (served.some(({ name }) => name === plural)) return { check: "kinds", state: "ok", message: kind };
        return { check: "kinds", state: "problem", message: `the API server does not know ${kind}`, hint: INSTALL };
      },
    ),
  );
}

/** What a user wants to do, and the right that it needs. */
const RIGHTS = [
  { does: "look at packages", verb: "list", resource: packageRevisions },
  { does: "begin packages", verb: "create", resource: packageRevisions },
  { does: "edit files", verb: "patch", resource: packageContents },
  { does: "propose and withdraw", verb: "patch", resource: packageRevisions },
  { does: "approve", verb: "update", resource: packageRevisions, subresource: "approval" },
  { does: "register Repositories", verb: "create", resource: repositories },
] as const;

/** What the user may do in the namespace. To lack a right is no problem: most users lack some. */
export async function checkRights({ client, namespace }: Cluster): Promise<readonly Finding[]> {
  const answers = await Promise.all(
    RIGHTS.map(async ({ does, verb, resource, ...more }) => {
      const resourceAttributes = { namespace, verb, group: resource.group, resource: resource.plural, ...more };
      const review = await client.create(selfSubjectAccessReviews, { metadata: {}, spec: { resourceAttributes } });
      return { does, isAllowed: review.status?.allowed === true };
    }),
  );
  const listOf = (isAllowed: boolean) =>
    answers
      .filter((one) => one.isAllowed === isAllowed)
      .map(({ does }) => does)
      .join(", ");
  const [may, mayNot] = [listOf(true), listOf(false)];
  if (may === "") {
    const hint = "an administrator of the namespace binds you to pkgserver-viewer, -editor, -approver or -admin";
    return [{ check: "rights", state: "problem", message: "you may do nothing with packages here", hint }];
  }
  return [{ check: "rights", state: "ok", message: `you may ${may}${mayNot === "" ? "" : `; not ${mayNot}`}` }];
}
