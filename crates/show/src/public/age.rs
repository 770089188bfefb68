//! How old one has to be to read a page: Flesch and Kincaid's grade, from the length of sentences and of words.

/// The age at which a child in school can read a page, in years: the grade of Flesch and Kincaid (1975) and five more.
///
/// ```
/// use show::public::reading_age;
/// assert!(reading_age("<h1>The cat</h1><p>It sat on the mat.</p>") < 8.0);
/// assert!(reading_age("<h1>Governance</h1><p>Organisational interdependencies necessitate evaluation.</p>") > 18.0);
/// ```
pub fn reading_age(html: &str) -> f64 {
    grade(&words(html)) + 5.0
}

/// What is read on a page, from its title on; the end of a block ends its sentence.
pub(super) fn words(html: &str) -> String {
    let body = &html[html.find("<h1").unwrap_or(0)..];
    let mut text = String::new();
    for part in body.split('<') {
        let (tag, rest) = part.split_once('>').unwrap_or(("", part));
        if ["/p", "/li", "/h1", "/h2", "/h3", "/label", "/legend", "/option", "/button"].contains(&tag)
            && !text.trim_end().ends_with(['.', ':'])
        {
            text += ".";
        }
        text += " ";
        text += rest;
    }
    text
}

/// 0.39 words a sentence + 11.8 syllables a word − 15.59 is the school grade that can read it.
pub(super) fn grade(text: &str) -> f64 {
    let sentences =
        text.split(['.', ':', '?', '!']).filter(|s| s.chars().any(char::is_alphabetic)).count().max(1) as f64;
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).collect();
    let syllables: usize = words.iter().map(|w| syllables(w)).sum();
    let many = words.len().max(1) as f64;
    0.39 * words.len() as f64 / sentences + 11.8 * syllables as f64 / many - 15.59
}

pub(super) fn syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let vowel = |c: char| "aeiouy".contains(c);
    let runs = word.chars().fold((0, false), |(n, was), c| (n + usize::from(vowel(c) && !was), vowel(c))).0;
    let silent = word.ends_with('e') && !word.ends_with("le")
        || word.ends_with("ed") && !word.ends_with("ted") && !word.ends_with("ded");
    (runs - usize::from(silent && runs > 1)).max(1)
}
