import { beforeEach, describe, expect, it } from "vitest";
import { type AdmissionObject, POLICY_COUNT, policiesFor } from "../../core/admission/policy-manifests.ts";
import { EventChannel } from "../shared/event-channel.ts";
import { FakeInformer } from "../shared/testing/fake-informer.ts";
import { PolicyMonitor, SETTLE_MS } from "./monitor.ts";
import type { Knowledge } from "./policy-cache.ts";
import { watchPolicies } from "./watches.ts";

const USER = "system:serviceaccount:pkgserver-system:pkgserver";
const EXPECTED = policiesFor(USER) ?? [];
const KINDS = [...new Set(EXPECTED.map(({ kind = "" }) => kind))];
const UNKNOWN: Knowledge = { kind: "unknown", message: "no answer" };

/** A monitor on informers of all kinds, which have every policy. */
class Harness {
  readonly informers = new Map(KINDS.map((kind) => [kind, new FakeInformer<AdmissionObject>({})]));
  /** What is known instead of an informer's objects. */
  readonly answers = new Map<string, Knowledge>();
  readonly emitted: string[] = [];
  missing = 0;
  uptime = 1_000_000;
  readonly monitor: PolicyMonitor;

  constructor() {
    const channel = new EventChannel<{ readonly kind: "policiesChanged"; readonly state: { kind: string } }>(
      (error) => {
        throw error;
      },
    ) as PolicyMonitor["channel"];
    channel.subscribe(({ state }) => this.emitted.push(state.kind));
    this.monitor = new PolicyMonitor({
      channel,
      caches: KINDS.map((kind) => ({ resource: { kind }, knowledge: () => this.#knowledge(kind) })),
      uptimeMs: () => this.uptime,
      report: (missing) => {
        this.missing = missing;
      },
    });
    watchPolicies([...this.informers.values()], this.monitor);
    for (const one of EXPECTED) this.set(one, "1");
    this.monitor.start();
  }

  #knowledge(kind: string): Knowledge {
    return this.answers.get(kind) ?? { kind: "known", objects: this.informers.get(kind)?.lister.list() ?? [] };
  }

  set(one: AdmissionObject, uid: string): void {
    const metadata = { ...one.metadata, uid, resourceVersion: String(Math.random()) };
    this.informers.get(one.kind ?? "")?.set({ ...one, metadata });
  }

  delete(one: AdmissionObject): void {
    this.informers.get(one.kind ?? "")?.delete(one.metadata.name ?? "");
  }

  pass(ms: number): void {
    this.uptime += ms;
    this.monitor.evaluate();
  }
}

describe("PolicyMonitor", () => {
  const [policy] = EXPECTED as [AdmissionObject];
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });

  it("knows nothing before it knows whom the policies exempt, and trusts them then", () => {
    expect(harness.monitor.state()).toMatchObject({ kind: "unknown" });
    harness.monitor.identify(USER);
    expect(harness.monitor.state()).toEqual({ kind: "enforced" });
    expect(harness.emitted).toEqual(["unknown", "enforced"]);
    expect(harness.missing).toBe(0);
  });

  it("trusts nothing if the operator runs as another user, or does not learn as whom", () => {
    harness.monitor.identify("admin");
    expect(harness.monitor.state()).toMatchObject({
      kind: "unknown",
      message: expect.stringContaining("runs as admin"),
    });
    harness.monitor.identificationFailed("no answer");
    expect(harness.monitor.state()).toEqual({ kind: "unknown", message: "no answer" });
    expect(harness.missing).toBe(POLICY_COUNT);
  });

  it("notices a deletion at once, and trusts a policy that is back once the API server had time to enforce it", () => {
    harness.monitor.identify(USER);
    harness.emitted.length = 0;
    harness.delete(policy);
    expect(harness.monitor.state()).toMatchObject({ kind: "missing", findings: [{ name: policy.metadata.name }] });
    expect(harness.missing).toBe(1);
    harness.set(policy, "2");
    expect(harness.monitor.state()).toEqual({ kind: "missing", findings: [], settling: true });
    harness.pass(SETTLE_MS - 1);
    expect(harness.monitor.state().kind).toBe("missing");
    harness.pass(1);
    expect(harness.monitor.state()).toEqual({ kind: "enforced" });
    expect(harness.emitted).toEqual(["missing", "missing", "enforced"]);
  });

  it("notices that a policy was deleted and created again while its watch was closed", () => {
    harness.monitor.identify(USER);
    harness.set(policy, "2");
    expect(harness.monitor.state()).toMatchObject({ kind: "missing", settling: true });
    harness.pass(SETTLE_MS);
    expect(harness.monitor.state().kind).toBe("enforced");
  });

  it("knows nothing while a kind is not known, and reports that if it lasts", () => {
    harness.monitor.identify(USER);
    harness.emitted.length = 0;
    harness.answers.set("ValidatingAdmissionPolicyBinding", UNKNOWN);
    expect(harness.monitor.state()).toEqual(UNKNOWN);
    harness.pass(14_000);
    expect(harness.monitor.reported().kind).toBe("enforced");
    expect(harness.emitted).toEqual([]);
    harness.pass(14_000);
    harness.pass(1_000);
    expect(harness.monitor.reported()).toEqual(UNKNOWN);
    harness.answers.clear();
    harness.pass(1_000);
    expect(harness.monitor.state().kind).toBe("enforced");
    expect(harness.emitted).toEqual(["unknown", "enforced"]);
  });

  it("has what it held back for a moment enqueued, though it reports no other state", () => {
    harness.monitor.identify(USER);
    harness.emitted.length = 0;
    harness.answers.set("ValidatingAdmissionPolicyBinding", UNKNOWN);
    harness.monitor.state();
    harness.answers.clear();
    harness.pass(1_000);
    harness.pass(1_000);
    expect(harness.emitted).toEqual(["enforced"]);
  });

  it("remembers what was missing before the API server was out of reach", () => {
    harness.monitor.identify(USER);
    harness.delete(policy);
    harness.answers.set("ValidatingAdmissionPolicyBinding", UNKNOWN);
    harness.set(policy, "2");
    harness.answers.clear();
    harness.pass(1);
    expect(harness.monitor.state()).toMatchObject({ kind: "missing", settling: true });
  });

  it("expects no mutating policies where they are not served, and says that they record no names", () => {
    for (const kind of KINDS) if (kind.startsWith("Mutating")) harness.answers.set(kind, { kind: "notServed" });
    for (const one of EXPECTED) if (one.kind?.startsWith("Mutating")) harness.delete(one);
    harness.monitor.identify(USER);
    expect(harness.monitor.state()).toEqual({ kind: "enforced", withoutNames: true });
  });
});
