import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const SRC = join(import.meta.dirname, "src");
// Files that tsc does not check yet: rules that need types say nothing of use about them.
const unchecked = readdirSync(SRC).filter((name) => readFileSync(join(SRC, name), "utf8").startsWith("// @ts-nocheck"));

export default defineConfig(
  { ignores: ["dist/", "node_modules/"] },
  {
    files: ["src/**/*.ts"],
    extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-nocheck": false }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: "error",
    },
  },
  ...(unchecked.length
    ? [
        {
          files: unchecked.map((name) => `src/${name}`),
          extends: [tseslint.configs.disableTypeChecked],
          rules: {
            "@typescript-eslint/prefer-readonly": "off",
            "@typescript-eslint/switch-exhaustiveness-check": "off",
          },
        },
      ]
    : []),
);
