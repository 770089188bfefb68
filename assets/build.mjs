// Builds the styles once into assets/dist: nhsuk-frontend's parts that we use and our own layer, as one file, with the
// font beside it. Nothing in the result names another host; the build fails if it does.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync, inflateSync } from "node:zlib";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const home = (name) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
const inter = home("@fontsource-variable/inter");

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
copyFileSync(join(here, "catchment.js"), join(dist, "catchment.js"));
copyFileSync(join(inter, "files", "inter-latin-wght-normal.woff2"), join(dist, "inter.woff2"));
copyFileSync(join(inter, "LICENSE"), join(dist, "inter-LICENSE.txt"));
copyFileSync(join(home("htmx.org"), "dist", "htmx.min.js"), join(dist, "htmx.js"));

// The paper embeds Inter as TrueType. A WOFF file is the same tables, each perhaps deflated: W3C WOFF 1.0, section 4.
function trueType(woff) {
  const count = woff.readUInt16BE(12);
  const tables = Array.from({ length: count }, (_, i) => {
    const at = 44 + 20 * i;
    const [offset, packed, size, sum] = [4, 8, 12, 16].map((step) => woff.readUInt32BE(at + step));
    const bytes = woff.subarray(offset, offset + packed);
    return { tag: woff.subarray(at, at + 4), sum, bytes: packed < size ? inflateSync(bytes) : bytes };
  });
  const head = Buffer.alloc(12 + 16 * count);
  woff.copy(head, 0, 4, 8);
  const power = Math.floor(Math.log2(count));
  [count, 16 * 2 ** power, power, 16 * (count - 2 ** power)].forEach((n, i) => head.writeUInt16BE(n, 4 + 2 * i));
  let offset = head.length;
  const parts = [head];
  tables.forEach(({ tag, sum, bytes }, i) => {
    const at = 12 + 16 * i;
    tag.copy(head, at);
    [sum, offset, bytes.length].forEach((n, k) => head.writeUInt32BE(n, at + 4 + 4 * k));
    const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    parts.push(padded);
    offset += padded.length;
  });
  return Buffer.concat(parts);
}
const letters = (subset, weight, name) => {
  const woff = readFileSync(join(home("@fontsource/inter"), "files", `inter-${subset}-${weight}-normal.woff`));
  writeFileSync(join(dist, name), trueType(woff));
};
for (const weight of [400, 600, 700]) letters("latin", weight, `inter-${weight}.ttf`);
// what people say in Polish, Welsh, Vietnamese, Ukrainian or Greek
for (const subset of ["latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek"]) letters(subset, 400, `inter-${subset}.ttf`);
console.log(`assets/dist/catchment.css ${css.length} bytes, ${gzipSync(css).length} compressed`);
