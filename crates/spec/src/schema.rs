//! SCHEMA: the JSON Schema of flow.toml, for editors.
use crate::keys::{Fallback, GOALS, Key, Kind, NOUNS, Noun, REGULARISERS, SEARCHES, Type};
use serde_json::{Map, Value, json};
use steepest_flows::scheme::COMPOSITIONS;

/// The JSON Schema (draft 2020-12) of flow.toml.
///
/// ```
/// let schema = steepest_spec::schema();
/// assert_eq!(schema["properties"]["run"]["anyOf"][0]["properties"]["draws"]["default"], 1000);
/// ```
pub fn schema() -> Value {
    let tables: Map<String, Value> = NOUNS.iter().map(|noun| (noun.name.to_owned(), table(noun))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "flow.toml",
        "description": "a variational flow, x' = -K dF(x) + noise: one table a noun",
        "type": "object",
        "properties": tables,
        "required": ["functional"],
        "additionalProperties": false,
    })
}

fn table(noun: &Noun) -> Value {
    let kinds: Vec<Value> = noun.kinds.iter().map(|kind| one(noun, kind)).collect();
    json!({ "description": noun.doc, "anyOf": kinds })
}

fn one(noun: &Noun, kind: &Kind) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    if noun.chosen {
        properties.insert("kind".into(), name(noun, kind));
        if noun.name == "functional" {
            required.push("kind");
        }
    }
    for key in kind.keys {
        properties.insert(key.name.into(), property(key));
        if matches!(key.fallback, Fallback::Required(_)) {
            required.push(key.name);
        }
    }
    json!({
        "type": "object",
        "description": kind.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn name(noun: &Noun, kind: &Kind) -> Value {
    let names: Vec<&str> = std::iter::once(kind.name).chain(kind.aliases.iter().copied()).collect();
    if noun.name == "scheme" && kind.key("word").is_some() {
        return json!({ "anyOf": [{ "enum": names }, words()] });
    }
    json!({ "enum": names })
}

/// A word of parts, or the name of a composition.
fn words() -> Value {
    let named: Vec<&str> = COMPOSITIONS.iter().map(|composition| composition.name).collect();
    json!({ "anyOf": [{ "enum": named }, { "type": "string", "pattern": "^[ABOabo]{2,64}$" }] })
}
fn property(key: &Key) -> Value {
    let mut value = match key.kind {
        Type::Text | Type::Path => json!({ "type": "string", "minLength": 1 }),
        Type::Choice(words) => json!({ "enum": words }),
        Type::Choices(words) => {
            json!({ "anyOf": [{ "enum": words }, { "type": "object", "additionalProperties": { "enum": words }, "minProperties": 1 }] })
        }
        Type::Flag => json!({ "type": "boolean" }),
        Type::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Type::Number => json!({ "type": "number" }),
        Type::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Type::NotNegative => json!({ "type": "number", "minimum": 0 }),
        Type::Fraction => json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
        Type::AutoOrPositive => json!({ "anyOf": [{ "const": "auto" }, { "type": "number", "exclusiveMinimum": 0 }] }),
        Type::AutoOrNotNegative => json!({ "anyOf": [{ "const": "auto" }, { "type": "number", "minimum": 0 }] }),
        Type::AutoOrFraction => {
            json!({ "anyOf": [{ "const": "auto" }, { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }] })
        }
        Type::AutoOrFlag => json!({ "enum": ["auto", true, false] }),
        Type::Word => words(),
        Type::Start => json!({ "anyOf": [{ "const": "normal" }, numbers(), values()] }),
        Type::Starts => {
            let given = json!({ "anyOf": [numbers(), values()] });
            let each = json!({ "type": "array", "items": given, "minItems": 1 });
            json!({ "anyOf": [{ "enum": SEARCHES }, numbers(), values(), each] })
        }
        Type::Quantity => quantity(),
        Type::Points => json!({ "type": "array", "items": numbers(), "minItems": 1 }),
        Type::Numbers => numbers(),
        Type::Times => {
            let list = json!({ "type": "array", "items": { "type": "number", "minimum": 0 }, "minItems": 1 });
            json!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 0 }, list] })
        }
        Type::Texts => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        Type::Levels => json!({ "type": "array", "items": { "type": ["string", "number"] }, "minItems": 1 }),
        Type::NumberTable => json!({ "type": "object", "additionalProperties": { "type": "number" } }),
        Type::Goals => {
            let goal = json!({ "type": "number", "exclusiveMinimum": 0 });
            let properties: serde_json::Map<_, _> =
                GOALS.iter().map(|name| ((*name).to_owned(), goal.clone())).collect();
            json!({ "type": "object", "properties": properties, "additionalProperties": false })
        }
        Type::TextTable => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Type::Bounds => {
            let pair = json!({ "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 });
            json!({ "type": "object", "additionalProperties": pair })
        }
        Type::Regulariser => {
            let names: Vec<&str> = REGULARISERS.iter().map(|simple| simple.name).collect();
            let kind = json!({ "enum": names });
            json!({ "type": "object", "properties": { "kind": kind }, "required": ["kind"], "additionalProperties": { "type": "number" } })
        }
    };
    value["description"] = json!(key.doc);
    match key.fallback {
        Fallback::Required(_) | Fallback::Absent(_) => {}
        Fallback::Is(text) => {
            let document = format!("x = {text}").parse::<toml::Table>().ok();
            let default = document.and_then(|mut table| table.remove("x")).and_then(|x| serde_json::to_value(x).ok());
            value["default"] = default.unwrap_or(Value::Null);
        }
    }
    value
}

/// Values of parameters.
fn values() -> Value {
    json!({ "type": "object", "additionalProperties": quantity(), "minProperties": 1 })
}
fn quantity() -> Value {
    json!({ "anyOf": [{ "type": "number" }, numbers()] })
}
fn numbers() -> Value {
    json!({ "type": "array", "items": { "type": "number" }, "minItems": 1 })
}
