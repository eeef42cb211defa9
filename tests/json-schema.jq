# SPDX-License-Identifier: GPL-3.0-or-later
# Checks its input against a JSON schema, as far as man/schemas use the language; a line a complaint:
#   jq -r --slurpfile schema plan.schema.json -f json-schema.jq plan.json
def known: ["$schema", "title", "description", "type", "const", "enum", "minimum", "properties",
            "required", "additionalProperties", "items"];

def is_of($wanted):
  if ($wanted | type) == "array" then . as $it | any($wanted[]; . as $one | $it | is_of($one))
  elif $wanted == "integer" then type == "number" and floor == . else type == $wanted end;

def complaints($schema; $at):
  ($schema | keys - known | .[] | "\($at): the schema says \"\(.)\", which is not known here"),
    (select($schema | has("type")) | select(is_of($schema.type) | not)
     | "\($at): is no \($schema.type)"),
    (select($schema | has("const")) | select(. != $schema.const) | "\($at): is not \($schema.const)"),
    (select($schema | has("enum")) | select([.] - $schema.enum != [])
     | "\($at): \(tojson) is none of \($schema.enum | tojson)"),
    (select($schema | has("minimum")) | select(type == "number" and . < $schema.minimum)
     | "\($at): is below \($schema.minimum)"),
    (select(type == "array" and ($schema | has("items"))) | to_entries[]
     | .key as $key | .value | complaints($schema.items; "\($at)[\($key)]")),
    (select(type == "object")
     | (($schema.required // []) - keys | .[] | "\($at).\(.): is missing"),
       (to_entries[] | .key as $key | .value
        | if $schema.properties // {} | has($key)
          then complaints($schema.properties[$key]; "\($at).\($key)")
          elif $schema.additionalProperties == false then "\($at).\($key): is not in the schema"
          elif ($schema.additionalProperties | type) == "object"
          then complaints($schema.additionalProperties; "\($at).\($key)")
          else empty end));

complaints($schema[0]; "")
