//! Which subjects are one person.
//!
//! A subject is who a feed says somebody is; a person is what subjects of several feeds have in common. A [`Linker`] says
//! which subjects belong together and why; [`link`] joins what it says into people. The linker here is [`Deterministic`]:
//! the same verified NHS number and the same birth date, or a merge that a sender told (A40). Another linker can weigh names
//! and addresses and give each link its probability; nothing else changes.
//!
//! A person's number is the smallest of its subjects' pseudonyms: it does not depend on the order of arrival.

mod tables;

pub use tables::{LinkError, demographics_schema, people_schema};

use arrow::array::RecordBatch;
use ingest::Key;
use rustc_hash::FxHashMap;
use vault::{Identifiers, Pseudonym};

/// Two subjects that belong together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// One of them, by its place in the list.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// How sure it is, 0 to 1.
    pub probability: f64,
    /// Why, in the words of the `method` column.
    pub method: &'static str,
}

/// Says which subjects belong together.
pub trait Linker {
    /// Takes one thing that is known of a subject: a subject has several when it was told with different identifiers.
    fn learn(&mut self, subject: u32, who: &Identifiers);
    /// The links among all that was learned.
    fn links(self) -> Vec<Link>;
}

/// The same verified NHS number and the same birth date.
#[derive(Default)]
pub struct Deterministic {
    first: FxHashMap<(u64, i32), u32>,
    links: Vec<Link>,
}

impl Linker for Deterministic {
    fn learn(&mut self, subject: u32, who: &Identifiers) {
        let (Some(number), Some(birth)) = (who.nhs_number, who.birth_date) else { return };
        let first = *self.first.entry((number.digits(), birth.0)).or_insert(subject);
        if first != subject {
            self.links.push(Link { a: first, b: subject, probability: 1.0, method: "nhs_number" });
        }
    }

    fn links(self) -> Vec<Link> {
        self.links
    }
}

/// What is asked of the Lake: every version of every subject, in the vault.
pub const SUBJECTS_SQL: &str =
    "select subject, identifiers, birth_month, sex, neighbourhood, deprivation, received_at from subjects";
/// And the merges that senders told, less those that they withdrew.
pub const MERGES_SQL: &str =
    "select subject, other_subject from events where kind = 'merged' and other_subject is not null";

/// People and their demographics.
pub struct Linked {
    /// Table `people`: each subject, its person, how sure, why, since when.
    pub people: RecordBatch,
    /// Table `demographics`: birth month, sex, neighbourhood and deprivation of each person. It stays in the vault.
    pub demographics: RecordBatch,
}

/// Collects subjects and merges, then links them.
pub struct Linking<L> {
    linker: L,
    key: Key,
    known: tables::Known,
    merges: Vec<(Pseudonym, Pseudonym)>,
}

impl<L: Linker> Linking<L> {
    /// Begins with a linker and the key that opens the vault.
    pub fn new(linker: L, key: Key) -> Linking<L> {
        Linking { linker, key, known: tables::Known::default(), merges: Vec::new() }
    }

    /// Rows of [`SUBJECTS_SQL`].
    ///
    /// # Errors
    /// When a column is missing or the key is not the place's.
    pub fn subjects(&mut self, batch: &RecordBatch) -> Result<(), LinkError> {
        let mut sealer = self.key.sealer();
        let linker = &mut self.linker;
        self.known.take(batch, |subject, sealed| {
            linker.learn(subject, &sealer.open_identifiers(sealed)?);
            Ok(())
        })
    }

    /// Rows of [`MERGES_SQL`].
    ///
    /// # Errors
    /// When a column is missing.
    pub fn merges(&mut self, batch: &RecordBatch) -> Result<(), LinkError> {
        self.merges.extend(tables::merges(batch)?);
        Ok(())
    }

