#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks each JSON line on stdin against an extract of the OCSF schema; exits 1 where one differs.

usage: validate.py [SCHEMA]   by default the extract beside this file

Unknown attributes, wrong types, values outside of their lists, names that are not those of their values, attributes that
are missing or whose profile is not named, and classes, categories and types that contradict each other are errors.
"""
import json
import os
import re
import sys

# What docs/events.md promises of the text of each line, besides what the schema wants.
MAX_SIZE = 64 << 10
EXACT_MAX = 1 << 53


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key comes twice")
    return dict(pairs)


class Checker:
    def __init__(self, schema):
        self.schema = schema
        self.errors = []
        self.profiles = []

    def complain(self, path, text):
        self.errors.append(f"{path or 'the line'}: {text}")

    def check_scalar(self, path, rule, value):
        kinds = {"string": str, "integer": int, "boolean": bool}
        kind = kinds[rule["json"]]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.complain(path, f"{json.dumps(value)} is no {rule['json']}")
        elif kind is int and not -EXACT_MAX < value < EXACT_MAX:
            self.complain(path, "is too large a number to be exact")
        elif kind is str and value == "":
            self.complain(path, "is empty")
        elif "pattern" in rule and not re.fullmatch(rule["pattern"], value):
            self.complain(path, f"{json.dumps(value)} does not match {rule['pattern']}")

    def check_value(self, path, attribute, value):
        name = attribute["type"]
        if name in self.schema["types"]:
            self.check_scalar(path, self.schema["types"][name], value)
            if "enum" in attribute and str(value) not in attribute["enum"]:
                self.complain(path, f"{json.dumps(value)} is not an allowed value")
        elif not isinstance(value, dict):
            self.complain(path, "is no object")
        elif name != "object":
            kind = self.schema["objects"][name]
            self.check_members(path, kind["attributes"], value)
            wanted = kind.get("at_least_one")
            if wanted and not any(key in value for key in wanted):
                self.complain(path, f"has none of {', '.join(wanted)}")

    def check_attribute(self, path, attribute, value):
        if attribute.get("profile") and attribute["profile"] not in self.profiles:
            self.complain(path, f"needs the profile {attribute['profile']}")
        if not attribute.get("array"):
            self.check_value(path, attribute, value)
        elif not isinstance(value, list) or not value:
            self.complain(path, "a list is expected, with something in it")
        else:
            for i, element in enumerate(value):
                self.check_value(f"{path}[{i}]", attribute, element)

    def check_sibling(self, path, attribute, value, name):
        """The name beside an id is the one that the schema has for it, unless the id says that it is another one."""
        if "enum" not in attribute or str(value) == "99":
            return
        expected = attribute["enum"].get(str(value))
        if name is not None and expected is not None and name != expected:
            self.complain(path, f"{json.dumps(name)} is not what {value} is called")

    def check_members(self, path, attributes, members):
        for key, value in members.items():
            here = f"{path}.{key}" if path else key
            if key not in attributes:
                self.complain(here, "is not in the schema")
                continue
            self.check_attribute(here, attributes[key], value)
            sibling = attributes[key].get("sibling")
            if sibling:
                self.check_sibling(here, attributes[key], value, members.get(sibling))
        for key, attribute in attributes.items():
            if attribute["requirement"] == "required" and not attribute.get("profile") and key not in members:
                self.complain(f"{path}.{key}" if path else key, "is missing")

    def check_classification(self, kind, event):
        activity = event.get("activity_id")
        for key in ("category_uid", "category_name"):
            if key in event and event[key] != kind[key]:
                self.complain(key, f"{json.dumps(event[key])} is not that of the class")
        if event.get("class_name", kind["caption"]) != kind["caption"]:
            self.complain("class_name", "is not that of the class")
        if isinstance(activity, int) and event.get("type_uid") != event["class_uid"] * 100 + activity:
            self.complain("type_uid", "is not class_uid * 100 + activity_id")
        known = kind["attributes"]["activity_id"]["enum"].get(str(activity))
        if known and event.get("type_name", f"{kind['caption']}: {known}") != f"{kind['caption']}: {known}":
            self.complain("type_name", "is not that of class and activity")

    def check(self, event):
        if not isinstance(event, dict):
            self.complain("", "is no object")
            return
        kind = self.schema["classes"].get(str(event.get("class_uid")))
        if not kind or isinstance(event["class_uid"], bool):
            self.complain("class_uid", "is not a class of the schema")
            return
        metadata = event.get("metadata")
        if isinstance(metadata, dict):
            self.profiles = metadata.get("profiles", [])
            if metadata.get("version") != self.schema["version"]:
                self.complain("metadata.version", f"is not {self.schema['version']}")
        self.check_members("", {**self.schema["common"], **kind["attributes"]}, event)
        self.check_classification(kind, event)


def check_line(schema, line):
    checker = Checker(schema)
    if len(line) > MAX_SIZE or not line.endswith(b"\n"):
        checker.complain("", "is too long, or does not end")
    try:
        checker.check(json.loads(line.decode(), object_pairs_hook=no_duplicates))
    except ValueError as error:
        checker.complain("", str(error))
    return checker.errors


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "schema-1.6.0.json")
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    lines = failed = 0
    for line in sys.stdin.buffer:
        lines += 1
        errors = check_line(schema, line)
        if errors:
            failed += 1
            print(f"line {lines}: {'; '.join(errors)}", file=sys.stderr)
    if lines == 0:
        print("no line to check", file=sys.stderr)
    return 1 if failed or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
