//! Texts as they may be kept.

/// The most letters of one text.
pub const LONGEST: usize = 2000;
/// The most letters of a statement.
pub const STATEMENT: usize = 280;

/// A text as it may be kept, or what is wrong with it, for whoever wrote it.
///
/// ```
/// use agree::log::fit;
/// assert_eq!(fit("  No one should wait.\r\n", 280).unwrap(), "No one should wait.");
/// assert!(fit("Mr A, 943 476 5919, waits", 280).is_err());
/// ```
///
/// # Errors
/// In words for whoever wrote it: empty, too long, letters that cannot be read or that turn others round, or what looks like an
/// NHS number.
pub fn fit(text: &str, most: usize) -> Result<String, String> {
    // Marks that nobody sees would make the same words others.
    let text = text.replace("\r\n", "\n").replace(['\u{200b}', '\u{2060}', '\u{feff}'], "");
    let text = text.trim();
    if text.is_empty() {
        return Err("Write a few words first".to_owned());
    }
    harmless(text, most)?;
    Ok(text.to_owned())
}

/// Whether a text may be kept, wherever it stands.
pub(super) fn harmless(text: &str, most: usize) -> Result<(), String> {
    let letters = text.chars().count();
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match () {
        () if letters > most => {
            let grouped = |n: usize| if n < 1000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) };
            Err(format!("Write at most {} letters; this has {}", grouped(most), grouped(letters)))
        }
        () if text.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\t' || turns(letter)) => {
            Err("Take out the marks that cannot be seen or that turn letters round: type it here instead of pasting it"
                .to_owned())
        }
        () if holds_nhs_number(text) => Err(
            "This holds what looks like an NHS number. Say it without naming a person: what is kept is read by others"
                .to_owned(),
        ),
        () => Ok(()),
    }
}

/// Whether this leads to one of our own pages, and nowhere else: `/measures/wait`, never `//elsewhere` or `javascript:`.
pub fn is_address(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

/// Whether groups of digits that stand beside each other make up an NHS number: ten digits that pass modulus 11.
fn holds_nhs_number(text: &str) -> bool {
    // Full-width and other digits are digits too.
    let digit =
        |letter: char| letter.to_digit(10).or_else(|| (letter as u32).checked_sub(0xff10).filter(|digit| *digit < 10));
    let letters: Vec<Option<u32>> = text.chars().map(digit).collect();
    let joins = |at: usize, letter: char| {
        letter.is_whitespace() || "-–.,/_".contains(letter) && letters.get(at + 1).is_some_and(Option::is_some)
    };
    let all: Vec<char> = text.chars().collect();
    let begins = (0..letters.len()).filter(|at| letters[*at].is_some() && (*at == 0 || letters[at - 1].is_none()));
    begins.into_iter().any(|begin| {
        let (mut digits, mut at) = (Vec::new(), begin);
        while at < letters.len() && digits.len() < 11 {
            match letters[at] {
                Some(digit) => digits.push(digit as u8),
                // It ends where a group of digits ends.
                None if is_nhs_number(&digits) => return true,
                None if joins(at, all[at]) => {}
                None => return false,
            }
            at += 1;
        }
        at == letters.len() && is_nhs_number(&digits)
    })
}

fn is_nhs_number(digits: &[u8]) -> bool {
    let Some((check, first)) = digits.split_last() else { return false };
    first.try_into().is_ok_and(|first: &[u8; 9]| domain::modulus_11(first) == Some(*check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_person_is_not_kept() {
        for text in [
            "9434765919",
            "see 943 476 5919.",
            "943-476-5919 is here",
            "(943.476.5919)",
            "943 476 5919 2025",
            "in 2025, 9434765919",
            "９４３４７６５９１９",
            "a\n943\n476\n5919",
        ] {
            assert!(fit(text, LONGEST).unwrap_err().contains("NHS number"), "{text}");
        }
        for text in ["9434765918", "ring 07700 900123", "12 of 94 on 2025-11-10", "94347659190", "19434765919", "x"] {
            assert_eq!(fit(text, LONGEST).as_deref(), Ok(text));
        }
        assert_eq!(fit(" \r\n ", LONGEST), Err("Write a few words first".to_owned()));
        assert!(fit(&"é".repeat(2000), LONGEST).is_ok());
        assert_eq!(fit(&"é".repeat(2001), LONGEST), Err("Write at most 2,000 letters; this has 2,001".to_owned()));
        assert!(fit("a\0b", LONGEST).is_err());
        assert_eq!(fit("\u{feff}No\u{200b} one", LONGEST).as_deref(), Ok("No one"), "marks that nobody sees");
        assert!(fit("👩🏽‍⚕️ می‌خواهم", LONGEST).unwrap().contains('\u{200d}'), "marks that join letters stay");
    }

    #[test]
    fn an_address_leads_to_our_own_pages_alone() {
        for ours in ["/", "/measures/wait?week=2025-11-10", "/why/x#a"] {
            assert!(is_address(ours), "{ours}");
        }
        for other in [
            "",
            "x",
            "//evil.example/x",
            "/\\evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/a b",
            "http://a/",
        ] {
            assert!(!is_address(other), "{other}");
        }
    }
}
