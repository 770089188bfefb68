//! An entry as bytes: one line of JSON, the same for the same entry wherever it is written. This line is what is digested,
//! kept, exported and taken in again, so whoever checks it needs to read no number and to sort no name.

use crate::{Entry, New};
use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// The most bytes of one entry.
pub const LONGEST: usize = 1 << 20;
/// The most bytes of who, did, what, once, and of each link; PostgreSQL cannot look up longer tokens.
pub const LONGEST_NAME: usize = 2048;
/// How deep lists and objects may lie in each other; readers of JSON stop at 128.
const DEEPEST: usize = 64;
/// Beyond this, JavaScript and R read another whole number than was written.
const LARGEST: u64 = (1 << 53) - 1;
/// What stands before the first entry.
pub(crate) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Why something cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// What must be said is not.
    #[error("its `{0}` is empty")]
    Empty(&'static str),
    /// A name or link beyond [`LONGEST_NAME`].
    #[error("its `{0}` is longer than 2,048 bytes")]
    Long(&'static str),
    /// Beyond [`LONGEST`].
    #[error("it is larger than 1 MiB")]
    Large,
    /// PostgreSQL keeps no such letter.
    #[error("a text in its `{0}` holds the letter NUL")]
    Nul(&'static str),
    /// Not every reader would read the same number.
    #[error("a whole number in its `{0}` is beyond 9,007,199,254,740,991")]
    Huge(&'static str),
    /// Not every reader could read it.
    #[error("its `body` holds lists or objects more than 64 deep")]
    Deep,
}

/// The line of an entry after its number, or why it cannot be kept.
pub(crate) fn rest(new: &New) -> Result<String, Unfit> {
    for (name, value) in [("who", &new.who), ("did", &new.did), ("what", &new.what)] {
        named(name, value)?;
    }
    new.because.iter().try_for_each(|link| named("because", link))?;
    new.once.iter().try_for_each(|once| named("once", once))?;
    let mut line = String::with_capacity(256);
    let fields = [
        ("at", &Value::from(new.at)),
        ("who", &Value::from(&*new.who)),
        ("did", &Value::from(&*new.did)),
        ("what", &Value::from(&*new.what)),
        ("because", &Value::from(&*new.because)),
        ("once", &Value::from(new.once.as_deref())),
        ("form", &Value::from(new.form)),
        ("body", &new.body),
    ];
    for (name, value) in fields {
        line.extend([",\"", name, "\":"]);
        write(value, DEEPEST, name, &mut line)?;
    }
    line.push('}');
    Ok(line)
}

/// The line of an entry, and the digest over it and the one before.
pub(crate) fn line(seq: u64, rest: &str, before: &str) -> (String, String) {
    let line = format!("{{\"seq\":{seq}{rest}");
    let digest = digest(before, &line);
    (line, digest)
}

/// SHA-256, because what holds the entries can compute it too: Python and PostgreSQL without anything installed.
pub(crate) fn digest(before: &str, line: &str) -> String {
    format!("{:x}", Sha256::new().chain_update(before).chain_update(line).finalize())
}

/// The entry that a line holds.
pub(crate) fn read(line: &str, digest: &str) -> Option<Entry> {
    let mut value: Value = serde_json::from_str(line).ok()?;
    let mut numbers = numbers(line);
    exact(&mut value, &mut numbers)?;
    let None = numbers.next() else { return None };
    let Value::Object(fields) = &mut value else { return None };
    let mut take = |name: &str| fields.remove(name);
    let mut text = |name: &str| match take(name)? {
        Value::String(text) => Some(text),
        _ => None,
    };
    let (who, did, what) = (text("who")?, text("did")?, text("what")?);
    let once = match take("once")? {
        Value::Null => None,
        Value::String(once) => Some(once),
        _ => return None,
    };
    let Value::Array(links) = take("because")? else { return None };
    let because = links.into_iter().map(|link| if let Value::String(link) = link { Some(link) } else { None });
    Some(Entry {
        seq: take("seq")?.as_u64()?,
        at: take("at")?.as_i64()?,
        who,
        did,
        what,
        because: because.collect::<Option<_>>()?,
        body: take("body")?,
        form: u32::try_from(take("form")?.as_u64()?).ok()?,
        once,
        digest: digest.to_owned(),
    })
}

/// The entry that a line holds, if it is written as it must be.
pub(crate) fn read_canonical(line: &str, digest: &str) -> Option<Entry> {
    let entry = read(line, digest)?;
    let rest = rest(&New::from(entry.clone())).ok()?;
    (self::line(entry.seq, &rest, "").0 == line).then_some(entry)
}

fn named(name: &'static str, value: &str) -> Result<(), Unfit> {
    match () {
        () if value.trim().is_empty() => Err(Unfit::Empty(name)),
        () if value.len() > LONGEST_NAME => Err(Unfit::Long(name)),
        () => Ok(()),
    }
}

/// JSON without spaces, names sorted by their bytes, and the shortest decimals that read as the same number.
fn write(value: &Value, deep: usize, field: &'static str, out: &mut String) -> Result<(), Unfit> {
    match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) if whole.unsigned_abs() <= LARGEST => out.push_str(&whole.to_string()),
            (None, Some(decimal)) if number.is_f64() => out.push_str(&format!("{decimal:?}")),
            _ => return Err(Unfit::Huge(field)),
        },
        Value::String(text) if text.contains('\0') => return Err(Unfit::Nul(field)),
        Value::Array(_) | Value::Object(_) if deep == 0 => return Err(Unfit::Deep),
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write(value, deep - 1, field, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, value)) in fields.into_iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write(&Value::from(&**name), 0, field, out)?;
                out.push(':');
                write(value, deep - 1, field, out)?;
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&value.to_string()),
    }
    // The rest of the line is its number and a brace.
    if out.len() > LONGEST - 32 { Err(Unfit::Large) } else { Ok(()) }
}

