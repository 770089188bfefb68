// Builds the styles once into assets/dist: nhsuk-frontend's parts that we use and our own layer, as one file, with the
// font beside it. Nothing in the result names another host; the build fails if it does.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const inter = dirname(createRequire(import.meta.url).resolve("@fontsource-variable/inter/package.json"));

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const { css } = sass.compile(join(here, "catchment.scss"), {
  loadPaths: [join(here, "..", "node_modules")],
  style: "compressed",
  quietDeps: true,
});
const elsewhere = css.match(/(https?:)?\/\/[a-z][^)"'\s]*/i);
if (elsewhere) throw new Error(`the styles would fetch ${elsewhere[0]}: everything must come from /assets`);

writeFileSync(join(dist, "catchment.css"), css);
copyFileSync(join(here, "mark.svg"), join(dist, "mark.svg"));
copyFileSync(join(inter, "files", "inter-latin-wght-normal.woff2"), join(dist, "inter.woff2"));
copyFileSync(join(inter, "LICENSE"), join(dist, "inter-LICENSE.txt"));
console.log(`assets/dist/catchment.css ${css.length} bytes, ${gzipSync(css).length} compressed`);
