import { describe, expect, it } from "vitest";
import { cleanText, readRemoteMessage, WITHHELD } from "./error-text.ts";
import { hideEncodedWords, resemblesSecret } from "./secret-likeness.ts";

const token = ["ghp", "kX82mQz0Ly5Tn4Wv7Rb1Cd9Fe3Ga6Hj0pS"].join("_");
const secretSets = [
  [token, Buffer.from(token).toString("base64"), Buffer.from(`x-access-token:${token}`).toString("base64")],
  ["glpat-Zq7_tYw3-Kx9vBn2Lm5", Buffer.from("oauth2:glpat-Zq7_tYw3-Kx9vBn2Lm5").toString("base64")],
  ["correct-horse-battery-staple"],
  // A token with claims, in three parts.
  [
    `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: "ci", jti: "a".repeat(900) })).toString("base64url")}.c2ln`,
  ],
];

/** Messages of hooks and protections, as the servers send them. */
const messages = [
  "error: GH006: Protected branch update failed for refs/heads/main.",
  'error: Changes must be made through a pull request. Required status check "build (24.x)" is expected.',
  "error: GH013: Repository rule violations found for refs/heads/main. Review all repository rules at https://github.com/org/packages/rules?ref=refs%2Fheads%2Fmain",
  "- Cannot update this protected ref. - Commits must have verified signatures. Found 1 violation: 9fceb02d0ae598e95dc970b74767f19372d61af8",
  "error: File models/big.bin is 123.00 MB; this exceeds GitHub's file size limit of 100.00 MB",
  "error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.",
  "Permission to org/packages.git denied to ci-bot.",
  "GitLab: You are not allowed to push code to protected branches on this project.",
  "GitLab: Commit message does not follow the pattern '^(feat|fix): .+ \\[JIRA-[0-9]+\\]$'",
  "GitLab: Author 'alice@example.com' is not a member of team",
  "GitLab: You cannot push commits for 'bob@example.com'. You can only push commits if the committer email is one of your own verified emails.",
  "Gitea: Not allowed to push to protected branch main",
  "Forgejo: User permission denied for writing.",
  "Gitea: branch main is protected from force push",
  "error: hook declined: a change to prod needs a ticket, such as OPS-1234: see https://wiki.example.com/display/OPS/Git+rules",
  "the requested URL returned error: 503",
  "shallow update not allowed",
  "pre-receive hook declined",
  "fatal: unable to access 'https://git.example.com/deployments-eu-west-1-prod/packages.git/': Empty reply from server",
  "Zugriff verweigert: größere Änderungen brauchen eine Prüfung",
  "no",
];

describe("messages of servers", () => {
  it.each(messages)("stay readable: %s", (message) => {
    for (const secrets of secretSets) {
      expect(resemblesSecret(message, secrets)).toBe(false);
      expect(cleanText(message, secrets)).toBe(message);
      expect(readRemoteMessage(`remote: ${message}\n`, secrets)).toBe(message);
    }
  });

  it("stay readable where an address and a port have digits of the credentials in decimal", () => {
    const sent = [
      ["cGtnc2VydmVyOmNhbmFyeS14dWp6aW15dHdqeGp2dnp0d3VwZ3R1a3h2a3NwdGdqdA==", 35_427],
      ["cGtnc2VydmVyOmNhbmFyeS12bWttbnVsdHhra3d6c3Noa29ubnZzaHNpbml0dGt4bw==", 51_118],
      ["pkgserver:canary-kpsmhklzpnlogiouqwvsyguoqoghuyrw", 30_119],
    ] as const;
    for (const [secret, port] of sent) {
      const message = `repository 'http://127.0.0.1:${port}/no-path.git/' not found`;
      expect(cleanText(message, [secret])).toBe(message);
    }
  });

  it("are withheld where they share pieces of a secret, and say why", () => {
    const [first, second] = [token.slice(4, 12), token.slice(20, 28)];
    expect(cleanText(`your token begins with ${first}`, [token])).toBe(WITHHELD);
    expect(cleanText(`${second.slice(0, 4)} … ${first.slice(0, 4)}`, [token])).toBe(WITHHELD);
    expect(cleanText(`your token begins with ${token.slice(0, 4)}`, [token])).toContain("ghp");
  });

  it("are withheld where they spell something out, also one character at a time", () => {
    for (const text of ["a", "remote: k", "k x 8 2 m q z 0", "1: k; 2: X; 3: 8; 4: 2; 5: m; 6: Q"]) {
      expect(readRemoteMessage(`remote: ${text.replace("remote: ", "")}`, [token])).toBe(WITHHELD);
    }
  });

  it("lose words that encode something, whatever it is, if a secret was sent", () => {
    const other = Buffer.from("something else, and long").toString("base64");
    expect(cleanText(`trace ${other}: failed`, [token])).toBe("trace …==: failed".replace("==", ""));
    expect(cleanText(`trace ${other}: failed`, [])).toContain(other);
    expect(hideEncodedWords(`at ${"0123456789abcdef".repeat(2)}`)).toBe("at …");
    const oid = "9fceb02d0ae598e95dc970b74767f19372d61af8";
    expect(hideEncodedWords(`commit ${oid}`)).toBe(`commit ${oid}`);
  });

  it("of the largest size are compared, also if everything repeats", () => {
    const secrets = [token, "a".repeat(5000)];
    const withheld = (unit: string) => resemblesSecret(unit.repeat(64 * 1024).slice(0, 64 * 1024), secrets);
    expect(["a", "a ", "1: ", "pass-"].map(withheld)).toEqual([true, true, true, false]);
  });
});
