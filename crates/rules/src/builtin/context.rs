//! Functions of contexts.

use std::sync::Arc;

use crate::value::{Context, Value};

fn entry(value: &Value) -> Option<(Arc<str>, Value)> {
    let Value::Context(c) = value else { return None };
    match (c.get("key")?, c.get("value")) {
        (Value::String(key), Some(value)) => Some((key.clone(), value.clone())),
        _ => None,
    }
}

fn many(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(items) => Some(items),
        one @ Value::Context(_) => Some(std::slice::from_ref(one)),
        _ => None,
    }
}

pub(super) fn context(arguments: &[Value]) -> Option<Value> {
    let mut out = Context::new();
    for item in many(arguments.first()?)? {
        let (key, value) = entry(item)?;
        if out.get(&key).is_some() {
            return None;
        }
        out.insert(key, value);
    }
    Some(Value::Context(Arc::new(out)))
}

pub(super) fn merge(arguments: &[Value]) -> Option<Value> {
    let mut out = Context::new();
    for item in many(arguments.first()?)? {
        let Value::Context(c) = item else { return None };
        for (name, value) in c.iter() {
            out.insert(name.clone(), value.clone());
        }
    }
    Some(Value::Context(Arc::new(out)))
}

pub(super) fn put(arguments: &[Value]) -> Option<Value> {
    let [Value::Context(c), key, value] = arguments else { return None };
    match key {
        Value::String(key) => Some(put_one(c, key, value.clone())),
        Value::List(keys) => put_deep(c, keys, value),
        _ => None,
    }
}

fn put_one(c: &Context, key: &Arc<str>, value: Value) -> Value {
    let mut out = c.clone();
    out.insert(key.clone(), value);
    Value::Context(Arc::new(out))
}

fn put_deep(c: &Context, keys: &[Value], value: &Value) -> Option<Value> {
    let (Value::String(key), rest) = keys.split_first()? else { return None };
    if rest.is_empty() {
        return Some(put_one(c, key, value.clone()));
    }
    let Some(Value::Context(inner)) = c.get(key) else { return None };
    Some(put_one(c, key, put_deep(inner, rest, value)?))
}

pub(super) fn get_value(arguments: &[Value]) -> Option<Value> {
    match arguments {
        [Value::Context(c), Value::String(key)] => c.get(key).cloned(),
        [Value::Context(c), Value::List(keys)] => {
            let mut found = Value::Context(c.clone());
            for key in keys.iter() {
                let (Value::Context(c), Value::String(key)) = (&found, key) else { return None };
                found = c.get(key)?.clone();
            }
            (!keys.is_empty()).then_some(found)
        }
        _ => None,
    }
}

pub(super) fn get_entries(arguments: &[Value]) -> Option<Value> {
    let Value::Context(c) = arguments.first()? else { return None };
    let entry = |(name, value): (&Arc<str>, &Value)| {
        Value::context([("key", Value::String(name.clone())), ("value", value.clone())])
    };
    Some(Value::list(c.iter().map(entry).collect()))
}
