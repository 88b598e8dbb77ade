"""Validates YAML files of the repository against the schemas in a folder.

Usage: validate_schemas.py SCHEMAS ROOT
Reads YAML the way the loader does: only true and false are truth values, no times, no dates.
"""

import glob
import json
import os
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    pass


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(true|false)$", "tf"),
    ("null", r"^(~|null|)$", ["~", "n", ""]),
    ("int", r"^(-?(0|[1-9][0-9]*)|0x[0-9A-Fa-f]+)$", "-0123456789"),
    ("float", r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$", "-0123456789"),
]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


def text_keys(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [text_keys(item) for item in value]
    return value


def read(path):
    with open(path, encoding="utf-8-sig") as file:
        return text_keys(yaml.load(file, Loader))


schemas, root = sys.argv[1:]
kinds = [
    ("rule-tests", "rules/*.test.yaml"),
    ("profile-tests", "profiles/**/*.test.yaml"),
    ("site", "site.yaml"),
    ("buses", "buses.yaml"),
    ("assets", "assets/*.yaml"),
    ("people", "people.yaml"),
    ("notify", "notify.yaml"),
    ("rules", "rules/*.yaml"),
    ("profile", "profiles/**/*.yaml"),
]
validators = {}
for kind, _ in kinds:
    with open(os.path.join(schemas, kind + ".json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validators[kind] = jsonschema.Draft202012Validator(schema)

failures = []
count = 0
seen = set()
fixtures = os.path.join(root, "Tests/Fixtures/configurations")
for folder in ["config", "config/example", "config/init", os.path.join(fixtures, "base"), os.path.join(fixtures, "share")]:
    for kind, pattern in kinds:
        for path in sorted(glob.glob(os.path.join(root, folder, pattern), recursive=True)):
            if path in seen:
                continue
            seen.add(path)
            count += 1
            for error in validators[kind].iter_errors(read(path)):
                failures.append(f"{path}: {error.json_path}: {error.message[:200]}")
if count < 15:
    failures.append(f"only {count} files were found")

# Mistakes of form that the loader refuses must be refused by the schema too.
refused = [
    ("unknown-keys", "site", "site.yaml"),
    ("missing-keys", "site", "site.yaml"),
    ("missing-keys", "assets", "assets/all.yaml"),
    ("missing-keys", "buses", "buses.yaml"),
    ("wrong-types", "site", "site.yaml"),
    ("durations", "buses", "buses.yaml"),
    ("yaml-1.1-booleans", "profile", "profiles/p.yaml"),
    ("yaml-1.1-booleans", "rules", "rules/r.yaml"),
    ("unknown-bus-kind", "buses", "buses.yaml"),
    ("unknown-class", "assets", "assets/all.yaml"),
    ("units-of-measure", "profile", "profiles/p.yaml"),
    ("mqtt-profile", "profile", "profiles/m.yaml"),
    ("channels", "notify", "notify.yaml"),
    ("contacts", "people", "people.yaml"),
    ("rule-keys", "rules", "rules/r.yaml"),
    ("rule-tests", "rule-tests", "rules/r.test.yaml"),
]
for case, kind, name in refused:
    path = os.path.join(fixtures, case, name)
    if not list(validators[kind].iter_errors(read(path))):
        failures.append(f"{path}: the schema accepts what the loader refuses")

print("\n".join(failures))
sys.exit(1 if failures else 0)
