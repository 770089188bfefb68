//! Small numbers that stay hidden: what is shown beside them must not give them back.

/// The counts of groups as they may be shown beside their total: every count from 1 to `least` − 1 is hidden, and then as
/// many others as it takes that no hidden one can be worked out. A group of nobody is shown.
///
/// One number hidden alone is the total less the others, and hidden numbers that are all alike may be their sum shared out.
/// So, while the hidden ones are all alike, the smallest shown number is hidden too, with all that equal it; and where nobody
/// is left to show, groups of nobody are hidden as well. What is hidden then depends on the values alone and not on whose
/// they are: any two of the hidden could change places and the table would look the same. The total is taken to be known;
/// one group alone is its total, and a total below `least` is the caller's to hide.
///
/// ```
/// use measures::health::suppress;
/// assert_eq!(suppress(&[3, 40, 12, 90], 5), [None, Some(40), None, Some(90)]);
/// assert_eq!(suppress(&[0, 40, 50], 5), [Some(0), Some(40), Some(50)]);
/// ```
pub fn suppress(counts: &[u64], least: u64) -> Vec<Option<u64>> {
    // Values below this are hidden, but for 0; it rises to just above the smallest shown while that is needed.
    let mut below = least;
    loop {
        let mut hidden = counts.iter().filter(|&&count| count > 0 && count < below);
        let alike = hidden.next().is_some_and(|first| hidden.all(|count| count == first));
        match counts.iter().filter(|&&count| count >= below).min() {
            Some(next) if alike => below = next.saturating_add(1),
            _ => break,
        }
    }
    let nobody = if counts.iter().any(|&count| count >= below) || counts.iter().all(|&count| count == 0) {
        Some(0)
    } else {
        None
    };
    let shown = |&count: &u64| match count {
        0 => nobody,
        count => (count >= below).then_some(count),
    };
    counts.iter().map(shown).collect()
}
