// SPDX-License-Identifier: Apache-2.0
// Checks each JSON line on stdin against the field list that @elastic/ecs publishes; exits 1 where one differs.
//
// usage: validate.mjs [DIRECTORY]   DIRECTORY holds node_modules; by default the current one does
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2] ?? ".", "package.json"));
const { EcsFlat: fields } = require("@elastic/ecs");

// What the posture findings of SIEMs have and ECS does not, and ours.
const extensions = [/^uidzero\./, /^result\./, /^resource\./, /^rule\.benchmark\./, /^rule\.(section|remediation)$/];

// Fields that every line has, by docs/events.md.
const required = ["@timestamp", "ecs.version", "event.kind", "event.category", "event.type", "event.action",
	"event.outcome", "event.module", "event.dataset", "event.severity", "event.sequence", "event.id", "message",
	"host.name", "agent.name", "agent.version", "uidzero.schema", "uidzero.finding"];

const isText = (value) => typeof value === "string" && value !== "";
const isInteger = (value) => Number.isSafeInteger(value);
const types = {
	keyword: isText,
	constant_keyword: isText,
	wildcard: (value) => typeof value === "string",
	match_only_text: isText,
	text: isText,
	long: isInteger,
	integer: isInteger,
	float: (value) => typeof value === "number",
	double: (value) => typeof value === "number",
	scaled_float: (value) => typeof value === "number",
	boolean: (value) => typeof value === "boolean",
	date: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)) &&
		/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(value),
	ip: (value) => typeof value === "string" && /^[0-9a-fA-F:.]+$/.test(value),
	object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
	flattened: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
	nested: (value) => typeof value === "object" && value !== null,
};

// Empty arguments are kept, as a process can have them.
const mayBeEmpty = new Set(["process.args"]);

const isExtension = (name) => extensions.some((pattern) => pattern.test(name + ".") || pattern.test(name));

function checkLeaf(name, field, value, errors) {
	if (!(mayBeEmpty.has(name) && value === "") && !types[field.type]?.(value))
		errors.push(`${name}: ${JSON.stringify(value)} is no ${field.type}`);
	else if (field.pattern && !new RegExp(field.pattern).test(value))
		errors.push(`${name}: ${JSON.stringify(value)} does not match ${field.pattern}`);
	else if (field.allowed_values && !field.allowed_values.some((allowed) => allowed.name === value))
		errors.push(`${name}: ${JSON.stringify(value)} is not an allowed value`);
}

function checkField(name, field, value, errors) {
	const isList = Array.isArray(value);

	if (field.normalize.includes("array") !== isList)
		errors.push(`${name}: ${isList ? "a list is not expected" : "a list is expected"}`);
	for (const element of isList ? value : [value])
		checkLeaf(name, field, element, errors);
	if (isList && value.length === 0)
		errors.push(`${name}: is empty`);
	if (field.object_type) {
		for (const [key, member] of Object.entries(value)) {
			if (key.includes("."))
				errors.push(`${name}: the key ${JSON.stringify(key)} holds a dot`);
			checkLeaf(`${name}.${key}`, { type: field.object_type }, member, errors);
		}
	}
}

function checkObject(prefix, object, errors, seen) {
	for (const [key, value] of Object.entries(object)) {
		const name = prefix + key;

		seen.add(name);
		if (prefix === "" && key.includes("."))
			errors.push(`${name}: a dotted name at the top`);
		if (value === null || value === "")
			errors.push(`${name}: is empty`);
		else if (fields[name])
			checkField(name, fields[name], value, errors);
		else if (typeof value === "object" && !Array.isArray(value))
			checkObject(`${name}.`, value, errors, seen);
		else if (!isExtension(name))
			errors.push(`${name}: is not in the field list`);
	}
}

// What event.category expects of event.type.
function checkTypes(event, errors) {
	for (const category of event.category ?? []) {
		const known = fields["event.category"].allowed_values.find((allowed) => allowed.name === category);

		for (const type of event.type ?? []) {
			if (known && !known.expected_event_types.includes(type))
				errors.push(`event.type: ${type} is not expected of ${category}`);
		}
	}
}

function check(line) {
	const errors = [];
	const seen = new Set();
	let event;

	try {
		event = JSON.parse(line);
	} catch (error) {
		return [error.message];
	}
	if (!types.object(event))
		return ["is no object"];
	checkObject("", event, errors, seen);
	checkTypes(event.event ?? {}, errors);
	for (const name of required) {
		if (!seen.has(name))
			errors.push(`${name}: is missing`);
	}
	return errors;
}

let lines = 0;
let failed = 0;

for await (const line of createInterface({ input: process.stdin })) {
	const errors = check(line);

	lines++;
	if (errors.length > 0) {
		failed++;
		console.error(`line ${lines}: ${errors.join("; ")}`);
	}
}
if (lines === 0)
	console.error("no line to check");
process.exitCode = failed > 0 || lines === 0 ? 1 : 0;
