// Packs what is published: the package itself, without an addon, and the addon of this platform in a package of its own,
// which npm installs only where it fits. Writes both archives into the folder that is named, or into `target/npm`.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = resolve(process.argv[2] ?? join(root, "..", "target", "npm"));
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { version, license, engines } = own;

// Every platform that the face looks for an addon of; `name` in ts/native.ts says the same.
const PLATFORMS = [
  { os: "linux", cpu: "x64", libc: "glibc", suffix: "linux-x64-gnu" },
  { os: "linux", cpu: "x64", libc: "musl", suffix: "linux-x64-musl" },
  { os: "linux", cpu: "arm64", libc: "glibc", suffix: "linux-arm64-gnu" },
  { os: "linux", cpu: "arm64", libc: "musl", suffix: "linux-arm64-musl" },
  { os: "darwin", cpu: "x64", suffix: "darwin-x64" },
  { os: "darwin", cpu: "arm64", suffix: "darwin-arm64" },
  { os: "win32", cpu: "x64", suffix: "win32-x64-msvc" },
];

const stage = mkdtempSync(join(tmpdir(), "bursar-pack-"));
mkdirSync(out, { recursive: true });
try {
  const archives = [packed(face()), packed(addon())];
  process.stdout.write(`${archives.join("\n")}\n`);
} finally {
  rmSync(stage, { recursive: true });
}

function face() {
  const { private: _, scripts: __, devDependencies: ___, ...published } = own;
  const optionalDependencies = Object.fromEntries(
    PLATFORMS.map(({ suffix }) => [`bursar-${suffix}`, version]),
  );
  const folder = staged("bursar", { ...published, optionalDependencies });
  cpSync(join(root, "dist"), join(folder, "dist"), {
    recursive: true,
    filter: (file) => !/\.node(\.new)?$/.test(file),
  });
  copyFileSync(join(root, "README.md"), join(folder, "README.md"));
  return folder;
}

function addon() {
  const platform = PLATFORMS.find(
    ({ os, cpu, libc }) => os === process.platform && cpu === process.arch && libc !== otherLibc(),
  );
  if (!platform) throw new Error(`no package is made for ${process.platform} ${process.arch}`);
  const { os, cpu, libc, suffix } = platform;
  const name = `bursar-${suffix}`;
  const file = `bursar.${suffix}.node`;
  const description = `The addon of bursar for ${suffix}.`;
  const folder = staged(name, {
    name,
    version,
    description,
    license,
    engines,
    main: file,
    files: [file],
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
  });
  copyFileSync(join(root, "dist", "bursar.node"), join(folder, file));
  return folder;
}

/** The C library that this is not. */
function otherLibc() {
  if (process.platform !== "linux") return "none";
  return process.report.getReport().header.glibcVersionRuntime ? "musl" : "glibc";
}

function staged(name, manifest) {
  const folder = join(stage, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return folder;
}

function packed(folder) {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const told = execFileSync(npm, ["pack", "--silent", "--pack-destination", out], {
    cwd: folder,
    encoding: "utf8",
  });
  return join(out, told.trim().split("\n").at(-1));
}
