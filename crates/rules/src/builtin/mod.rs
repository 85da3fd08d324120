//! The built-in functions: one table of names, parameters and code.

mod block;
mod context;
mod conversion;
pub(crate) mod list;
mod number;
mod range;
mod string;
mod temporal;

use std::fmt;
use std::sync::Arc;

pub(crate) use conversion::shown;
pub(crate) use string::is_pattern;

use crate::value::{Type, Value};

/// A built-in function.
#[derive(Clone, Copy)]
pub struct Builtin(&'static Entry);

/// A function that needs more than its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    Now,
    Today,
    Sort,
    ListReplace,
}

enum Code {
    /// A result from the arguments alone; `None` where the standard gives null.
    Pure(fn(&[Value]) -> Option<Value>),
    Special(Special),
}

struct Entry {
    name: &'static str,
    /// Fewest and most arguments.
    arity: (usize, usize),
    /// Names of the parameters, one list for each form of the function, comma separated.
    parameters: &'static [&'static str],
    code: Code,
}

const MANY: usize = usize::MAX;

const fn pure(
    name: &'static str,
    arity: (usize, usize),
    parameters: &'static [&'static str],
    run: fn(&[Value]) -> Option<Value>,
) -> Entry {
    Entry { name, arity, parameters, code: Code::Pure(run) }
}

