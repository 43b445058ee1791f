// Builds what the browser gets from others: the style sheet (Tailwind with daisyUI) and htmx, from the versions that
// package-lock.json pins. Everything lands in web/static/vendor, which git ignores and Go embeds.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = dirname(fileURLToPath(import.meta.url));
const vendor = join(web, "static", "vendor");
const require = createRequire(import.meta.url);
mkdirSync(vendor, { recursive: true });

const cli = join(dirname(require.resolve("@tailwindcss/cli/package.json")), "dist", "index.mjs");
execFileSync(
  process.execPath,
  [cli, "--input", join(web, "static", "app.css"), "--output", join(vendor, "app.css"), "--minify"],
  { stdio: ["ignore", "ignore", "inherit"] },
);
copyFileSync(require.resolve("htmx.org/dist/htmx.min.js"), join(vendor, "htmx.min.js"));

for (const name of ["app.css", "htmx.min.js"]) {
  console.log(`web/static/vendor/${name} ${statSync(join(vendor, name)).size} bytes`);
}
