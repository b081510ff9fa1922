import { packageRevisions, repositories } from "../../api/resources.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import type { Cluster } from "../context.ts";
import { shortName } from "../names/query.ts";
import { readyOf, reasonOf, stalledOf } from "../packages/conditions.ts";
import type { Finding } from "./finding.ts";

const MAX_NAMED = 20;

/** Repositories that are not Ready, or that no operator looks at. */
export async function checkRepositories({ client, namespace }: Cluster): Promise<readonly Finding[]> {
  const { items } = await client.list(repositories, { namespace });
  if (items.length === 0) {
    const hint = "to register one: kubectl pkg repo add";
    return [{ check: "repositories", state: "warning", message: "there is none in this namespace", hint }];
  }
  const findings = items.flatMap((one): readonly Finding[] => {
    const { name } = one.metadata;
    const show = `to see it: kubectl pkg repo show ${name}`;
    if (readyOf(one) === undefined) {
      const message = `${name} has no status: no operator looks at this namespace`;
      return [{ check: "repositories", state: "problem", message, hint: "see whether the operator's Pod runs" }];
    }
    if (one.spec.sync?.suspend === true) {
      const hint = `to end that: kubectl pkg repo resume ${name}`;
      return [{ check: "repositories", state: "warning", message: `${name} is suspended`, hint }];
    }
    if (readyOf(one)?.status === "True") return [];
    return [{ check: "repositories", state: "problem", message: `${name}: ${reasonOf(one)}`, hint: show }];
  });
  return findings.length > 0 ? findings : [{ check: "repositories", state: "ok", message: `${items.length} Ready` }];
}

/** Package revisions that need a person. */
export async function checkRevisions({ client, namespace }: Cluster): Promise<readonly Finding[]> {
  const { items } = await client.list(packageRevisions, { namespace });
  const stalled = items.filter((one) => stalledOf(one) !== undefined);
  const count = items.length - stalled.length;
  if (stalled.length === 0)
    return [{ check: "packages", state: "ok", message: `${count} package revisions, none in trouble` }];
  const named = stalled.slice(0, MAX_NAMED).map((one): Finding => {
    const hint = `to see it: kubectl pkg show ${shellQuote(shortName(one))}`;
    return { check: "packages", state: "warning", message: `${shortName(one)}: ${reasonOf(one)}`, hint };
  });
  if (stalled.length === named.length) return named;
  return [...named, { check: "packages", state: "warning", message: `and ${stalled.length - named.length} more` }];
}