    /// The people that come of it.
    pub fn finish(mut self) -> Linked {
        let mut links = self.linker.links();
        for (survivor, gone) in self.merges {
            let (a, b) = (self.known.index(survivor), self.known.index(gone));
            links.push(Link { a, b, probability: 1.0, method: "merge" });
        }
        let subjects = &self.known.subjects;
        let mut clusters = Clusters::new(subjects.len());
        for link in &links {
            clusters.join(link.a, link.b, subjects);
        }
        // A subject's own link says how sure and why; one that nothing links is itself.
        let mut why: Vec<(f64, &'static str)> = vec![(1.0, "alone"); subjects.len()];
        for link in &links {
            for end in [link.a, link.b] {
                let slot = &mut why[end as usize];
                if slot.1 == "alone" || link.probability > slot.0 {
                    *slot = (link.probability, link.method);
                }
            }
        }
        let person: Vec<Pseudonym> =
            (0..subjects.len()).map(|at| subjects[clusters.root(at as u32) as usize]).collect();
        self.known.finish(&person, &why)
    }
}

/// Union-find whose root is always the subject with the smallest pseudonym.
struct Clusters(Vec<u32>);

impl Clusters {
    fn new(count: usize) -> Clusters {
        Clusters((0..count as u32).collect())
    }
    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            let above = self.0[self.0[at as usize] as usize];
            self.0[at as usize] = above;
            at = above;
        }
        at
    }
    fn join(&mut self, a: u32, b: u32, subjects: &[Pseudonym]) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = if subjects[a as usize] <= subjects[b as usize] { (a, b) } else { (b, a) };
        self.0[high as usize] = low;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Subjects as (pseudonym, NHS number, birth day), and merges; shown as groups of subjects.
    fn check(subjects: &[(i64, &str, i32)], merges: &[(i64, i64)], groups: &str) {
        assert_eq!(people(subjects, merges), groups);
    }

    fn people(subjects: &[(i64, &str, i32)], merges: &[(i64, i64)]) -> String {
        let key = Key::new(&[7; 32]);
        let mut linking = Linking::new(Deterministic::default(), key.clone());
        linking.subjects(&tables::tests::subjects(subjects, &mut key.sealer())).unwrap();
        linking.merges.extend(merges);
        let linked = linking.finish();
        let column =
            |name: &str| linked.people.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec();
        let mut groups = BTreeMap::<i64, Vec<i64>>::new();
        for (subject, person) in column("subject").into_iter().zip(column("person")) {
            groups.entry(person).or_default().push(subject);
        }
        assert_eq!(linked.demographics.num_rows(), groups.len());
        groups
            .into_values()
            .map(|mut group| {
                group.sort();
                format!("{group:?}")
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    const ANN: &str = "9434765919";
    const BOB: &str = "9990000026";

    #[test]
    fn the_same_nhs_number_and_birth_date_are_one_person() {
        assert!(BOB.parse::<vault::NhsNumber>().is_ok());
        check(&[(5, ANN, 1), (3, ANN, 1), (9, BOB, 1)], &[], "[3, 5] [9]");
    }

    #[test]
    fn a_birth_date_that_differs_or_is_missing_links_nobody() {
        check(&[(5, ANN, 1), (3, ANN, 2), (4, ANN, i32::MIN)], &[], "[3] [4] [5]");
    }

    #[test]
    fn nobody_is_linked_by_having_no_number() {
        check(&[(5, "", 1), (3, "", 1)], &[], "[3] [5]");
    }

    #[test]
    fn a_merge_joins_and_one_told_of_a_stranger_makes_them_known() {
        check(&[(5, ANN, 1), (3, BOB, 1)], &[(5, 3), (5, 8)], "[3, 5, 8]");
    }

    #[test]
    fn a_subject_whose_number_was_found_later_joins_both() {
        check(&[(5, "", 1), (5, ANN, 1), (7, ANN, 1)], &[], "[5, 7]");
    }

    proptest! {
        #[test]
        fn people_do_not_depend_on_the_order_of_arrival(
            mut rows in proptest::collection::vec((0i64..30, 0usize..3, 0i32..3), 1..40),
            merges in proptest::collection::vec((0i64..30, 0i64..30), 0..5),
            seed in 0usize..40,
        ) {
            let numbers = ["", ANN, BOB];
            let make = |rows: &[(i64, usize, i32)]| rows.iter().map(|(s, n, b)| (*s, numbers[*n], *b)).collect::<Vec<_>>();
            let before = people(&make(&rows), &merges);
            let by = seed % rows.len();
            rows.rotate_left(by);
            prop_assert_eq!(before, people(&make(&rows), &merges));
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let batch = tables::tests::subjects(&[(1, ANN, 1)], &mut Key::new(&[7; 32]).sealer());
        let mut linking = Linking::new(Deterministic::default(), Key::new(&[8; 32]));
        assert!(linking.subjects(&batch).unwrap_err().to_string().contains("do not open with this key"));
    }
}
