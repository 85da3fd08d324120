//! Checks what somebody filled in against a form: tidied first, then every error at once, each linked to its field.

use kernel::code::{CitizenId, CodeError, Read, Uscc};
use kernel::{Date, Text};
use serde::Serialize;
use serde_json::{Map, Value};

use super::form::{Field, FieldKind, FormSchema};
use super::json::{self, JsonRefusal};

/// One thing to mend.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FieldError {
    /// JSON Pointer into the form; empty for the whole form.
    pub pointer: String,
    /// For programs: `required`, `unknown`, `type`, `length`, `pattern`, `choice`, `range`, `control`, `json`,
    /// `date.form`, `date.calendar`, `phone.form`, or a code's own reason such as `uscc.check_digit`.
    pub code: String,
    /// For people.
    pub message: Text,
}

/// A value that was tidied, to be shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Tidied {
    /// JSON Pointer into the form.
    pub pointer: String,
    /// What was typed.
    pub from: String,
    /// What it became.
    pub to: String,
    /// What was done.
    pub notice: Text,
}

/// The outcome of a check.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Checked {
    /// The values, tidied; empty fields left out; in the form's order. What could not be read stands as it was typed.
    pub values: Map<String, Value>,
    /// What was tidied.
    pub changes: Vec<Tidied>,
    /// Everything to mend, in the form's order, at most one for each field; empty when the form may be filed.
    pub errors: Vec<FieldError>,
}

impl FormSchema {
    /// Checks values as they came from a JSON API or from [`FormSchema::typed`].
    pub fn check(&self, raw: &Map<String, Value>) -> Checked {
        let mut checked = Checked::default();
        let mut misread = Vec::new();
        for field in &self.fields {
            let Some(value) = raw.get(&field.name).filter(|v| !is_empty(v)) else { continue };
            let (value, error) = self.read_field(field, value, &mut checked.changes);
            checked.values.insert(field.name.clone(), value);
            misread.extend(error);
        }
        // The validator wants a whole value: the values are lent to it, not copied.
        let instance = Value::Object(std::mem::take(&mut checked.values));
        let broken = self.structure(&instance);
        if let Value::Object(values) = instance {
            checked.values = values;
        }
        for field in &self.fields {
            let pointer = pointer_to(&field.name);
            let first = misread.iter().chain(&broken).find(|e| e.pointer == pointer);
            checked.errors.extend(first.cloned());
        }
        checked.errors.extend(raw.keys().filter(|k| self.field(k).is_none()).map(|k| unknown(k)));
        checked
    }

    /// Reads and checks a body of JSON.
    pub fn check_json(&self, body: &[u8]) -> Checked {
        match json::read(body, json::FORM) {
            Ok(Value::Object(raw)) => self.check(&raw),
            Ok(_) => refused("not a JSON object"),
            Err(JsonRefusal::TooLarge(limit)) => refused(&format!("larger than {limit} bytes")),
            Err(JsonRefusal::Broken(why)) => refused(&why),
        }
    }

    /// The pairs of an HTML form as JSON: ticked boxes become true, whole numbers numbers. The rest stays text, and a
    /// name that comes twice keeps its last value (a box and its hidden twin).
    pub fn typed<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
        let value = |name: &str, text: &str| match self.field(name).map(|f| &f.kind) {
            Some(FieldKind::Declaration(_)) => matches!(text, "true" | "on" | "1").into(),
            Some(FieldKind::Integer) => text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from),
            _ => Value::from(text),
        };
        pairs.into_iter().map(|(name, text)| (name.to_owned(), value(name, text))).collect()
    }

    fn read_field(&self, field: &Field, value: &Value, changes: &mut Vec<Tidied>) -> (Value, Option<FieldError>) {
        let Value::String(typed) = value else { return (value.clone(), None) };
        match tidy(&field.kind, typed) {
            Ok((text, notice)) => {
                changes.extend(notice.map(|notice| Tidied {
                    pointer: pointer_to(&field.name),
                    from: typed.clone(),
                    to: text.clone(),
                    notice,
                }));
                (Value::String(text), None)
            }
            Err((code, message)) => (value.clone(), Some(field.error(&code, message))),
        }
    }

    fn structure(&self, instance: &Value) -> Vec<FieldError> {
        let found = self.validator.iter_errors(instance).filter_map(|e| {
            let keyword = e.kind().keyword();
            let name = match e.kind() {
                jsonschema::error::ValidationErrorKind::Required { property } => property.as_str()?.to_owned(),
                _ => e.instance_path().as_str().trim_start_matches('/').to_owned(),
            };
            Some(self.field(&name)?.broken(keyword))
        });
        found.collect()
    }
}

impl Field {
    fn error(&self, code: &str, message: Text) -> FieldError {
        let message = self.errors.get(code).cloned().unwrap_or(message);
        FieldError { pointer: pointer_to(&self.name), code: code.to_owned(), message }
    }

    /// The sentence for a keyword of the schema that the value breaks.
    fn broken(&self, keyword: &str) -> FieldError {
        let (zh, en) = (&self.label.zh, &self.label.en);
        let (code, message) = match keyword {
            "required" | "const" => ("required", self.missing()),
            "enum" => ("choice", Text::new(format!("请从列出的选项中选择{zh}"), format!("Choose {en} from the list"))),
            "maxLength" => {
                let most = self.max_length.unwrap_or_default();
                let english = format!("{en} must be at most {most} characters");
                ("length", Text::new(format!("{zh}不能超过{most}个字"), english))
            }
            "minLength" => ("length", Text::new(format!("{zh}太短"), format!("{en} is too short"))),
            "minimum" | "maximum" => ("range", Text::new(format!("{zh}超出范围"), format!("{en} is out of range"))),
            "type" => ("type", Text::new(format!("{zh}的格式不对"), format!("{en} has the wrong type"))),
            _ => ("pattern", Text::new(format!("{zh}的格式不对"), format!("{en} has the wrong form"))),
        };
        self.error(code, message)
    }

