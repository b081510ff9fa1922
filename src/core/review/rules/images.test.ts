import { describe, expect, it } from "vitest";
import { parseImage, registriesIn } from "./images.ts";

describe("parseImage", () => {
  it.each([
    ["web", "docker.io", "library/web", false],
    ["web:1", "docker.io", "library/web", false],
    ["shop/web:1", "docker.io", "shop/web", false],
    ["index.docker.io/library/web", "docker.io", "library/web", false],
    ["localhost/web", "localhost", "web", false],
    ["registry:5000/a/web:1", "registry:5000", "a/web", false],
    ["example.com/a/b/web:1@sha256:0", "example.com", "a/b/web", true],
    ["", "docker.io", "library/", false],
  ])("%s", (text, registry, repository, isPinned) => {
    expect(parseImage(text)).toEqual({ registry, repository, isPinned });
  });
});

describe("registriesIn", () => {
  it("finds images in YAML and JSON, in any notation", () => {
    const text = 'image: web\n- image: "quay.io/web:1"\n{"image":"ghcr.io/web"}\nmyimage: evil.example.com/web\n';
    expect(registriesIn(text)).toEqual(["docker.io", "quay.io", "ghcr.io"]);
  });
});
