//! What goes over the wire between us and an agency that keeps a register. A field here is a promise to other agencies:
//! the description in `docs/register-api.json` is made from these shapes.

use affairs::register::{Change, Question, Reply, Silence, Told};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evidence::canonical::{canonical_value, read_strict};
use evidence::key::{PublicKey, Signer};
use kernel::{Moment, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

/// The most subjects of one question.
pub(super) const SUBJECTS: usize = 32;

/// A question: what does this register say about these subjects now?
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lookup {
    /// The number of the question; the same when it is put again. It stands in the answer.
    pub(super) request: String,
    /// The register's id.
    #[schema(example = "credit-bars")]
    pub(super) register: String,
    /// Citizen ids or unified social credit codes; 1 to 32, each once.
    #[schema(min_items = 1, max_items = 32)]
    pub(super) subjects: Vec<String>,
    /// The item that is being handled, or `own` where a person looks at his own record. The keeper logs it.
    #[schema(example = "fd-pharmacist-renew")]
    pub(super) reason: String,
    /// The number of the case for which it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) case: Option<String>,
}

/// An answer, and, where the keeper signs, its signature.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Signed {
    /// What is answered.
    #[schema(value_type = Answered)]
    pub(super) answer: Json,
    /// The keeper's signature over the canonical form (RFC 8785) of `answer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<Seal>,
}

/// A signature.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Seal {
    /// The key's id: `name+0a1b2c3d`.
    pub(super) key: String,
    /// Base64.
    pub(super) value: String,
}

/// What a keeper answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Answered {
    /// The number of the question.
    pub(super) request: String,
    /// The register.
    pub(super) register: String,
    /// Who says so, in both languages.
    pub(super) source: Names,
    /// Exactly one for each subject of the question.
    pub(super) records: Vec<Said>,
}

/// A name in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Names {
    /// Chinese.
    pub(super) zh: String,
    /// English.
    pub(super) en: String,
}

/// What a register says about one subject.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Said {
    /// About whom.
    pub(super) subject: String,
    /// The moment for which the keeper says so; RFC 3339.
    #[schema(format = DateTime)]
    pub(super) as_of: String,
    /// The record as the register's layout has it; null: there is none, and the keeper says so.
    #[schema(value_type = Option<Object>)]
    pub(super) record: Option<Map<String, Json>>,
}

/// A decision changes a record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changed {
    /// The number of the change; the same when it is told again. The keeper carries it out once.
    pub(super) request: String,
    /// The register's id.
    pub(super) register: String,
    /// Whose record.
    pub(super) subject: String,
    /// The fields that change; the others stay.
    #[schema(value_type = Object)]
    pub(super) fields: Map<String, Json>,
    /// The case that decided it: its number.
    pub(super) case: String,
    /// When it was decided; RFC 3339.
    #[schema(format = DateTime)]
    pub(super) made_at: String,
}

impl From<&Question> for Lookup {
    fn from(q: &Question) -> Self {
        Self {
            request: q.request.clone(),
            register: q.register.clone(),
            subjects: q.subjects.clone(),
            reason: q.reason.clone(),
            case: q.case.clone(),
        }
    }
}

impl From<&Change> for Changed {
    fn from(c: &Change) -> Self {
        Self {
            request: c.request.clone(),
            register: c.register.clone(),
            subject: c.subject.clone(),
            fields: c.fields.clone(),
            case: c.case.clone(),
            made_at: c.made_at.to_string(),
        }
    }
}

/// Signs an answer.
pub(super) fn sign(answer: &Answered, signer: Option<&dyn Signer>) -> Result<Signed, String> {
    let answer = serde_json::to_value(answer).map_err(|e| e.to_string())?;
    let signature = match signer {
        None => None,
        Some(signer) => {
            let text = canonical_value(&answer).map_err(|e| e.to_string())?;
            let signature = signer.sign(text.as_bytes()).map_err(|e| e.to_string())?;
            Some(Seal { key: signer.public().id().to_string(), value: STANDARD.encode(signature) })
        }
    };
    Ok(Signed { answer, signature })
}