    fn missing(&self) -> Text {
        let (zh, en) = (&self.label.zh, &self.label.en);
        match self.kind {
            FieldKind::Declaration(_) => Text::new(format!("请勾选“{zh}”"), format!("Tick “{en}”")),
            FieldKind::Choice(_) => Text::new(format!("请选择{zh}"), format!("Choose {en}")),
            _ => Text::new(format!("请填写{zh}"), format!("Enter {en}")),
        }
    }
}

type Refusal = (String, Text);

/// Brings a typed text to its one spelling, with the sentence that says what was done.
fn tidy(kind: &FieldKind, typed: &str) -> Result<(String, Option<Text>), Refusal> {
    match kind {
        FieldKind::Uscc => coded(Uscc::read(typed)),
        FieldKind::CitizenId => coded(CitizenId::read(typed)),
        FieldKind::Date => date(typed),
        FieldKind::Phone => phone(typed),
        FieldKind::LongText => plain(typed, true),
        FieldKind::Text | FieldKind::Integer | FieldKind::Choice(_) | FieldKind::Declaration(_) => plain(typed, false),
    }
}

fn coded<T: AsRef<str>>(read: Result<Read<T>, CodeError>) -> Result<(String, Option<Text>), Refusal> {
    let read = read.map_err(|e| (e.code(), e.text()))?;
    Ok((read.value.as_ref().to_owned(), read.notice()))
}

fn plain(typed: &str, lines: bool) -> Result<(String, Option<Text>), Refusal> {
    let text = typed.trim();
    if text.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'))) {
        let message =
            Text::new("含有看不见的控制字符，请重新输入", "There is an invisible control character; type it again");
        return Err(("control".into(), message));
    }
    Ok((text.to_owned(), None))
}

/// Half-width digits of `typed`, everything that is no digit as one space.
fn digit_groups(typed: &str) -> Vec<String> {
    let half = |c: char| match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        c if c.is_ascii_digit() => c,
        _ => ' ',
    };
    typed.chars().map(half).collect::<String>().split_whitespace().map(str::to_owned).collect()
}

fn date(typed: &str) -> Result<(String, Option<Text>), Refusal> {
    let separators = |c: char| c.is_whitespace() || "-－./．／年月日号".contains(c);
    let digits = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let form = || {
        let message = Text::new("日期请写成 2026-01-31 的样子", "Write the date like 2026-01-31");
        ("date.form".to_owned(), message)
    };
    let groups = digit_groups(typed);
    let lengths: Vec<usize> = groups.iter().map(String::len).collect();
    let (year, month, day) = match (&groups[..], &lengths[..]) {
        ([y, m, d], [4, 1..=2, 1..=2]) => (y.as_str(), m.as_str(), d.as_str()),
        ([all], [8]) => (&all[..4], &all[4..6], &all[6..]),
        _ => return Err(form()),
    };
    if !typed.chars().all(|c| digits(c) || separators(c)) {
        return Err(form());
    }
    let text = format!("{year}-{month:0>2}-{day:0>2}");
    if text.parse::<Date>().is_err() {
        let message = Text::new(format!("没有{text}这一天"), format!("There is no day {text}"));
        return Err(("date.calendar".into(), message));
    }
    let notice = (text != typed).then(|| tidied(&text));
    Ok((text, notice))
}

/// Mobile numbers (11 digits, 1 first) and fixed lines with their area code; kept as digits.
fn phone(typed: &str) -> Result<(String, Option<Text>), Refusal> {
    let joined = digit_groups(typed).concat();
    let allowed = |c: char| !c.is_alphabetic();
    let text = if typed.trim_start().starts_with(['+', '＋']) { joined.strip_prefix("86") } else { Some(&*joined) };
    let mobile = |t: &str| t.len() == 11 && t.starts_with('1') && !t.starts_with("10");
    let fixed = |t: &str| (10..=12).contains(&t.len()) && t.starts_with('0') && !t.starts_with("00");
    match text.filter(|t| (mobile(t) || fixed(t)) && typed.chars().all(allowed)) {
        Some(text) => Ok((text.to_owned(), (text != typed).then(|| tidied(text)))),
        None => {
            let message = Text::new(
                "请填写11位手机号码，或带区号的固定电话，例如 0771-1234567",
                "Enter an 11-digit mobile number, or a fixed line with its area code",
            );
            Err(("phone.form".into(), message))
        }
    }
}

fn tidied(text: &str) -> Text {
    Text::new(format!("已自动整理为 {text}。"), format!("Tidied to {text}."))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|s| s.trim().is_empty())
}

/// JSON Pointer (RFC 6901) to a member of the form.
pub fn pointer_to(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn unknown(name: &str) -> FieldError {
    let message = Text::new("表单里没有这一项", "The form has no such field");
    FieldError { pointer: pointer_to(name), code: "unknown".into(), message }
}

fn refused(why: &str) -> Checked {
    let message = Text::new(format!("无法读取提交的内容：{why}"), format!("The body cannot be read: {why}"));
    let error = FieldError { pointer: String::new(), code: "json".into(), message };
    Checked { errors: vec![error], ..Checked::default() }
}
