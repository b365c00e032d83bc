// Check payloads that the server wrote against the types of payloads.ts.
//
// `node contract_payloads.mjs FOLDER` reads FOLDER/samples.json, a list of {type, file, packed}; decodes each file as the
// browser does; writes what came out as a literal of its type; and lets TypeScript compare the two, so that a field that
// is missing, unknown or of another type is found. Prints {problems: [...], routes: {...}} as JSON.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { unpack } from "../../assets/desk/src/wire.ts";

const DESK = join(dirname(fileURLToPath(import.meta.url)), "../../assets/desk");
const MOST_ITEMS = 300; // of a list; more of the same tell nothing new
const ts = createRequire(join(DESK, "package.json"))("typescript");

/** A value as TypeScript writes it. */
function literal(value) {
  if (ArrayBuffer.isView(value)) return `new ${value.constructor.name}(0)`;
  if (Array.isArray(value)) return `[${value.slice(0, MOST_ITEMS).map(literal).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{ ${Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${literal(each)}`).join(", ")} }`;
}

function decoded({ file, packed }, folder) {
  if (file === null) return null;
  const content = readFileSync(join(folder, file));
  return packed ? unpack(content.buffer.slice(content.byteOffset, content.byteOffset + content.length)) : JSON.parse(content.toString());
}

const [folder] = process.argv.slice(2);
const samples = JSON.parse(readFileSync(join(folder, "samples.json"), "utf8"));
const sources = new Map(samples.map((sample, i) => [
  join(DESK, "src", `sample_${i}.ts`),
  `import type * as payloads from "./payloads.ts";\nexport const sample: payloads.${sample.type} =\n  ${literal(decoded(sample, folder))};\n`,
]));

const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(DESK, "tsconfig.json"), ts.sys.readFile).config, ts.sys, DESK);
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (name) => sources.has(name) || fileExists(name);
host.readFile = (name) => sources.get(name) ?? readFile(name);
host.getSourceFile = (name, ...rest) =>
  sources.has(name) ? ts.createSourceFile(name, sources.get(name), options.target) : getSourceFile(name, ...rest);
const payloadsFile = join(DESK, "src/payloads.ts");
const program = ts.createProgram([payloadsFile, ...sources.keys()], options, host);

const problems = [...sources.keys()].flatMap((name, i) =>
  ts.getPreEmitDiagnostics(program, program.getSourceFile(name)).map(({ messageText }) => `${i}: ${samples[i].type}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`),
);

const checker = program.getTypeChecker();
const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(payloadsFile)));
const declared = (name) => checker.getDeclaredTypeOfSymbol(exported.find((each) => each.name === name));
const properties = (name) => declared(name).getProperties().map((each) => each.name);
const routes = { json: properties("JsonRoutes"), packed: properties("PackedRoutes"), file: declared("FileRoute").types.map(({ value }) => value), post: properties("PostRoutes") };
const actions = declared("Edit").types.map((each) => checker.getTypeOfSymbol(each.getProperty("action")).value);

console.log(JSON.stringify({ problems, routes, actions }));
