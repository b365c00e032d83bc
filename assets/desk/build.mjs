// Bundle src/desk.ts and src/demonstration.ts into an ES module each with a source map beside it: `node build.mjs` writes
// dist/, `--check` builds in memory and fails where dist/ differs from it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");

/** Return one cycle among the imports of esbuild's metafile as a list of files, or null. */
function importCycle(inputs) {
  const done = new Set();
  const visit = (file, above) => {
    if (above.includes(file)) return [...above.slice(above.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const { path } of inputs[file].imports) {
      const cycle = visit(normalize(path), [...above, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of Object.keys(inputs)) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return null;
}

/** Bundles by name, with the comment at their head; its line break tells Streamlit that the text is a module and not a path. */
const BUNDLES = {
  desk: "// The review desk, built from assets/desk/src by make desk.",
  demonstration: "// The demonstration of the page Teaching, built from assets/desk/src by make desk.",
};

const outputFiles = [];
for (const [name, banner] of Object.entries(BUNDLES)) {
  const built = await build({
    absWorkingDir: HERE,
    entryPoints: [`src/${name}.ts`],
    outfile: `dist/${name}.js`,
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    minify: true,
    banner: { js: banner },
    // Streamlit sends the module's text with every page: the map stays on disk, for whoever reads a stack trace.
    sourcemap: "external",
    sourcesContent: false,
    metafile: true,
    write: false,
  });
  const cycle = importCycle(built.metafile.inputs);
  if (cycle) {
    console.error(`Modules import each other in a circle: ${cycle.join(" -> ")}.`);
    process.exit(1);
  }
  outputFiles.push(...built.outputFiles);
}

if (process.argv.includes("--check")) {
  const stale = [];
  for (const { path, contents } of outputFiles) {
    const there = await readFile(path).catch(() => null);
    if (!there?.equals(contents)) stale.push(`dist/${basename(path)}`);
  }
  if (stale.length) {
    console.error(`${stale.join(" and ")} in assets/desk ${stale.length > 1 ? "differ" : "differs"} from what src builds; run make desk and commit the result.`);
    process.exit(1);
  }
} else {
  await mkdir(DIST, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
}
