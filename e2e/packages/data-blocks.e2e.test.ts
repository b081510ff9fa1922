import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../harness/wait.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { conditionOf } from "../testenv/pipeline-packages.ts";

const it = testWithEnv("data").extend("git", { scope: "file" }, async ({ env }) => {
  await env.git.createRepository("data");
  await env.register("data", { deployment: true });
  return createGitReader(env.git, "data");
});

type Packages = Fixtures["packages"];

const id = (target: string, packageName: string, workspace = "one") => {
  return { repository: "data", target, package: packageName, workspace };
};
const cluster = (name: string, more: string) =>
  `apiVersion: example.org/v1\nkind: Cluster\nmetadata:\n  name: ${name}\n  namespace: fleet\n${more}`;
const annotated = (name: string, annotations: Readonly<Record<string, string>>) => {
  const lines = Object.entries(annotations).map(([key, value]) => `    kform.dev/${key}: ${value}\n`);
  return cluster(name, `  annotations:\n${lines.join("")}`);
};
const DATA = { "block-type": "data", "resource-type": "kubernetes_manifest", "resource-id": "cluster" };
const output = (expression: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n  namespace: shop\ndata:\n  region: ${expression}\n`;
/** A package that takes the region of a Cluster. */
const taking = (name: string) => ({
  "app.yaml": `${annotated(name, DATA)}---\n${output("kubernetes_manifest.cluster[0].spec.region")}`,
});
const FILE = "out/v1.ConfigMap.shop.app.yaml";

const renderedReason = (one: PackageRevision) => conditionOf(one, "Rendered")?.reason;
const waitForReason = async (packages: Packages, name: string, reason: string) =>
  await packages.waitFor(name, `has Rendered with ${reason}`, (one) => renderedReason(one) === reason);
const waitForRegion = async (packages: Packages, name: string, region: string) =>
  await waitUntil(`${FILE} has the region ${region}`, async () =>
    (await packages.contents(name)).spec.resources?.[FILE]?.includes(`region: ${region}\n`),
  );

describe.concurrent("a data block", () => {
  it("takes an object of a published package of its target, also when it comes or changes later", async ({
    packages,
    git,
  }) => {
    const made = { "cluster.yaml": cluster("edge1", "spec:\n  region: eu\n") };
    const name = await packages.createDraft(id("edge1", "app"), taking("edge1"));
    const missing = await waitForReason(packages, name, "DataMissing");
    expect(conditionOf(missing, "Rendered")?.message).toMatch(
      /kubernetes_manifest\.cluster needs example\.org\/v1\/Cluster fleet\/edge1, which is not there: give it in spec\.inputs, or publish a package of edge1 that has it$/,
    );
    // Neither a draft nor another target counts.
    await packages.createDraft(id("edge1", "draft"), made);
    await packages.createPublished(id("edge2", "cluster"), made);
    expect(renderedReason(await packages.get(name))).toBe("DataMissing");

    await packages.createPublished(id("edge1", "cluster"), made);
    await waitForRegion(packages, name, "eu");
    const { status } = await waitForReason(packages, name, "Rendered");
    const line = /^Cluster\.example\.org fleet\/edge1 from edge1\/cluster\/cluster\.yaml sha256:[0-9a-f]{64}$/;
    expect(status?.rendering?.data).toEqual([expect.stringMatching(line)]);
    const recorded = await git("log", "-1", "--format=%(trailers:key=Render-Data,valueonly)", "edge1/app/one");
    expect(recorded.trimEnd()).toMatch(line);

    const proposal = await packages.createDraft(id("edge1", "proposal"), taking("edge1"));
    await packages.propose(proposal);
    const { status: proposed } = await packages.get(proposal);

    await packages.createPublished(id("edge1", "cluster", "two"), {
      "cluster.yaml": cluster("edge1", "spec:\n  region: us\n"),
    });
    await waitForRegion(packages, name, "us");
    expect(await git("log", "--format=%s", "edge1/app/one")).toMatch(
      /^Render edge1\/app \(one\)\nRender edge1\/app \(one\)\nEdit/,
    );
    // What reviewers have before them stays, and is published as they saw it.
    await packages.approve(proposal);
    const published = await packages.waitForReason(proposal, "Published");
    expect(published.status?.proposal ?? proposed?.proposal).toEqual(proposed?.proposal);
    expect(await git("show", `edge1/proposal/v1:edge1/proposal/${FILE}`)).toMatch(/region: eu$/);
  });

  it("takes what the blocks of other packages have made, and not the blocks", async ({ packages }) => {
    const blocks = {
      "blocks.yaml": [
        annotated("edge3", { ...DATA, "resource-id": "itself" }).replace(
          "annotations:\n",
          'annotations:\n    config.kubernetes.io/local-config: "true"\n',
        ),
        annotated("edge4", { "resource-id": "made" }).concat(`spec:\n  region: "['made', 'here'].concat('-')"\n`),
      ].join("---\n"),
    };
    const other = await packages.createDraft(id("edge3", "other"), blocks);
    await packages.patch(other, {
      spec: {
        inputs: [{ apiVersion: "example.org/v1", kind: "Cluster", metadata: { name: "edge3", namespace: "fleet" } }],
      },
    });
    await waitForReason(packages, other, "Rendered");
    await packages.publish(other);
    const made = await packages.createDraft(id("edge3", "app"), taking("edge4"));
    await waitForReason(packages, made, "Rendered");
    await waitForRegion(packages, made, "made-here");
    const block = await packages.createDraft(id("edge3", "block"), taking("edge3"));
    await waitForReason(packages, block, "DataMissing");
  });

  it("is missing again after the package with its object is deleted", async ({ packages }) => {
    const made = { "cluster.yaml": cluster("edge5", "spec:\n  region: eu\n") };
    const { metadata } = await packages.createPublished(id("edge5", "cluster"), made);
    const published = metadata.name;
    const name = await packages.createDraft(id("edge5", "app"), taking("edge5"));
    await waitForReason(packages, name, "Rendered");
    await packages.setLifecycle(published, "deletionProposed");
    await packages.waitForReason(published, "DeletionProposed");
    await packages.delete(published, "bob");
    await waitForReason(packages, name, "DataMissing");
    // The input comes first, whatever is published.
    const input = { apiVersion: "example.org/v1", kind: "Cluster", metadata: { name: "edge5", namespace: "fleet" } };
    await packages.patch(name, { spec: { inputs: [{ ...input, spec: { region: "given" } }] } });
    await waitForRegion(packages, name, "given");
  });
});
