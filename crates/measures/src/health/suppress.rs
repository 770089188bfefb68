//! Small numbers that stay hidden: what is shown beside them must not give them back.

/// The counts of groups as they may be shown beside their total: every count from 1 to `least` − 1 is hidden, and then as
/// many others as it takes that no hidden one can be worked out. A group of nobody is shown.
///
/// One number hidden alone is the total less the others, and hidden numbers that are all alike may be their sum shared out.
/// So, while the hidden ones are all alike, the smallest shown number is hidden too, with all that equal it. What is hidden
/// then depends on the values alone and not on whose they are: any two of the hidden could change places and the table
/// would look the same. Groups of nobody are hidden last. The total is taken to be known; one group alone is its total, and
/// a total below `least` is the caller's to hide.
///
/// ```
/// use measures::health::suppress;
/// assert_eq!(suppress(&[3, 40, 12, 90], 5), [None, Some(40), None, Some(90)]);
/// assert_eq!(suppress(&[0, 40, 50], 5), [Some(0), Some(40), Some(50)]);
/// ```
pub fn suppress(counts: &[u64], least: u64) -> Vec<Option<u64>> {
    let mut hidden: Vec<bool> = counts.iter().map(|&count| count > 0 && count < least).collect();
    loop {
        let mut covered = counts.iter().zip(&hidden).filter(|(_, hidden)| **hidden).map(|(count, _)| *count);
        let alike = covered.next().is_some_and(|first| covered.all(|count| count == first));
        let shown = counts.iter().zip(&hidden).filter(|(_, hidden)| !**hidden).map(|(count, _)| *count);
        let next = shown.min_by_key(|&count| if count == 0 { u64::MAX } else { count });
        let Some(next) = next.filter(|_| alike) else { break };
        counts.iter().zip(&mut hidden).filter(|(count, _)| **count == next).for_each(|(_, hidden)| *hidden = true);
    }
    counts.iter().zip(hidden).map(|(&count, hidden)| (!hidden).then_some(count)).collect()
}