/// `serde_json` reads the last digit of some decimals wrong: each is read again, from where it stands in the line.
fn exact<'a>(value: &mut Value, numbers: &mut impl Iterator<Item = &'a str>) -> Option<()> {
    match value {
        Value::Number(number) => {
            let text = numbers.next()?;
            if number.is_f64() {
                *number = Number::from_f64(text.parse().ok()?)?;
            }
        }
        Value::Array(values) => values.iter_mut().try_for_each(|value| exact(value, numbers))?,
        Value::Object(fields) => fields.values_mut().try_for_each(|value| exact(value, numbers))?,
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
    Some(())
}

/// The numbers of a line, as they are written, in order.
fn numbers(line: &str) -> impl Iterator<Item = &str> {
    let bytes = line.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(byte) = bytes.get(at) {
            let begin = at;
            at += 1;
            if *byte == b'"' {
                while bytes.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            } else if byte.is_ascii_digit() || *byte == b'-' {
                let ends = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                at += bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at);
                return line.get(begin..at);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn new(body: Value) -> New {
        New {
            at: 1_764_579_731,
            who: "Flow lead".to_owned(),
            did: "said".to_owned(),
            what: "conversation/home-care".to_owned(),
            because: vec!["statement/12".to_owned()],
            body,
            form: 1,
            once: None,
        }
    }

    fn written(body: Value) -> String {
        let rest = rest(&new(body)).unwrap();
        rest.split_once("\"body\":").unwrap().1.strip_suffix('}').unwrap().to_owned()
    }

    #[test]
    fn a_line_is_one_and_only_one_way_of_writing_an_entry() {
        let body =
            json!({"ü": 1.50, "b": [1e16, 0.1, -0.0, 1e-7, -7], "B": "\"\\\n\u{7f}\u{1}😀", "aa": null, "a": true});
        let (line, digest) = line(1, &rest(&new(body)).unwrap(), NOTHING);
        assert_eq!(
            line,
            "{\"seq\":1,\"at\":1764579731,\"who\":\"Flow lead\",\"did\":\"said\",\"what\":\"conversation/home-care\",\
             \"because\":[\"statement/12\"],\"once\":null,\"form\":1,\"body\":{\"B\":\"\\\"\\\\\\n\u{7f}\\u0001😀\",\
             \"a\":true,\"aa\":null,\"b\":[1e16,0.1,-0.0,1e-7,-7],\"ü\":1.5}}"
        );
        // As Python's hashlib says.
        assert_eq!(digest, "022ba1e66825aab9233131f5ca1a876872d75dde49de0852718330c53966f78a");
    }

    #[test]
    fn what_is_written_otherwise_is_not_read() {
        let line = |body: &str| {
            format!(
                "{{\"seq\":1,\"at\":0,\"who\":\"a\",\"did\":\"b\",\"what\":\"c\",\"because\":[],\"once\":null,\"form\":1,\"body\":{body}}}"
            )
        };
        assert!(read_canonical(&line("{\"a\":1,\"b\":0.5}"), "").is_some());
        for other in [
            "{\"b\":1,\"a\":2}",
            "{\"a\":1,\"a\":2}",
            "{ \"a\":1}",
            "1.50",
            "1E5",
            "-0",
            "12345678901234567890",
            "123456789012345678901234567890",
            "1e400",
            "\"\\u0041\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"\\/\"",
            "[1,]",
            "nul",
        ] {
            assert!(read_canonical(&line(other), "").is_none(), "{other}");
        }
        assert!(read_canonical(&line("1").replace("\"form\":1", "\"form\":1,\"more\":1"), "").is_none());
        assert!(read_canonical(&line("1").replace("\"who\":\"a\"", "\"who\":\" \""), "").is_none());
    }

    #[test]
    fn what_cannot_be_kept_is_said_without_its_words() {
        let unfit = |new: New| rest(&new).unwrap_err();
        let body = |body| unfit(new(body));
        assert_eq!(unfit(New { who: " ".to_owned(), ..new(json!(1)) }), Unfit::Empty("who"));
        assert_eq!(unfit(New { did: String::new(), ..new(json!(1)) }), Unfit::Empty("did"));
        assert_eq!(unfit(New { what: "\t".to_owned(), ..new(json!(1)) }), Unfit::Empty("what"));
        assert_eq!(unfit(New { once: Some(String::new()), ..new(json!(1)) }), Unfit::Empty("once"));
        assert_eq!(unfit(New { because: vec![String::new()], ..new(json!(1)) }), Unfit::Empty("because"));
        assert_eq!(unfit(New { what: "é".repeat(1025), ..new(json!(1)) }), Unfit::Long("what"));
        assert_eq!(unfit(New { who: "a\0".to_owned(), ..new(json!(1)) }), Unfit::Nul("who"));
        assert_eq!(unfit(New { at: i64::MIN, ..new(json!(1)) }), Unfit::Huge("at"));
        assert_eq!(body(json!([{"a\0": 1}])), Unfit::Nul("body"));
        assert_eq!(body(json!("a\0b")), Unfit::Nul("body"));
        assert_eq!(body(json!(u64::MAX)), Unfit::Huge("body"));
        assert_eq!(body(json!([-9_007_199_254_740_992_i64])), Unfit::Huge("body"));
        assert_eq!(body(json!("é".repeat(LONGEST / 2))), Unfit::Large);
        assert_eq!(body(json!(vec!["a"; LONGEST / 4])), Unfit::Large);
        assert_eq!(body((0..65).fold(json!(1), |inner, _| json!([inner]))), Unfit::Deep);
        assert_eq!(written((0..64).fold(json!(1), |inner, _| json!([inner]))).len(), 129);
        assert_eq!(written(json!(9_007_199_254_740_991_i64)), "9007199254740991");
    }

    #[test]
    fn the_largest_entry_is_read_again() {
        let room = LONGEST - 32 - rest(&new(json!(""))).unwrap().len();
        let rest = rest(&new(json!("x".repeat(room)))).unwrap();
        let (line, digest) = line(9_007_199_254_740_991, &rest, NOTHING);
        assert!(line.len() <= LONGEST && read_canonical(&line, &digest).is_some());
    }

    fn bodies() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(LARGEST as i64)..=LARGEST as i64).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (0.0..1.0).prop_map(Value::from),
            "[^\0]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec(("[^\0]{0,4}", inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_to_the_last_bit(body in bodies(), who in "[^\0 ][^\0]{0,9}\\PC", seq in 1..=LARGEST) {
            let new = New { who, ..new(body) };
            prop_assume!(!new.who.trim().is_empty());
            let (line, digest) = line(seq, &rest(&new).unwrap(), NOTHING);
            let entry = read_canonical(&line, &digest).unwrap();
            prop_assert_eq!(entry.seq, seq);
            prop_assert_eq!(New::from(entry), new);
        }
    }
}