const fn special(name: &'static str, arity: usize, parameters: &'static [&'static str], special: Special) -> Entry {
    Entry { name, arity: (arity, arity), parameters, code: Code::Special(special) }
}

const RANGES: &[&str] = &["point1,point2", "point,range", "range,point", "range1,range2"];

static TABLE: &[Entry] = &[
    pure("abs", (1, 1), &["n"], number::abs),
    pure("after", (2, 2), RANGES, range::after),
    pure("all", (1, MANY), &["list"], list::all),
    pure("any", (1, MANY), &["list"], list::any),
    pure("append", (1, MANY), &["list,item"], list::append),
    pure("before", (2, 2), RANGES, range::before),
    pure("ceiling", (1, 2), &["n,scale"], number::ceiling),
    pure("coincides", (2, 2), RANGES, range::coincides),
    pure("concatenate", (1, MANY), &["list"], list::concatenate),
    pure("contains", (2, 2), &["string,match"], string::contains),
    pure("context", (1, 1), &["entries"], context::context),
    pure("context merge", (1, 1), &["contexts"], context::merge),
    pure("context put", (3, 3), &["context,key,value", "context,keys,value"], context::put),
    pure("count", (1, MANY), &["list"], list::count),
    pure("date", (1, 3), &["from", "year,month,day"], temporal::date),
    pure("date and time", (1, 3), &["from", "date,time", "date,time,timezone"], temporal::date_and_time),
    pure("day of week", (1, 1), &["date"], temporal::day_of_week),
    pure("day of year", (1, 1), &["date"], temporal::day_of_year),
    pure("decimal", (2, 2), &["n,scale"], number::decimal),
    pure("distinct values", (1, 1), &["list"], list::distinct_values),
    pure("duration", (1, 1), &["from"], temporal::duration),
    pure("during", (2, 2), RANGES, range::during),
    pure("ends with", (2, 2), &["string,match"], string::ends_with),
    pure("even", (1, 1), &["number"], number::even),
    pure("exp", (1, 1), &["number"], number::exp),
    pure("finished by", (2, 2), RANGES, range::finished_by),
    pure("finishes", (2, 2), RANGES, range::finishes),
    pure("flatten", (1, 1), &["list"], list::flatten),
    pure("floor", (1, 2), &["n,scale"], number::floor),
    pure("get entries", (1, 1), &["m"], context::get_entries),
    pure("get value", (2, 2), &["m,key"], context::get_value),
    pure("includes", (2, 2), RANGES, range::includes),
    pure("index of", (2, 2), &["list,match"], list::index_of),
    pure("insert before", (3, 3), &["list,position,newItem"], list::insert_before),
    pure("is", (2, 2), &["value1,value2"], conversion::is),
    pure("list contains", (2, 2), &["list,element"], list::list_contains),
    special("list replace", 3, &["list,position,newItem", "list,match,newItem"], Special::ListReplace),
    pure("log", (1, 1), &["number"], number::log),
    pure("lower case", (1, 1), &["string"], string::lower_case),
    pure("matches", (2, 3), &["input,pattern,flags"], string::matches),
    pure("max", (1, MANY), &["list"], list::max),
    pure("mean", (1, MANY), &["list"], list::mean),
    pure("median", (1, MANY), &["list"], list::median),
    pure("meets", (2, 2), RANGES, range::meets),
    pure("met by", (2, 2), RANGES, range::met_by),
    pure("min", (1, MANY), &["list"], list::min),
    pure("mode", (1, MANY), &["list"], list::mode),
    pure("modulo", (2, 2), &["dividend,divisor"], number::modulo),
    pure("month of year", (1, 1), &["date"], temporal::month_of_year),
    pure("not", (1, 1), &["negand"], conversion::not),
    special("now", 0, &[], Special::Now),
    pure("number", (1, 3), &["from,grouping separator,decimal separator"], conversion::number),
    pure("odd", (1, 1), &["number"], number::odd),
    pure("overlaps", (2, 2), RANGES, range::overlaps),
    pure("overlaps after", (2, 2), RANGES, range::overlaps_after),
    pure("overlaps before", (2, 2), RANGES, range::overlaps_before),
    pure("product", (1, MANY), &["list"], list::product),
    pure("range", (1, 1), &["from"], conversion::range),
    pure("remove", (2, 2), &["list,position"], list::remove),
    pure("replace", (3, 4), &["input,pattern,replacement,flags"], string::replace),
    pure("reverse", (1, 1), &["list"], list::reverse),
    pure("round down", (2, 2), &["n,scale"], number::round_down),
    pure("round half down", (2, 2), &["n,scale"], number::round_half_down),
    pure("round half up", (2, 2), &["n,scale"], number::round_half_up),
    pure("round up", (2, 2), &["n,scale"], number::round_up),
    special("sort", 2, &["list,precedes"], Special::Sort),
    pure("split", (2, 2), &["string,delimiter"], string::split),
    pure("sqrt", (1, 1), &["number"], number::sqrt),
    pure("started by", (2, 2), RANGES, range::started_by),
    pure("starts", (2, 2), RANGES, range::starts),
    pure("starts with", (2, 2), &["string,match"], string::starts_with),
    pure("stddev", (1, MANY), &["list"], list::stddev),
    pure("string", (1, 1), &["from"], conversion::string),
    pure("string join", (1, 2), &["list,delimiter"], string::string_join),
    pure("string length", (1, 1), &["string"], string::string_length),
    pure("sublist", (2, 3), &["list,start position,length"], list::sublist),
    pure("substring", (2, 3), &["string,start position,length"], string::substring),
    pure("substring after", (2, 2), &["string,match"], string::substring_after),
    pure("substring before", (2, 2), &["string,match"], string::substring_before),
    pure("sum", (1, MANY), &["list"], list::sum),
    pure("time", (1, 4), &["from", "hour,minute,second,offset"], temporal::time),
    special("today", 0, &[], Special::Today),
    pure("union", (1, MANY), &["list"], list::union),
    pure("upper case", (1, 1), &["string"], string::upper_case),
    pure("week of year", (1, 1), &["date"], temporal::week_of_year),
    pure("years and months duration", (2, 2), &["from,to"], temporal::years_and_months_duration),
];

impl Builtin {
    /// The longest name of a built-in function at the front of `text`, and the bytes it takes.
    pub(crate) fn longest(text: &str) -> Option<(usize, Self)> {
        let found = TABLE.iter().filter_map(|e| crate::feel::name::match_name(e.name, text).map(|l| (l, e)));
        found.max_by_key(|(length, _)| *length).map(|(length, e)| (length, Self(e)))
    }

    pub(crate) fn name(self) -> &'static str {
        self.0.name
    }

    pub(crate) fn takes(self, count: usize) -> bool {
        (self.0.arity.0..=self.0.arity.1).contains(&count)
    }

    /// What kind of value it gives, where that does not hang on its arguments.
    pub(crate) fn gives(self) -> Option<Type> {
        Some(match self.0.name {
            "date" | "today" => Type::Date,
            "time" => Type::Time,
            "date and time" | "now" => Type::DateTime,
            "years and months duration" => Type::Months,
            "count" | "decimal" | "day of year" | "week of year" | "exp" | "floor" | "ceiling" | "log" | "median"
            | "modulo" | "number" | "product" | "round down" | "round half down" | "round half up" | "round up"
            | "sqrt" | "stddev" | "string length" => Type::Number,
            "day of week" | "lower case" | "month of year" | "replace" | "string" | "string join" | "substring"
            | "substring after" | "substring before" | "upper case" => Type::String,
            "after" | "all" | "any" | "before" | "coincides" | "contains" | "during" | "ends with" | "even"
            | "finished by" | "finishes" | "includes" | "is" | "list contains" | "matches" | "meets" | "met by"
            | "not" | "odd" | "overlaps" | "overlaps after" | "overlaps before" | "started by" | "starts"
            | "starts with" => Type::Boolean,
            _ => return None,
        })
    }

    pub(crate) fn special(self) -> Option<Special> {
        match self.0.code {
            Code::Special(special) => Some(special),
            Code::Pure(_) => None,
        }
    }

    /// The result of a function that needs nothing but its arguments.
    pub(crate) fn run(self, arguments: &[Value]) -> Option<Value> {
        match self.0.code {
            Code::Pure(run) => run(arguments),
            Code::Special(_) => None,
        }
    }

    /// Named arguments in their order; `None` when no form of the function has those names.
    pub(crate) fn arrange(self, named: Vec<(Arc<str>, Value)>) -> Option<Vec<Value>> {
        let names: Vec<&str> = named.iter().map(|(name, _)| &**name).collect();
        let (form, places) = self.form(&names, self.0.name == "is")?;
        // What is no text is no `key`, though the same place takes a list of `keys`.
        if form == "context,key,value" && named.iter().any(|(n, v)| **n == *"key" && !matches!(v, Value::String(_))) {
            return None;
        }
        let length = places.iter().max().map_or(0, |m| m + 1).max(self.0.arity.0);
        let mut out = vec![Value::Null; length];
        for ((_, value), place) in named.into_iter().zip(places) {
            out[place] = value;
        }
        Some(out)
    }

    /// Whether some form of the function has those names, and all that it needs among them.
    pub(crate) fn knows(self, names: &[&str]) -> bool {
        self.form(names, false).is_some()
    }

    /// The parameters of all forms, for people.
    pub(crate) fn forms(self) -> String {
        let form = |form: &&str| {
            let name =
                |(i, name): (usize, &str)| if i < self.0.arity.0 { name.to_owned() } else { format!("[{name}]") };
            form.split(',').enumerate().map(name).collect::<Vec<_>>().join(", ")
        };
        self.0.parameters.iter().map(form).collect::<Vec<_>>().join(" or ")
    }

    /// The form of the function that has those names, with their places in it. `is` compares even what is not given.
    fn form(self, names: &[&str], partly: bool) -> Option<(&'static str, Vec<usize>)> {
        self.0.parameters.iter().find_map(|form| {
            let known: Vec<&str> = form.split(',').collect();
            let places: Vec<usize> = names.iter().map(|n| known.iter().position(|k| k == n)).collect::<Option<_>>()?;
            let mut needed = 0..self.0.arity.0.min(known.len());
            let whole = partly && !names.is_empty() || needed.all(|i| places.contains(&i));
            whole.then_some((*form, places))
        })
    }
}

impl fmt::Debug for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}
