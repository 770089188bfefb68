use domain::Date;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// NHS NUMBER: ten digits, the last a modulus 11 check digit. Parsing is the only way in, and `Debug` hides it, so no log
/// can leak it.
///
/// ```
/// use vault::NhsNumber;
/// assert!("943 476 5919".parse::<NhsNumber>().is_ok());
/// assert!("943 476 5918".parse::<NhsNumber>().is_err());
/// assert_eq!(format!("{:?}", "9434765919".parse::<NhsNumber>().unwrap()), "NhsNumber(…)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber(u64);

/// Why ten digits are not an NHS NUMBER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NhsNumberError {
    /// Not ten digits.
    #[error("an NHS number has ten digits")]
    NotTenDigits,
    /// A mistyped digit.
    #[error("the check digit is wrong, so a digit was mistyped")]
    CheckDigit,
    /// All digits the same, or another number used when none is known.
    #[error("this is a filler, not a number that was issued")]
    Filler,
}

impl NhsNumber {
    /// The ten digits as a number, to compare or to digest; never to show.
    pub fn digits(self) -> u64 {
        self.0
    }
}

impl FromStr for NhsNumber {
    type Err = NhsNumberError;
    fn from_str(text: &str) -> Result<NhsNumber, NhsNumberError> {
        let mut digits = [0u8; 10];
        let mut count = 0;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' if count < 10 => {
                    digits[count] = byte - b'0';
                    count += 1;
                }
                b' ' | b'-' => {}
                _ => return Err(NhsNumberError::NotTenDigits),
            }
        }
        if count != 10 {
            return Err(NhsNumberError::NotTenDigits);
        }
        if digits.iter().all(|digit| *digit == digits[0]) {
            return Err(NhsNumberError::Filler);
        }
        let [a, b, c, d, e, f, g, h, i, check] = digits;
        if domain::modulus_11(&[a, b, c, d, e, f, g, h, i]) != Some(check) {
            return Err(NhsNumberError::CheckDigit);
        }
        Ok(NhsNumber(digits.iter().fold(0, |number, digit| number * 10 + u64::from(*digit))))
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("NhsNumber(…)")
    }
}

/// PERSON STATED GENDER CODE as far as feeds agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 2, F, Female.
    Female,
    /// 1, M, Male.
    Male,
}

impl Sex {
    /// Reads the spellings that feeds use; anything else is unknown.
    pub fn read(text: &str) -> Option<Sex> {
        match text.trim_ascii().as_bytes() {
            [b'1'] | [b'M' | b'm'] => Some(Sex::Male),
            [b'2'] | [b'F' | b'f'] => Some(Sex::Female),
            word if word.eq_ignore_ascii_case(b"male") => Some(Sex::Male),
            word if word.eq_ignore_ascii_case(b"female") => Some(Sex::Female),
            _ => None,
        }
    }

    /// `female` or `male`.
    pub const fn name(self) -> &'static str {
        match self {
            Sex::Female => "female",
            Sex::Male => "male",
        }
    }
}

/// Who a feed says somebody is. What it does not say is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// The verified NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// The sender's own number.
    pub local_id: String,
    /// Family name as written.
    pub family_name: String,
    /// Given names as written.
    pub given_name: String,
    /// PERSON BIRTH DATE.
    pub birth_date: Option<Date>,
    /// As stated.
    pub sex: Option<Sex>,
    /// Postcode as written.
    pub postcode: String,
}

impl Identifiers {
    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Identifiers::default()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(96);
        out.push(1u8);
        out.extend_from_slice(&self.nhs_number.map_or(0, |number| number.0).to_le_bytes());
        out.extend_from_slice(&self.birth_date.map_or(i32::MIN, |date| date.0).to_le_bytes());
        out.push(match self.sex {
            None => 0,
            Some(Sex::Male) => 1,
            Some(Sex::Female) => 2,
        });
        for text in [&self.local_id, &self.family_name, &self.given_name, &self.postcode] {
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Identifiers> {
        let (version, rest) = bytes.split_first()?;
        if *version != 1 {
            return None;
        }
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (birth, rest) = rest.split_first_chunk::<4>()?;
        let (sex, mut rest) = rest.split_first()?;
        let mut text = || -> Option<String> {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let length = u32::from_le_bytes(*length) as usize;
            let text = std::str::from_utf8(after.get(..length)?).ok()?.to_owned();
            rest = &after[length..];
            Some(text)
        };
        let number = u64::from_le_bytes(*number);
        let birth = i32::from_le_bytes(*birth);
        Some(Identifiers {
            nhs_number: (number != 0).then_some(NhsNumber(number)),
            local_id: text()?,
            family_name: text()?,
            given_name: text()?,
            postcode: text()?,
            birth_date: (birth != i32::MIN).then_some(Date(birth)),
            sex: match sex {
                1 => Some(Sex::Male),
                2 => Some(Sex::Female),
                _ => None,
            },
        })
    }
}

impl fmt::Debug for Identifiers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Identifiers(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_mistyped_digit_is_always_found(nine in 100_000_000u64..1_000_000_000, at in 0usize..10, by in 1u8..10) {
            let digits: Vec<u8> = nine.to_string().bytes().map(|byte| byte - b'0').collect();
            let Some(check) = domain::modulus_11(&digits.clone().try_into().unwrap()) else { return Ok(()) };
            let mut ten = [digits, vec![check]].concat();
            let text: String = ten.iter().map(u8::to_string).collect();
            prop_assume!(ten.iter().any(|digit| *digit != ten[0]));
            prop_assert!(text.parse::<NhsNumber>().is_ok());
            ten[at] = (ten[at] + by) % 10;
            let text: String = ten.iter().map(u8::to_string).collect();
            prop_assert!(text.parse::<NhsNumber>().is_err());
        }

        #[test]
        fn identifiers_survive_their_bytes(local_id: String, family_name: String, birth in proptest::option::of(-40_000i32..20_000)) {
            let who = Identifiers { local_id, family_name, birth_date: birth.map(Date), sex: Some(Sex::Female), ..Identifiers::default() };
            prop_assert_eq!(Identifiers::from_bytes(&who.to_bytes()), Some(who));
        }

        #[test]
        fn damaged_bytes_are_refused_not_trusted(bytes: Vec<u8>) {
            let _ = Identifiers::from_bytes(&bytes);
        }
    }
}
