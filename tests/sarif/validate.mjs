// SPDX-License-Identifier: Apache-2.0
// Holds the document on stdin against the schema of SARIF 2.1.0 that @microsoft/jest-sarif carries, and against what
// GitHub's page "SARIF support for code scanning" requires of an upload; exits 1 where it differs.
//
// usage: validate.mjs DIRECTORY   DIRECTORY holds node_modules
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";

const require = createRequire(resolve(process.argv[2], "package.json"));
const Ajv = require("ajv");
const ajv = new Ajv({ schemaId: "id", meta: false, allErrors: true });
ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-04.json"));

const validate = ajv.compile(require("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"));
const text = readFileSync(0, "utf8");
const document = JSON.parse(text);
const problems = [];

if (!validate(document))
	problems.push(...validate.errors.map((error) => `${error.dataPath}: ${error.message}`));

const required = (holds, what) => holds || problems.push(`code scanning: ${what}`);
required(Buffer.byteLength(gzipSync(text)) <= 10 << 20, "at most 10 MB, compressed");
required(document.runs.length <= 20, "at most 20 runs");
for (const { tool, results } of document.runs) {
	const { name, rules } = tool.driver;
	required(name, "the tool has a name");
	required(rules.length <= 25000 && results.length <= 25000, "at most 25,000 rules and results");
	for (const rule of rules) {
		required(rule.id && rule.id.length <= 255, "a rule has an id of at most 255 characters");
		required(rule.shortDescription?.text?.length <= 1024, `${rule.id}: a short description of at most 1,024 characters`);
		required(rule.fullDescription?.text?.length <= 1024, `${rule.id}: a full description of at most 1,024 characters`);
		required(rule.help?.text, `${rule.id}: help`);
	}
	for (const result of results) {
		const place = result.locations?.[0]?.physicalLocation;
		required(result.message?.text, `${result.ruleId}: a message`);
		required(result.locations?.length <= 1000, `${result.ruleId}: at most 1,000 locations`);
		required(/^[A-Za-z0-9._~%-]+(\/[A-Za-z0-9._~%-]+)*$/.test(place?.artifactLocation?.uri ?? ""),
			`${result.ruleId}: a relative URI of a file, not ${place?.artifactLocation?.uri}`);
		required(place?.region?.startLine >= 1, `${result.ruleId}: a line of the file`);
		required(result.partialFingerprints?.primaryLocationLineHash, `${result.ruleId}: a fingerprint`);
	}
	const keys = results.map((result) => [result.ruleId, result.locations?.[0]?.physicalLocation?.artifactLocation?.uri,
		result.partialFingerprints?.primaryLocationLineHash].join());
	required(new Set(keys).size === keys.length, "no two results are the same alert");
}

if (problems.length) {
	console.log(problems.join("\n"));
	process.exit(1);
}