/// Reads an answer to `question`. Where a key is agreed, an answer without its signature is none.
pub(super) fn read(question: &Question, key: Option<&PublicKey>, bytes: Vec<u8>) -> Result<Reply, Silence> {
    let unsound = |why: &str| Silence::Unsound(why.to_owned());
    let value = read_strict(&bytes).map_err(|e| unsound(&format!("it is no sound JSON ({})", e.code())))?;
    let signed: Signed = serde_json::from_value(value).map_err(|_| unsound("it is not as described"))?;
    let signed_by = key.map(|key| verified(key, &signed)).transpose()?;
    let answer: Answered = serde_json::from_value(signed.answer).map_err(|_| unsound("it is not as described"))?;
    if answer.request != question.request || answer.register != question.register {
        return Err(unsound("it answers another question"));
    }
    let told = |said: Said| {
        let as_of: Moment = said.as_of.parse().map_err(|_| unsound("it is dated by no time"))?;
        Ok(Told { subject: said.subject, as_of, record: said.record })
    };
    let told = answer.records.into_iter().map(told).collect::<Result<Vec<_>, Silence>>()?;
    Ok(Reply { source: Text::new(answer.source.zh, answer.source.en), told, signed_by, bytes })
}

fn verified(key: &PublicKey, signed: &Signed) -> Result<String, Silence> {
    let unsound = |why: &str| Silence::Unsound(why.to_owned());
    let seal = signed.signature.as_ref().ok_or_else(|| unsound("it is not signed"))?;
    if seal.key != key.id().to_string() {
        return Err(unsound("it is signed with another key than the agreed one"));
    }
    let signature = STANDARD.decode(&seal.value).map_err(|_| unsound("its signature is no base64"))?;
    let text = canonical_value(&signed.answer).map_err(|_| unsound("it has no canonical form"))?;
    key.verify(text.as_bytes(), &signature).map_err(|_| unsound("its signature is wrong"))?;
    Ok(seal.key.clone())
}

#[cfg(test)]
mod tests {
    use evidence::key::{Algorithm, KeyPair};
    use kernel::SeededEntropy;
    use serde_json::json;

    use super::*;

    fn question() -> Question {
        Question {
            request: "q1".into(),
            register: "credit-bars".into(),
            subjects: vec!["A".into()],
            reason: "own".into(),
            case: None,
        }
    }

    fn answered() -> Answered {
        let record = json!({"name": "韦明月", "bars_in_force": 0}).as_object().cloned();
        Answered {
            request: "q1".into(),
            register: "credit-bars".into(),
            source: Names { zh: "信用平台".into(), en: "Credit platform".into() },
            records: vec![Said { subject: "A".into(), as_of: "2026-11-23T21:00:00+08:00".into(), record }],
        }
    }

    #[test]
    fn an_answer_is_believed_as_it_was_signed_or_not_at_all() {
        let entropy = SeededEntropy::new(1);
        let key = KeyPair::generate(Algorithm::Sm2, "demonstration.example/keeper", &entropy).unwrap();
        let other = KeyPair::generate(Algorithm::Sm2, "demonstration.example/other", &entropy).unwrap();
        let bytes = |signed: &Signed| serde_json::to_vec(signed).unwrap();
        let good = sign(&answered(), Some(&key)).unwrap();
        let reply = read(&question(), Some(key.public()), bytes(&good)).unwrap();
        assert_eq!(reply.signed_by, Some(key.public().id().to_string()));
        assert_eq!(reply.told[0].as_of, "2026-11-23T13:00:00Z".parse().unwrap());

        let bare = sign(&answered(), None).unwrap();
        assert!(read(&question(), None, bytes(&bare)).unwrap().signed_by.is_none());
        let mut altered = good.clone();
        altered.answer["records"][0]["record"]["bars_in_force"] = json!(1);
        let mut elsewhere = answered();
        elsewhere.request = "q2".into();
        let cases = [
            (bare, "it is not signed"),
            (altered, "its signature is wrong"),
            (sign(&answered(), Some(&other)).unwrap(), "it is signed with another key than the agreed one"),
            (sign(&elsewhere, Some(&key)).unwrap(), "it answers another question"),
        ];
        for (signed, why) in cases {
            assert_eq!(read(&question(), Some(key.public()), bytes(&signed)), Err(Silence::Unsound(why.into())));
        }
    }

    #[test]
    fn what_is_not_as_described_is_no_answer() {
        let mut undated = answered();
        undated.records[0].as_of = "yesterday".into();
        let cases: [Vec<u8>; 5] = [
            b"<html>".to_vec(),
            b"{}".to_vec(),
            br#"{"answer":{},"answer":{}}"#.to_vec(),
            br#"{"answer":{"request":"q1","register":"credit-bars"}}"#.to_vec(),
            serde_json::to_vec(&sign(&undated, None).unwrap()).unwrap(),
        ];
        for bytes in cases {
            assert!(matches!(read(&question(), None, bytes), Err(Silence::Unsound(_))));
        }
    }
}
