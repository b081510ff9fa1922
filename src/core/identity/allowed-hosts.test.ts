import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAllowedHost, parseAllowedHosts, remoteHost } from "./allowed-hosts.ts";
import { parseRemoteUrl } from "./url.ts";

const allows = (annotation: string, url: string) => isAllowedHost(remoteHost(url), parseAllowedHosts(annotation));

describe("a Secret that is bound to hosts", () => {
  it.each([
    ["git.example.com", "https://git.example.com/org/p.git"],
    ["git.example.com", "https://GIT.Example.COM/org/p"],
    ["Git.Example.Com", "HTTPS://git.example.com/p"],
    ["git.example.com", "https://git.example.com:443/p"],
    ["git.example.com:443", "https://git.example.com/p"],
    ["git.example.com:8443", "https://git.example.com:8443/p"],
    ["git.example.com", "ssh://git@git.example.com/p"],
    ["git.example.com", "ssh://git.example.com:22/p"],
    ["git.example.com:2222", "ssh://git@git.example.com:2222/p"],
    ["git.example.com", "git@GIT.example.com:org/p"],
    ["git.example.com", "git.example.com:/srv/p"],
    ["git.example.com:22", "git@git.example.com:org/p"],
    ["other.example.com , git.example.com", "https://git.example.com/p"],
    ["[2001:db8::1]", "https://[2001:DB8:0:0::1]/p"],
    ["[2001:db8:0::1]:8443", "https://[2001:db8::1]:8443/p"],
    ["[::1]", "ssh://git@[0:0::1]/p"],
    ["127.0.0.1:3000", "http://127.0.0.1:3000/p"],
    ["git.example.com:65535", "https://git.example.com:65535/p"],
    // Only ssh reads a host from there.
    ["git.example.com", "https://git.example.com/x@[y]"],
  ])("is sent by %j to %s", (annotation, url) => {
    expect(allows(annotation, url)).toBe(true);
  });

  it.each([
    ["git.example.com", "https://evil.example/p"],
    ["git.example.com", "https://sub.git.example.com/p"],
    ["git.example.com", "https://git.example.com.evil.example/p"],
    ["git.example.com", "https://example.com/git.example.com"],
    ["git.example.com", "https://git.example.com:8443/p"],
    ["git.example.com:8443", "https://git.example.com/p"],
    ["git.example.com:443", "git@git.example.com:443/p"],
    ["git.example.com", "ssh://git@git.example.com:2222/p"],
    ["git.example.com", "ssh://git.example.com@evil.example/p"],
    ["git.example.com", "git.example.com@evil.example:p"],
    ["git.example.com", "https://git.example.com@evil.example/p"],
    ["git.example.com", "https://git.example.com:443@evil.example/p"],
    ["git.example.com", "https://git.example.com%40evil.example/p"],
    ["git.example.com", "https://git%2eexample.com/p"],
    ["git.example.com", "https://git.example.com\\@evil.example/p"],
    ["git.example.com", "https://git.example.com\\.evil.example/p"],
    ["git.example.com", "https://git.example.com./p"],
    ["git.example.com", "https://ｇit.example.com/p"],
    ["git.example.com", "https:git.example.com/p"],
    ["git.example.com", "http://git.example.com/p"],
    ["git.example.com", "file:///git.example.com/p"],
    ["git.example.com", "/git.example.com/p"],
    ["git.example.com", "git://git.example.com/p"],
    ["git.example.com:9418", "git://git.example.com:9418/p"],
    ["git.example.com", "git.example.com:org://p"],
    ["good.example", "ssh://good.example/x@[evil.example]/p.git"],
    ["good.example", "ssh://good.example/x%40%5bevil.example%5d/p.git"],
    ["good.example", "good.example:x@[evil.example]:p.git"],
    ["good.example", "git@good.example:x@[evil.example]:p"],
    ["127.0.0.1", "https://127.1/p"],
    ["127.1", "https://127.1/p"],
    ["443", "https://443/p"],
    ["0x7f.1", "https://0x7f.1/p"],
    ["127.0.0.01", "https://127.0.0.01/p"],
    ["[::1]", "https://[::2]/p"],
    ["[::1]", "https://[::1]:8443/p"],
    ["[::ffff:127.0.0.1]", "https://127.0.0.1/p"],
    ["git.example.com:443", "http://git.example.com:80/p"],
    ["git.example.com", "https://git.example.com:0/p"],
    ["git.example.com", "https://git.example.com:65979/p"],
  ])("is not sent by %j to %s", (annotation, url) => {
    expect(allows(annotation, url)).toBe(false);
  });

  it.each([
    "",
    " ",
    ",",
    "git.example.com,",
    "git.example.com,,other.example.com",
    "*",
    "*.example.com",
    "git.example.com,*",
    "git.example.com other.example.com",
    "https://git.example.com",
    "git.example.com/org",
    "git@git.example.com",
    "git.example.com.",
    ".example.com",
    "-git.example.com",
    "git.example.com:",
    "git.example.com:0",
    "git.example.com:65536",
    "git.example.com:https",
    "443",
    "127.1",
    "[::1",
    "[::g]",
    "[1:2:3]",
    "::1",
    `git.example.com,${"a".repeat(8192)}`,
    Array.from({ length: 51 }, () => "git.example.com").join(),
  ])("is sent nowhere if the annotation is %j", (annotation) => {
    expect(parseAllowedHosts(annotation)).toBeUndefined();
    expect(allows(annotation, "https://git.example.com/p")).toBe(false);
  });

  it("may be bound to 50 hosts, in 8192 characters", () => {
    const many = Array.from({ length: 50 }, () => "git.example.com").join();
    const long = `git.example.com,${"a".repeat(8176)}`;
    expect([many, long].map((annotation) => allows(annotation, "https://git.example.com/p"))).toEqual([true, true]);
  });

  it("is sent to the host that URLs are read to have, whatever the URL", () => {
    const part = fc.constantFrom(
      "git.example.com",
      "evil.example",
      "@",
      ":",
      "/",
      "//",
      "\\",
      ".",
      "443",
      "%40",
      "[::1]",
      "ssh",
      "https",
      "git",
      "A",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const url = parts.join("");
        const host = remoteHost(url);
        const parsed = parseRemoteUrl(url, new Set(["https", "ssh"] as const));
        if (host === undefined || "problem" in parsed || parsed.transport === "file") return;
        const canonical = URL.parse(parsed.canonical);
        expect(host.name).toBe(canonical?.hostname);
        expect(host.transport).toBe(parsed.transport);
      }),
      { numRuns: 2000 },
    );
  });
});
