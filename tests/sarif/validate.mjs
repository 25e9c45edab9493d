// SPDX-License-Identifier: Apache-2.0
// Holds the document on stdin against the schema of SARIF 2.1.0 that @microsoft/jest-sarif carries; exits 1 where it differs.
//
// usage: validate.mjs DIRECTORY   DIRECTORY holds node_modules
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2], "package.json"));
const Ajv = require("ajv");
const ajv = new Ajv({ schemaId: "id", meta: false, allErrors: true });
ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-04.json"));

const validate = ajv.compile(require("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"));
if (!validate(JSON.parse(readFileSync(0, "utf8")))) {
	for (const error of validate.errors)
		console.log(`${error.dataPath}: ${error.message}`);
	process.exit(1);
}
